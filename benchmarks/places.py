"""Where the clips, the model and the rival's interpreter are, or the sentence that says what is missing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import PROJECT

CLIPS = ("yawdd/dash_1.avi", "yawdd/dash_2.avi", "yawdd/dash_7.avi")
_MODEL = "face_landmarker.task"


@dataclass(frozen=True, slots=True)
class Places:
    """What a benchmark may use; None or empty where it is not there."""

    clips: tuple[Path, ...]
    model: Path | None

    def missing(self) -> str | None:
        lacks = []
        if self.model is None:
            lacks.append(
                f"{_MODEL} (`vigil models fetch mediapipe`, then set VIGIL_MODELS to its folder)"
            )
        if not self.clips:
            lacks.append("the real clips (set VIGIL_DATA to their folder)")
        return " and ".join(lacks) or None


def find_places(clips: Sequence[str] = CLIPS) -> Places:
    """VIGIL_DATA and VIGIL_MODELS, else ../shared beside the project."""
    data = Path(os.environ.get("VIGIL_DATA") or PROJECT.parent / "shared" / "data")
    models = Path(os.environ.get("VIGIL_MODELS") or PROJECT.parent / "shared" / "models")
    model = models if models.is_file() else models / _MODEL
    return Places(
        clips=tuple(data / name for name in clips if (data / name).is_file()),
        model=model if model.is_file() else None,
    )
