"""Networks that tell a class frame by frame from a face and its sound, and carry on where one of them is missing."""
