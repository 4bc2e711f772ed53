"""Clips read into memory, edited, and what was made of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edge_app.alerts.event import Event
from edge_app.camera.file import VideoFileSource
from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.monitor import MonitorStep


def read_clip(path: Path) -> list[Frame]:
    source = VideoFileSource(str(path), CameraSettings())
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def events_of(steps: Iterable[MonitorStep]) -> list[Event]:
    return [event for step in steps for event in step.policy.events]


def hold(frames: list[Frame], shut: int, after: int, held_s: float) -> tuple[list[Frame], float]:
    """`frames` with number `shut` repeated for `held_s` after number `after`; and when that begins."""
    interval_s = frames[1].t_s - frames[0].t_s
    held = [frames[shut]] * round(held_s / interval_s)
    edited = [*frames[: after + 1], *held, *frames[after + 1 :]]
    retimed = [Frame(frame.image, i * interval_s, i) for i, frame in enumerate(edited)]
    begins = after if after == shut else after + 1
    return retimed, retimed[begins].t_s
