"""Whether a stated probability can be believed, and what makes it so: temperature, isotonic maps, thresholds, figures."""
