"""The benchmark measures what it says, and runs where there is neither model nor clip."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks import synthetic
from benchmarks.agreement import MEDIAPIPE_NUMBERS, Agreement
from benchmarks.chosen_model import choose_model
from benchmarks.clips import read_blocks, write_closed_eyes
from benchmarks.figures import Figure, Target, percentile
from benchmarks.peak_memory import peak_memory_mb, shared_out_mb
from benchmarks.places import CLIPS, find_places
from benchmarks.stopwatch import Stopwatch, Timed
from edge_app.camera.settings import CameraSettings
from edge_app.camera.sources import open_source
from edge_app.errors import UserError
from edge_app.face.perceptions import open_perception
from edge_app.monitor import DriverMonitor
from edge_app.vehicle.state import VehicleState
from tests.benchmarks.measured_models import BUILT_IN, MEDIAPIPE
from tests.face.faces import ScriptedPerception

PROJECT = Path(__file__).resolve().parents[2]


class Sleeper:
    """Takes a known time."""

    name = "sleeper"

    def work(self, seconds: float) -> str:
        time.sleep(seconds)
        return "done"


def test_without_model_file_and_clips_it_says_what_is_missing_and_measures_the_rest(
    tmp_path: Path,
) -> None:
    out = tmp_path / "bench.json"
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "--quick",
            "--parts",
            "loop",
            "alert",
            "synthetic",
            "--model",
            "mediapipe",
            "--json",
            str(out),
        ],
        cwd=PROJECT,
        env={
            **os.environ,
            "VIGIL_DATA": str(tmp_path / "none"),
            "VIGIL_MODELS": str(tmp_path / "none"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    written = json.loads(out.read_text())
    assert {figure["part"] for figure in written["figures"]} == {"synthetic"}
    assert len(written["left_out"]) == 1
    assert "VIGIL_DATA" in written["left_out"][0] and "VIGIL_MODELS" in written["left_out"][0]
    assert written["machine"]["cores"] >= 1


def test_stopwatch_adds_up_the_time_of_a_stage_and_passes_on_what_it_stands_for() -> None:
    watch = Stopwatch()
    timed = Timed(Sleeper(), watch, {"work": "nap"})
    assert [timed.work(0.01), timed.work(0.02)] == ["done", "done"]
    assert timed.name == "sleeper"
    nap = watch.as_json()["nap"]
    assert nap["calls"] == 2
    assert nap["ms"] >= 30
    watch.reset()
    assert watch.as_json() == {}


def test_percentile_of_few_values_is_the_largest() -> None:
    assert percentile([3.0, 1.0, 2.0], 99) == 3.0
    assert percentile([float(i) for i in range(1, 101)], 99) == 99.0
    assert percentile([5.0], 50) == 5.0


def test_target_is_met_on_its_own_side_only() -> None:
    slow = Figure("loop", "ratio", 1.1, "", target=Target("at most", 1.0))
    fast = Figure("loop", "rate", 1.1, "", target=Target("at least", 1.0))
    assert (slow.met, fast.met) == (False, True)
    assert Figure("loop", "ms", 1.1, "ms").met is None


def test_peak_memory_stays_after_the_memory_is_given_back() -> None:
    before_mb = peak_memory_mb(os.getpid())
    block = bytearray(int(50e6))
    block[::4096] = b"x" * len(block[::4096])
    del block
    assert peak_memory_mb(os.getpid()) >= before_mb
    assert math.isnan(peak_memory_mb(2**22 + 1))


def test_shared_memory_is_counted_once_among_those_that_share_it() -> None:
    own_mb = shared_out_mb([os.getpid()])
    assert 1.0 < own_mb <= peak_memory_mb(os.getpid())
    assert math.isnan(shared_out_mb([os.getpid(), 2**22 + 1]))


def test_agreement_of_equal_readings_is_perfect_and_counts_who_missed_the_face() -> None:
    points = [[float(i % 30) * 10, float(i // 30) * 10] for i in range(478)]
    mine = [[points[i][0] + 1, points[i][1]] for i in MEDIAPIPE_NUMBERS]
    agreement = Agreement()
    agreement.add(
        {"points": [mine, mine, None], "readings": [[0.5, 1.0, 0.0], [0.0, 1.0, 1.0], None]},
        {
            "points": [points, points, points],
            "scores": [[0.4, 0.0, 0.0], [0.8, 0.0, 0.85], [0, 0, 0]],
        },
    )
    found = {figure.name: figure.value for figure in agreement.figures()}
    eyes = [
        [(a + b) / 2 for a, b in zip(points[i], points[o], strict=True)]
        for i, o in ((362, 263), (133, 33))
    ]
    assert found["landmarks, median distance"] == pytest.approx(100 / math.dist(*eyes))
    assert found["face only found by MediaPipe"] == 1
    assert found["eye openness, median difference"] == pytest.approx(0.0)
    assert found["eye openness, correlation"] == pytest.approx(1.0)


def test_synthetic_drive_falls_asleep_and_publishes_events() -> None:
    figures = {figure.name: figure for figure in synthetic.measure(seconds=31)}
    assert figures["state, p50"].n == 31 * 30
    assert (figures["post_event, p50"].n or 0) >= 2  # at least a microsleep and a sleep


@pytest.mark.real_data
@pytest.mark.parametrize("name", [MEDIAPIPE, BUILT_IN])
def test_eyes_of_the_edited_clip_stay_closed_for_as_long_as_asked(
    name: str, tmp_path: Path, data_dir: Path
) -> None:
    settings = choose_model(name, find_places()).settings
    perception = open_perception(settings.perception)
    clip = tmp_path / "closed.avi"
    source_clip = data_dir / CLIPS[-1]
    write_closed_eyes(source_clip, clip, perception, holds_s=[1.4], open_s=2.0)
    monitor = DriverMonitor(perception, settings)
    source = open_source(str(clip), CameraSettings())
    longest_s = 0.0
    while (frame := source.read()) is not None:
        step = monitor.step(frame, VehicleState())
        assert step is not None
        longest_s = max(longest_s, step.state.lid_episode.closed_s)
    source.close()
    assert longest_s == pytest.approx(1.4, abs=0.15)


def test_clip_in_which_no_eyes_are_told_is_one_sentence(tmp_path: Path) -> None:
    clip = tmp_path / "plain.avi"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuvj420p"
        picture = np.full((240, 320, 3), 90, dtype=np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    with pytest.raises(UserError, match=r"plain\.avi.*both eyes"):
        write_closed_eyes(
            clip, tmp_path / "to.avi", ScriptedPerception(faces=[]), holds_s=[1.0], open_s=1.0
        )


@pytest.mark.real_data
def test_blocks_never_turn_back_in_time_from_clip_to_clip(data_dir: Path) -> None:
    clips = [data_dir / "yawdd" / name for name in ("dash_1.avi", "dash_2.avi")]
    blocks = list(read_blocks(clips, length=10, per_clip=2))
    t_s = [t for block in blocks for t in block.t_s]
    assert [block.clip for block in blocks] == ["dash_1.avi"] * 2 + ["dash_2.avi"] * 2
    assert t_s == sorted(set(t_s)) and len(t_s) == 40
