"""Event stills: a few obscured pictures of the driver at an alert, sealed for the fleet's office. Off by default."""
