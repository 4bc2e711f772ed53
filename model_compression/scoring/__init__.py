"""What trained clip networks are worth: which belong together, which clips they are asked about, what they say."""
