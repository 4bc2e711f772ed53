"""Signed updates: what the fleet publishes, fetched over a bad link, put on trial, and left again where it is worse."""
