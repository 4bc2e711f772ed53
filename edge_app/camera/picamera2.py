"""`picamera2:<number>`: a Raspberry Pi camera through libcamera, with the sensor's own time for each picture."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import numpy as np

from edge_app.camera.capture_time import SensorClock
from edge_app.camera.exposure import cap_shutter, tuning_name
from edge_app.camera.frame import Frame
from edge_app.camera.source import FrameSource, SourceError, SourceSettings, UnusableSourceError

_log = logging.getLogger(__name__)
_MONO = 5  # libcamera's ColorFilterArrangement of a sensor without colour filter


def open_source(rest: str, settings: SourceSettings) -> FrameSource:
    return Picamera2Source(int(rest) if rest.isdecimal() else 0, settings)


class Picamera2Source:
    """One CSI camera. A monochrome sensor gives luma (H, W), any other BGR."""

    live = True
    frame_count = None

    def __init__(self, number: int, settings: SourceSettings) -> None:
        try:
            from picamera2 import Picamera2  # type: ignore[import-not-found,unused-ignore]
        except ImportError as error:
            raise UnusableSourceError(
                "picamera2: the Pi's camera package is missing; run `sudo apt install python3-picamera2` and use a "
                "virtual environment made with --system-site-packages"
            ) from error
        self._name = f"picamera2:{number}"
        try:
            self._camera: Any = Picamera2(number, tuning=_tuning(Picamera2, number, settings))
        except (RuntimeError, IndexError) as error:
            raise SourceError(
                f"{self._name}: no such camera, or it is in use ({error}); see `rpicam-hello --list-cameras`"
            ) from error
        arrangement = self._camera.camera_properties.get("ColorFilterArrangement")
        self._mono = arrangement == _MONO
        self._size_px = (settings.width_px, settings.height_px)
        self._frame_rate_hz = settings.frame_rate_hz
        frame_us = round(1e6 / settings.frame_rate_hz)
        self._camera.configure(
            self._camera.create_video_configuration(
                # libcamera's RGB888 lies in memory as B, G, R; YUV420 begins with the luma plane.
                main={"size": self._size_px, "format": "YUV420" if self._mono else "RGB888"},
                controls={"FrameDurationLimits": (frame_us, frame_us)},
                queue=False,
            )
        )
        self._camera.start()
        self._clock = SensorClock()
        self._index = 0

    @property
    def frame_rate_hz(self) -> float | None:
        return self._frame_rate_hz

    def read(self) -> Frame | None:
        try:
            request = self._camera.capture_request()
        except RuntimeError as error:
            raise SourceError(
                f"{self._name}: the camera stopped ({error}); check its ribbon"
            ) from error
        try:
            image = request.make_array("main")
            stamp_s = request.get_metadata().get("SensorTimestamp", 0) / 1e9
        finally:
            request.release()
        if self._mono:
            width_px, height_px = self._size_px
            image = image[:height_px, :width_px]
        frame = Frame(
            np.asarray(image, dtype=np.uint8), self._clock.to_monotonic_s(stamp_s), self._index
        )
        self._index += 1
        return frame

    def close(self) -> None:
        if self._camera is not None:
            self._camera.stop()
            self._camera.close()
            self._camera = None


def _tuning(picamera2: Any, number: int, settings: SourceSettings) -> dict[str, Any] | None:
    """The sensor's own tuning with a capped shutter; None leaves libcamera to its file."""
    if settings.exposure_longest_ms is None:
        return None
    model = str(picamera2.global_camera_info()[number]["Model"])
    found: dict[bool, dict[str, Any]] = {}
    for mono in (False, True):
        with contextlib.suppress(RuntimeError, OSError):
            found[mono] = picamera2.load_tuning_file(tuning_name(model, mono=mono))
    mono = _is_mono(picamera2, number) if len(found) == 2 else True in found
    if mono in found and cap_shutter(found[mono], round(settings.exposure_longest_ms * 1000)):
        return found[mono]
    _log.warning("picamera2:%d: exposure_longest_ms has no effect: no tuning of %s", number, model)
    return None


def _is_mono(picamera2: Any, number: int) -> bool:
    """Asked of the open camera, for sensors that are made both ways under one name."""
    camera = picamera2(number)
    try:
        return bool(camera.camera_properties.get("ColorFilterArrangement") == _MONO)
    finally:
        camera.close()
