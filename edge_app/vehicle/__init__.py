"""What the vehicle says of itself: speed, ignition, gear, steering."""
