"""Lenses of common cameras, by name, from their makers' published figures; none of them measured."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from calibration.camera.lens import Lens

_FILE = Path(__file__).with_name("lens_profiles.yaml")


@dataclass(frozen=True, slots=True)
class LensProfile:
    """What a maker says of a lens."""

    name: str
    title: str
    also: tuple[str, ...]  # cameras that have the same lens
    source: str
    lens: Lens
    published_view_deg: float | None  # horizontal, where it is published


def lens_profiles() -> tuple[LensProfile, ...]:
    """Every profile, in the file's order."""
    return _profiles()


def lens_profile(name: str) -> LensProfile | None:
    """The profile of that name, or of a camera with the same lens."""
    return next((p for p in _profiles() if name == p.name or name in p.also), None)


@functools.cache
def _profiles() -> tuple[LensProfile, ...]:
    document = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(_profile(entry) for entry in document["profiles"])


def _profile(entry: dict[str, Any]) -> LensProfile:
    name, width_px, height_px = entry["name"], entry["width_px"], entry["height_px"]
    focal_px = _focal_px(entry, width_px, height_px)
    return LensProfile(
        name=name,
        title=entry["title"],
        also=tuple(entry.get("also", ())),
        source=entry["source"],
        lens=Lens(name, width_px, height_px, focal_px, focal_px, width_px / 2, height_px / 2),
        published_view_deg=entry.get("horizontal_field_of_view_deg"),
    )


def _focal_px(entry: dict[str, Any], width_px: int, height_px: int) -> float:
    if "focal_length_mm" in entry:
        return float(entry["focal_length_mm"]) / (float(entry["pixel_um"]) / 1000.0)
    if "horizontal_field_of_view_deg" in entry:
        across_px, view_deg = float(width_px), entry["horizontal_field_of_view_deg"]
    else:
        across_px, view_deg = (
            math.hypot(width_px, height_px),
            entry["diagonal_field_of_view_deg"],
        )
    return across_px / 2 / math.tan(math.radians(view_deg) / 2)
