"""The text of vigil.service and its companions for one device: only what that device has, and its systemd knows."""

from __future__ import annotations

from importlib import resources

from firmware_configs.install.device import Device

_STEPS_SINCE = 254  # systemd that knows RestartSteps
_DEVICES = (
    "char-video4linux",
    "char-media",
    "char-gpiochip",
    "char-alsa",
    "char-ttyUSB",
    "char-ttyACM",
    "char-rfcomm",
)
_OF_RASPBERRY_PI = ("char-dma_heap", "char-ttyAMA")
# Argus and its memory; the names of NVIDIA's drivers all begin so.
_OF_JETSON = ("char-nv*", "/dev/nvmap", "char-dma_heap", "char-ttyTHS")


def template(name: str, **values: str) -> str:
    """A file of `templates/` with each @NAME@ replaced."""
    text = (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text


def vigil_service(
    device: Device, program: str, user: str, runtime: str, systemd: int | None
) -> str:
    """runtime: perception.runtime of the settings; systemd: its version, None for one that is not known."""
    steps = "RestartSteps=5\nRestartMaxDelaySec=30\n"
    more = _OF_RASPBERRY_PI if device.is_raspberry_pi else _OF_JETSON if device.is_jetson else ()
    return template(
        "vigil.service",
        PROGRAM=program,
        USER=user,
        RESTART_STEPS=steps if systemd is not None and systemd >= _STEPS_SINCE else "",
        DEVICES="\n".join(f"DeviceAllow={name} rw" for name in (*_DEVICES, *more)),
        # Argus is reached through a socket in /tmp.
        PRIVATE_TMP="no" if device.is_jetson else "yes",
        # OpenVINO writes its kernels at run time and cannot load a model otherwise; with `auto` it is passed over.
        DENY_WRITE_EXECUTE="no" if device.is_jetson or runtime == "openvino" else "yes",
    )
