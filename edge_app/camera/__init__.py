"""Frame sources, the capture process, and camera faults as states."""
