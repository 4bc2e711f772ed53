"""Cabin outputs, each a plug-in of one file: console, sound, buzzer, light."""
