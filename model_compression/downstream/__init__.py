"""Small heads on what frozen students say (paper 4): valence and arousal, compound expressions, mimicry intensity."""
