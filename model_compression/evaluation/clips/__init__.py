"""Figures of clip networks, from what they said of each clip."""
