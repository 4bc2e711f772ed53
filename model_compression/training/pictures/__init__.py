"""Pictures as a network sees them: of which sets, cut and lit how, as which numbers."""
