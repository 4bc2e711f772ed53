"""Which alert, when, how it ends, and the cabin outputs that tell the driver."""
