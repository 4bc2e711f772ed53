"""Bundles: a folder with `bundle.yaml` and model files; how it is described, opened, checked and installed."""
