"""Clips as a network sees them: which frames, cut and lit how, as which numbers."""
