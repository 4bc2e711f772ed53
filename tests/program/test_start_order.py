"""What starts first: a camera is opened while the models load, a recording waits until it is watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app import program
from edge_app.camera.capture import Capture
from edge_app.commands.demo import DEMO_CLIP
from edge_app.program import VehicleProgram
from edge_app.settings import VigilSettings


@pytest.mark.parametrize(
    ("source", "order"),
    [(f"file:{DEMO_CLIP}", ["models", "capture"]), ("v4l2:9", ["capture", "models"])],
)
def test_recording_waits_for_the_models_and_a_camera_does_not(
    source: str, order: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    seen: list[str] = []
    start, open_perception = Capture.start, program.open_perception
    monkeypatch.setattr(Capture, "start", lambda self: (seen.append("capture"), start(self))[1])
    monkeypatch.setattr(
        program,
        "open_perception",
        lambda settings: (seen.append("models"), open_perception(settings))[1],
    )
    settings = VigilSettings.model_validate({"camera": {"source": source}})
    with VehicleProgram(settings):
        assert seen == order
