"""Prepared clips: aligned faces cut from labelled videos once, to be read many times faster than they are decoded."""
