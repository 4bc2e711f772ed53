"""Scripted drivers with known truth: scenarios, what a driver does, the pictures of it, and what must follow."""
