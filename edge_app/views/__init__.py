"""What people look at: the overlay, its video, the rows of a clip, the report, the live page."""
