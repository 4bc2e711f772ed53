"""A recorder set up from the settings of the program."""

from __future__ import annotations

from pathlib import Path

from edge_app.face.observation import Perception, temporal_heads
from edge_app.settings import VigilSettings
from edge_app.telemetry.clock import now
from edge_app.telemetry.ulid import UlidMaker
from edge_app.trace.machine import this_machine
from edge_app.trace.opening import Origin, recorded_settings
from edge_app.trace.recorder import TraceRecorder


def open_recorder(
    folder: Path, settings: VigilSettings, perception: Perception, *, may_wait: bool
) -> TraceRecorder:
    """`may_wait`: frames come from a file, not from a camera."""
    origin = Origin(
        run_id=UlidMaker().make(now().wall_s),
        machine=this_machine(),
        perception=perception.name,
        expression_labels=tuple(perception.expression_labels),
        settings=recorded_settings(settings),
        temporal_heads=temporal_heads(perception),
    )
    judged_by = {"driver_state": settings.driver_state, "alerts": settings.alerts}
    return TraceRecorder(folder, settings.trace, origin, judged_by, now=now, may_wait=may_wait)
