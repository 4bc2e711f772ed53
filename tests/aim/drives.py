"""Simulated drives through the real perception and monitor into an aiming session, at frame time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from edge_app.aim.finding import AimFinding
from edge_app.aim.look import look_at
from edge_app.aim.session import AimSession
from edge_app.aim.view import View
from edge_app.camera.sources import open_source
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.monitor import DriverMonitor
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState

# Small pictures are drawn quickly; 38 px between the eyes at 0.65 m.
_CAMERA = {"frame_rate_hz": 10, "width_px": 320, "height_px": 240, "field_of_view_deg": 44}
WELL = {"frame_rate_hz": 20, "width_px": 400, "height_px": 300, "field_of_view_deg": 50}
"""A camera without a red or yellow line."""


def scenario_file(folder: Path, **keys: Any) -> Path:
    """A calm driver without glances of chance, ten frames a second unless told."""
    drive = {"name": "aimed", "duration_s": 2, "mirror_glances": False, **keys}
    drive["camera"] = {**_CAMERA, **keys.get("camera", {})}
    file = folder / "aimed.yaml"
    file.write_text(yaml.safe_dump(drive))
    return file


def driven(
    file: Path,
    settings: VigilSettings | None = None,
    *,
    act: Callable[[AimSession], None] = lambda session: None,
) -> AimSession:
    """The session after the whole drive. act: what a thumb does after each frame."""
    settings = settings or VigilSettings()
    session = AimSession(settings, View(None, settings), outputs=["console"])
    monitor = DriverMonitor(_perception(), settings)
    source = open_source(f"sim:{file}", settings.camera)
    try:
        while (frame := source.read()) is not None:
            step = monitor.step(frame, VehicleState())
            if step is not None:
                session.look(look_at(frame, step))
                act(session)
    finally:
        source.close()
    return session


def by_key(findings: tuple[AimFinding, ...]) -> dict[str, AimFinding]:
    return {finding.key: finding for finding in findings}


def found(folder: Path, **keys: Any) -> dict[str, AimFinding]:
    return by_key(driven(scenario_file(folder, **keys)).result(with_steps=False))


def taps(*at_s: float) -> Callable[[AimSession], None]:
    """`start` at each of these times."""
    waiting: Iterator[float] = iter(at_s)
    due = [next(waiting, None)]

    def act(session: AimSession) -> None:
        if due[0] is not None and session.t_s >= due[0]:
            due[0] = next(waiting, None)
            session.act("start")

    return act


@lru_cache(maxsize=1)
def _perception() -> Perception:
    return open_perception(VigilSettings().perception)
