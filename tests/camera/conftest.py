"""A scripted camera for the capture process: installed as a plug-in, as a sibling package would be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# `scripted:WORD WORD …` delivers a picture every 20 ms; words change what the camera does.
_CAMERA = """
import time
import numpy as np
from edge_app.camera.frame import Frame
from edge_app.camera.source import SourceError

class Camera:
    live, frame_rate_hz, frame_count = True, 50.0, None

    def __init__(self, script):
        self.script, self.index = script.split(), 0
        if "stuck_open" in self.script:
            time.sleep(1000)

    def read(self):
        time.sleep(0.02)
        if "stuck" in self.script:
            time.sleep(1000)
        if "unplugged" in self.script and self.index == 5:
            raise SourceError("scripted: the cable was pulled")
        if "garbage" in self.script and 5 <= self.index < 25:
            image = np.zeros((9000, 9000, 3), np.uint8)
        else:
            image = np.full((96, 128, 3), self.index % 200 + 50, np.uint8)
        t_s = time.monotonic() - (0.4 if "late" in self.script else 0.0)
        self.index += 1
        return Frame(image, t_s, self.index - 1)

    def close(self):
        pass

def open_source(rest, settings):
    return Camera(rest)
"""


@pytest.fixture
def scripted_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the scheme `scripted:` known here and in every process started from here."""
    place = tmp_path / "plug_in"
    info = place / "scripted_camera-1.0.dist-info"
    info.mkdir(parents=True)
    (place / "scripted_camera.py").write_text(_CAMERA)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted-camera\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[vigil.sources]\nscripted = scripted_camera:open_source\n"
    )
    monkeypatch.syspath_prepend(str(place))
    inherited = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(place), inherited])))
