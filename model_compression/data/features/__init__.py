"""What was read of labelled videos frame by frame, of faces and of sound: what heads on frozen networks learn from."""
