"""`gst:<pipeline>`: any GStreamer source, above all the CSI cameras of a Jetson (`gst:nvarguscamerasrc`).

Through GStreamer's own Python bindings where they are installed, since these tell when a picture was taken; else
through an OpenCV built with GStreamer, as JetPack brings it (the OpenCV from the package index is not).
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.camera.source import FrameSource, SourceError, SourceSettings, UnusableSourceError
from edge_app.camera.sources import shown_uri

_SINK = "appsink name=vigil max-buffers=1 drop=true sync=false"
_TO_BGR = "videoconvert ! video/x-raw,format=BGR"
_MISSING = (
    "gst: GStreamer is missing; run `sudo apt install python3-gi gir1.2-gstreamer-1.0 "
    "gir1.2-gst-plugins-base-1.0 gstreamer1.0-plugins-good` and use a virtual environment made with "
    "--system-site-packages"
)


def open_source(rest: str, settings: SourceSettings) -> FrameSource:
    pipeline = full_pipeline(rest, settings)
    try:
        import gi  # type: ignore[import-untyped,import-not-found,unused-ignore]

        gi.require_version("Gst", "1.0")
        gi.require_version("GstApp", "1.0")
    except (ImportError, ValueError):
        return OpencvGstSource(pipeline, settings)
    return GstSource(pipeline, settings)


def full_pipeline(rest: str, settings: SourceSettings) -> str:
    """What the user wrote, completed to end in BGR pictures for the program.

    A single element is asked for size and rate; a pipeline with its own `appsink` stays as it is.
    """
    written = rest.strip().rstrip("!").strip() or "nvarguscamerasrc"
    if "appsink" in written:
        return (
            written
            if "name=vigil" in written
            else written.replace("appsink", "appsink name=vigil", 1)
        )
    if "!" in written:
        return f"{written} ! {_TO_BGR} ! {_SINK}"
    rate = f"{round(settings.frame_rate_hz * 1000)}/1000"
    size = f"width={settings.width_px},height={settings.height_px}"
    if written.startswith("nvarguscamerasrc"):
        # The sensor has few modes of its own: nvvidconv scales in hardware and leaves the GPU's memory.
        return (
            f"{written} ! video/x-raw(memory:NVMM),framerate={rate} ! nvvidconv "
            f"! video/x-raw,format=BGRx,{size} ! {_TO_BGR} ! {_SINK}"
        )
    return f"{written} ! videoconvert ! videoscale ! video/x-raw,format=BGR,{size} ! {_SINK}"


class GstSource:
    """A pipeline behind an appsink, each picture with the pipeline clock's time of capture."""

    live = True
    frame_count = None

    def __init__(self, pipeline: str, settings: SourceSettings) -> None:
        from gi.repository import Gst, GstApp  # type: ignore[import-untyped,unused-ignore]  # noqa: F401

        self._gst: Any = Gst
        Gst.init(None)
        try:
            self._pipeline = Gst.parse_launch(pipeline)
        except Exception as error:  # GLib.Error: its class exists only once gi is loaded
            raise UnusableSourceError(
                f"gst: {_one_line(error)}; in the pipeline: {shown_uri(pipeline)}"
            ) from error
        self._sink = self._pipeline.get_by_name("vigil")
        self._frame_rate_hz = settings.frame_rate_hz
        self._index = 0
        self._pipeline.set_state(Gst.State.PLAYING)
        changed, _, _ = self._pipeline.get_state(round(settings.open_timeout_s * Gst.SECOND))
        if changed == Gst.StateChangeReturn.FAILURE:
            reason = self._reason()
            self.close()
            raise SourceError(
                f"gst: the pipeline does not start ({reason}); it is: {shown_uri(pipeline)}"
            )

    @property
    def frame_rate_hz(self) -> float | None:
        return self._frame_rate_hz

    def read(self) -> Frame | None:
        sample = self._sink.pull_sample()
        if sample is None:
            raise SourceError(f"gst: the pipeline stopped ({self._reason()})")
        buffer = sample.get_buffer()
        frame = Frame(self._image(sample, buffer), self._time(buffer), self._index)
        self._index += 1
        return frame

    def close(self) -> None:
        self._pipeline.set_state(self._gst.State.NULL)

    def _image(self, sample: Any, buffer: Any) -> NDArray[np.uint8]:
        caps = sample.get_caps().get_structure(0)
        width_px, height_px = caps.get_value("width"), caps.get_value("height")
        channels = {"GRAY8": 1, "BGR": 3}.get(caps.get_value("format"))
        if channels is None:
            raise UnusableSourceError("gst: the appsink must get video/x-raw,format=BGR or GRAY8")
        rows = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), dtype=np.uint8)
        rows = rows.reshape(height_px, -1)[
            :, : width_px * channels
        ]  # GStreamer pads rows to 4 bytes
        return rows if channels == 1 else rows.reshape(height_px, width_px, channels)

    def _time(self, buffer: Any) -> float:
        """Base time + running time is the pipeline clock's: the system's monotonic clock for a live source."""
        now_s = time.monotonic()
        if buffer.pts == self._gst.CLOCK_TIME_NONE:
            return now_s
        t_s = float(self._pipeline.get_base_time() + buffer.pts) / float(self._gst.SECOND)
        return t_s if 0.0 <= now_s - t_s < 60.0 else now_s

    def _reason(self) -> str:
        kinds = self._gst.MessageType.ERROR | self._gst.MessageType.EOS
        message = self._pipeline.get_bus().timed_pop_filtered(self._gst.SECOND // 5, kinds)
        if message is None:
            return "no reason given"
        if message.type == self._gst.MessageType.EOS:
            return "end of stream"
        return _one_line(message.parse_error()[0])


class OpencvGstSource:
    """The same pipeline through OpenCV, which hides its clock: frames carry their time of reception."""

    live = True
    frame_count = None

    def __init__(self, pipeline: str, settings: SourceSettings) -> None:
        import cv2

        if not cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER):
            raise UnusableSourceError(_MISSING)
        self._frame_rate_hz = settings.frame_rate_hz
        self._capture = cv2.VideoCapture(pipeline, cv2.CAP_GSTREAMER)
        if not self._capture.isOpened():
            raise SourceError(
                "gst: the pipeline does not start; try it with gst-launch-1.0: "
                f"{shown_uri(pipeline)}"
            )
        self._index = 0

    @property
    def frame_rate_hz(self) -> float | None:
        return self._frame_rate_hz

    def read(self) -> Frame | None:
        ok, image = self._capture.read()
        if not ok or image is None:
            raise SourceError("gst: the pipeline stopped delivering pictures")
        frame = Frame(np.asarray(image, dtype=np.uint8), time.monotonic(), self._index)
        self._index += 1
        return frame

    def close(self) -> None:
        self._capture.release()


def _one_line(error: object) -> str:
    return shown_uri(" ".join(str(error).split()))
