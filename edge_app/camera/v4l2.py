"""`v4l2:<number or device path>`: USB and other Video4Linux cameras, through OpenCV."""

from __future__ import annotations

import logging
import os

import cv2
import numpy as np

from edge_app.camera.capture_time import SensorClock
from edge_app.camera.exposure import keep_rate
from edge_app.camera.frame import Frame
from edge_app.camera.source import FrameSource, SourceError, SourceSettings

_log = logging.getLogger(__name__)
_FOURCC = {"auto": "MJPG", "mjpg": "MJPG", "yuyv": "YUYV", "grey": "GREY"}


def open_source(rest: str, settings: SourceSettings) -> FrameSource:
    return V4l2Source(rest or "0", settings)


class V4l2Source:
    """One camera, with the driver's own time for each picture.

    Two buffers: OpenCV holds one until the next read, and with the driver left without any, a USB camera drops
    every second picture. Nothing waits in them, since the capture process reads without pause.
    """

    live = True
    frame_count = None

    def __init__(self, device: str, settings: SourceSettings) -> None:
        self._device = f"/dev/video{device}" if device.isdecimal() else device
        self._mono = settings.pixel_format == "grey"
        if not os.path.exists(self._device):
            raise SourceError(
                f"v4l2:{device}: there is no {self._device}; check that the camera is plugged in "
                "(v4l2-ctl --list-devices shows what there is)"
            )
        self._capture = cv2.VideoCapture()
        if not self._capture.open(self._device, cv2.CAP_V4L2):
            raise SourceError(
                f"v4l2:{device}: cannot open {self._device}; check that it is a camera, that no other "
                "program uses it, and that this user is in the group video"
            )
        fourcc = cv2.VideoWriter.fourcc(*_FOURCC[settings.pixel_format])
        for prop, value in (
            (cv2.CAP_PROP_FOURCC, float(fourcc)),
            (cv2.CAP_PROP_FRAME_WIDTH, float(settings.width_px)),
            (cv2.CAP_PROP_FRAME_HEIGHT, float(settings.height_px)),
            (cv2.CAP_PROP_FPS, settings.frame_rate_hz),
            (cv2.CAP_PROP_BUFFERSIZE, 2.0),
        ):
            self._capture.set(prop, value)
        if settings.exposure_longest_ms is not None and not keep_rate(self._device):
            _log.warning("%s: exposure_longest_ms has no effect on this camera", self._device)
        self._clock = SensorClock()
        self._index = 0

    @property
    def frame_rate_hz(self) -> float | None:
        return self._capture.get(cv2.CAP_PROP_FPS) or None

    def read(self) -> Frame | None:
        ok, image = self._capture.read()
        if not ok or image is None:
            raise SourceError(
                f"{self._device}: the camera stopped delivering pictures; check its cable"
            )
        # OpenCV gives the buffer's own stamp here, in milliseconds; 0 where the driver set none.
        stamp_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        if self._mono and image.ndim == 3:  # OpenCV widens GREY to three equal channels
            image = image[..., 0]
        frame = Frame(
            np.asarray(image, dtype=np.uint8), self._clock.to_monotonic_s(stamp_s), self._index
        )
        self._index += 1
        return frame

    def close(self) -> None:
        self._capture.release()
