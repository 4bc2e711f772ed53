"""Vigil's program in the vehicle: frames in; driver state, cabin alerts and fleet messages out."""

__version__ = "0.1.0"
