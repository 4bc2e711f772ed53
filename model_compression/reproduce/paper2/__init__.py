"""Paper 2, safe cross-attention: what its tables ask for, of frame features of videos with sound."""
