"""How long a camera may open its shutter: a head that turns, and a road that shakes, blur what is exposed for longer.

The Pi's auto-exposure has no such control; it has exposure modes in its tuning file, whose shutter times can be capped.
A USB camera has one that keeps its rate, so that no picture is exposed for longer than the time between two.
"""

from __future__ import annotations

import fcntl
import os
import struct
from typing import Any

_AGC = "rpi.agc"
_LONGER_FEWER_FRAMES = 0x009A0903  # V4L2_CID_EXPOSURE_AUTO_PRIORITY, or exposure_dynamic_framerate
_SET_CONTROL = 0xC008561C  # VIDIOC_S_CTRL


def cap_shutter(tuning: dict[str, Any], longest_us: int) -> bool:
    """Cap every exposure mode of a libcamera tuning; what the shutter lacks, gain makes up for. False: it has none."""
    capped = False
    for algorithm in tuning.get("algorithms", [tuning]):
        agc = algorithm.get(_AGC)
        for channel in _channels(agc):
            for mode in channel.get("exposure_modes", {}).values():
                mode["shutter"] = [min(time_us, longest_us) for time_us in mode["shutter"]]
                capped = True
    return capped


def _channels(agc: Any) -> list[dict[str, Any]]:
    if not isinstance(agc, dict):
        return []
    channels = agc.get("channels", [agc])
    return list(channels)


def tuning_name(model: str, *, mono: bool) -> str:
    """The file that libcamera itself takes for a sensor."""
    return f"{model}_mono.json" if mono else f"{model}.json"


def keep_rate(device: str) -> bool:
    """Forbid a V4L2 camera to expose for longer by giving fewer frames. False: it has no such control."""
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.ioctl(descriptor, _SET_CONTROL, struct.pack("Ii", _LONGER_FEWER_FRAMES, 0))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
