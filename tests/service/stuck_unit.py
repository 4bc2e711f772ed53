"""A vehicle program in a process of its own whose perception hangs in its first starts, for tests.

Arguments: clip, port of the broker, folder, number of starts that hang. Writes a line for each start into
`starts.txt`: process number, monotonic time, and whether the terminal, where there is one, hands over whole lines.
"""

from __future__ import annotations

import os
import sys
import termios
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app import program
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceObservation
from edge_app.settings import VigilSettings
from tests.program.painted_driver import PaintReader

_HEALTHY_FRAMES = 5

clip, port, folder, hanging = (
    Path(sys.argv[1]),
    int(sys.argv[2]),
    Path(sys.argv[3]),
    int(sys.argv[4]),
)
starts = folder / "starts.txt"
with starts.open("a") as notes:
    lines = not sys.stdin.isatty() or bool(termios.tcgetattr(sys.stdin)[3] & termios.ICANON)
    notes.write(f"{os.getpid()} {time.monotonic()} {'lines' if lines else 'keys'}\n")
hangs = len(starts.read_text().splitlines()) <= hanging


class StuckReader(PaintReader):
    """Reads a few pictures, then never returns."""

    def __init__(self) -> None:
        self._read = 0

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        self._read += 1
        if hangs and self._read > _HEALTHY_FRAMES:
            time.sleep(1000)
        return super().observe(image, crop)


setattr(program, "open_perception", lambda settings: StuckReader())  # noqa: B010 - only here
settings = VigilSettings.model_validate(
    {
        "unit": {"vehicle_id": "car-9"},
        "camera": {"source": f"file:{clip}"},
        "cabin": {"silent_after_s": 0.5},
        "service": {"stall_after_s": 0.6, "stall_longest_s": 2.4},
        "telemetry": {
            "enabled": True,
            "host": "127.0.0.1",
            "port": port,
            "outbox": {"path": str(folder / "outbox.sqlite")},
        },
    }
)
with program.VehicleProgram(settings) as vehicle:
    vehicle.run(begins_anew=True)
