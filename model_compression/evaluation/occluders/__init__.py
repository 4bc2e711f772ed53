"""Occluders of the test: sunglasses, masks and hands that share no line of code with those that students learn from."""

from __future__ import annotations

from model_compression.evaluation.occluders.render import Kind, Occluded, Part, render_occluder

__all__ = ["Kind", "Occluded", "Part", "render_occluder"]
