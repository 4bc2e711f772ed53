"""What networks say frame by frame: windows taken together, smoothing, and figures with intervals over people."""
