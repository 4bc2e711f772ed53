"""Against whom a bundle is measured: MediaPipe's models in Vigil's tracker, and for speed its own task."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.clips import Block
from benchmarks.machine import PROJECT
from benchmarks.worker_link import WorkerLink
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
from edge_app.face.tracker import FaceTracker
from model_compression.evaluation.contestant import RIVAL, open_contestant
from tests.mediapipe_stand_in import mediapipe_stand_in

_STAND_IN = mediapipe_stand_in(
    opened="log(mode=options.running_mode, faces=options.num_faces, cores=sorted(os.sched_getaffinity(0)))",
    asked="log(ms=ms, red=int(image.data[0, 0, 0]))",
)


@pytest.mark.mediapipe_model
def test_what_is_right_is_asked_of_its_models_in_vigils_own_tracker(
    face_landmarker_path: Path,
) -> None:
    rival = open_contestant(RIVAL, "mediapipe", [f"model_file={face_landmarker_path}"])
    assert isinstance(rival.perception, MediaPipeLandmarker)
    assert type(rival.tracker()) is FaceTracker
    assert rival.settings.threads == 1


def test_speed_is_that_of_its_own_task_in_video_mode_on_one_core_on_every_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mediapipe.py").write_text(_STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    frames = np.tile(np.arange(3, dtype=np.uint8)[:, None, None, None], (1, 4, 4, 3))
    worker = str(PROJECT / "benchmarks" / "mediapipe_worker.py")
    core = max(os.sched_getaffinity(0))
    with WorkerLink("its", [sys.executable, worker, "model"], core=core, folder=tmp_path) as link:
        answer = link.measure(Block("clip", frames, (0.0, 0.1, 0.2)))
    made, *seen = [json.loads(line) for line in (tmp_path / "its.log").read_text().splitlines()]
    assert made == {"mode": "VIDEO", "faces": 1, "cores": [core]}
    assert [(one["ms"], one["red"]) for one in seen] == [(0, 0), (100, 1), (200, 2)]
    assert len(answer["ms"]) == 3
