"""Settings that commissioning has found, as lines to copy into a configuration. A configuration is never changed."""

from __future__ import annotations

import math
from typing import Literal

from calibration.camera.driver_side import MountedAt
from calibration.camera.gaze_zones import Side
from calibration.camera.mounting import Mounting

Mount = Literal["steering_column", "dash_centre", "a_pillar", "mirror"]
MOUNTS: tuple[Mount, ...] = ("steering_column", "dash_centre", "a_pillar", "mirror")
_ASIDE_RAD = math.radians(12.0)  # choice, as are the others: to be confirmed by the installer
_MIRROR_FROM_RAD = math.radians(4.0)
_LEANS_FROM_DEG = 3.0


def guessed_mount(mounting: Mounting, side: Side | None) -> Mount | None:
    """Where such a camera usually hangs; None where that is not clear."""
    if abs(mounting.yaw_rad) < _ASIDE_RAD:
        return "steering_column" if mounting.pitch_rad < 0 else None
    if side is None:
        return None
    inwards = (mounting.yaw_rad < 0) == (side == "left")
    if not inwards:
        return "a_pillar"
    return "mirror" if mounting.pitch_rad > _MIRROR_FROM_RAD else "dash_centre"


def found_settings(side: Side | None, mount: MountedAt | None, roll_deg: float | None) -> str:
    """YAML; empty where nothing was found."""
    lines = []
    if side is not None:
        lines.append(f"driver_side: {side}")
    if mount is not None and mount != "unknown":
        lines.append(f"camera_mount: {mount}")
    if roll_deg is not None and abs(roll_deg) >= _LEANS_FROM_DEG:
        lines.append(f"camera_roll_deg: {roll_deg:.0f}")
    if not lines:
        return ""
    inner = "".join(f"    {line}\n" for line in lines)
    return (
        "# Found by vigil aim. Copy into the vehicle's configuration what is not there yet.\n"
        f"driver_state:\n  gaze_zone:\n{inner}"
    )
