"""YAML files to settings: positions kept, profiles merged, every mistake a sentence."""
