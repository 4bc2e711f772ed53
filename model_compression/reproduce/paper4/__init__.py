"""Paper 4, mobile students: what its tables ask for, of pictures and of frame features."""
