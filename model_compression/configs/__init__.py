"""Configurations of trainings that come with Vigil, one YAML file each."""
