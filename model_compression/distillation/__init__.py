"""From clip teachers to a small head that follows a driver frame by frame: what is taught, and the losses of it."""
