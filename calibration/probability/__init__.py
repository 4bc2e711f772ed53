"""Whether a stated probability can be believed, and what makes it so: temperatures, isotonic curves, thresholds."""
