"""What is learned of one camera: its lens, and how it is mounted; and what a driver's head then points at."""
