"""From a frame to one observed face: detector, tracker, crop geometry, decoded landmarks, image quality."""
