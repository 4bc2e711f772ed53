"""Paper 1, Jack of Many Faces: what its tables and figure 3 ask for, trained and scored on prepared clips."""
