"""Which device this is, so that its profile is chosen: read from the device tree, as its firmware names it."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from edge_app.configuration.load import profile_names
from edge_app.errors import UserError
from firmware_configs.install.target import Target

# Beginnings of the model's name in the device tree.
_PROFILES = {
    "Raspberry Pi 5": "raspberry_pi_5",
    "Raspberry Pi Compute Module 5": "raspberry_pi_5",
    "Raspberry Pi 4": "raspberry_pi_4",
    "Raspberry Pi Compute Module 4": "raspberry_pi_4",
    "Raspberry Pi Zero 2": "raspberry_pi_zero_2_w",
    "NVIDIA Jetson Orin Nano": "jetson_orin_nano",
}
_MODEL = "/proc/device-tree/model"


@dataclass(frozen=True, slots=True)
class Device:
    """profile: a file of `firmware_configs/`; model: what the firmware calls it, empty where it says nothing."""

    profile: str
    model: str

    @property
    def is_raspberry_pi(self) -> bool:
        return self.profile.startswith("raspberry_pi")

    @property
    def is_jetson(self) -> bool:
        return self.profile.startswith("jetson")


def find_device(target: Target, profile: str | None) -> Device:
    """`profile` as asked for, else that of the machine. Raises `UserError` where neither tells."""
    model = _model(target)
    if profile is not None:
        if profile not in profile_names():
            raise UserError(
                f"There is no profile {profile!r}; there are {', '.join(profile_names())}."
            )
        return Device(profile, model)
    for beginning, name in _PROFILES.items():
        if beginning.lower() in model.lower():
            return Device(name, model)
    if target.running and platform.machine() == "x86_64":
        return Device("x86_64", model)
    what = (
        f"{model!r} is no device that Vigil has a profile for"
        if model
        else "An image does not tell its device"
        if not target.running
        else "This machine does not tell what it is"
    )
    raise UserError(f"{what}; name the nearest with --profile ({', '.join(profile_names())}).")


def _model(target: Target) -> str:
    try:
        return target.at(_MODEL).read_bytes().rstrip(b"\0\n").decode(errors="replace")
    except OSError:
        return ""
