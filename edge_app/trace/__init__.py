"""What Vigil saw and decided, without pictures: written as MCAP, read back, replayed."""
