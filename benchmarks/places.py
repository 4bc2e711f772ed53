"""Where the clips and MediaPipe's model file are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import PROJECT

CLIPS = ("yawdd/dash_1.avi", "yawdd/dash_2.avi", "yawdd/dash_7.avi")
FACE_LANDMARKER = "face_landmarker.task"
NO_FACE_LANDMARKER = (
    f"there is no {FACE_LANDMARKER} (`vigil models fetch mediapipe`, then set VIGIL_MODELS to its"
    " folder)"
)
NO_CLIPS = "there are no real clips (set VIGIL_DATA to their folder)"


@dataclass(frozen=True, slots=True)
class Places:
    """What a benchmark may use; None or empty where it is not there."""

    clips: tuple[Path, ...]
    face_landmarker: Path | None  # for the rival, and for `--model mediapipe`


def find_places(clips: Sequence[str] = CLIPS) -> Places:
    """VIGIL_DATA and VIGIL_MODELS, else ../shared beside the project."""
    data = Path(os.environ.get("VIGIL_DATA") or PROJECT.parent / "shared" / "data")
    models = Path(os.environ.get("VIGIL_MODELS") or PROJECT.parent / "shared" / "models")
    file = models if models.is_file() else models / FACE_LANDMARKER
    return Places(
        clips=tuple(data / name for name in clips if (data / name).is_file()),
        face_landmarker=file if file.is_file() else None,
    )
