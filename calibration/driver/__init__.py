"""What is learned of one driver: eyes, mouth, forward direction, blinks; and the file that keeps it."""
