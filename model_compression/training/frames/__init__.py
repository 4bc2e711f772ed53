"""What heads on frozen networks learn from: windows over the frames of videos, and how they answer for whole videos."""
