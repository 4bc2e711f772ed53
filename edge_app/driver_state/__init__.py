"""Streaming estimators: signals in, driver state out. Pure functions of their inputs; no clock, no I/O."""
