"""Aiming a camera in a vehicle: how well it sees this driver, what to move, and whether the unit may go on the road."""
