"""Calibration of camera, driver, probability and quantization: numpy in, numbers out. Imports nothing of Vigil's."""
