"""`--trace` of `vigil run` and `vigil analyze`: what they write replays; a trace that fails is told in the status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.camera.direct_feed import DirectFeed
from edge_app.camera.settings import CameraSettings
from edge_app.live import LiveLoop
from edge_app.monitor import DriverMonitor
from edge_app.settings import VigilSettings
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.trace.open import open_recorder
from edge_app.trace.recorder import TraceRecorder
from edge_app.trace.replay import replay_run
from edge_app.trace.series import recorded_runs
from edge_app.trace.trace_file import TraceFile
from edge_app.vehicle.none import NoneProvider
from tests.program.conftest import Vigil
from tests.program.painted_driver import PaintReader, paint_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """1.5 s awake, 4 s asleep, 1 s awake."""
    path = tmp_path / "nap.mp4"
    paint_clip(path, [(1.5, True, 0.85), (4.0, True, 0.1), (1.0, True, 0.85)], 15)
    return path


def watch(clip: Path, folder: Path) -> tuple[TraceRecorder, list[tuple[str, ...]]]:
    """The live loop with a trace; and every status that was posted."""
    settings = VigilSettings(camera=CameraSettings(source=f"file:{clip}"))
    recorder = open_recorder(folder, settings, PaintReader(), may_wait=True)
    sender = Telemetry(TelemetrySettings(), "car-1", {})
    cabin = CabinVoice(settings.cabin)
    feed = DirectFeed(settings.camera)
    statuses: list[tuple[str, ...]] = []
    post_status = sender.post_status
    sender.post_status = lambda reasons: (statuses.append(reasons), post_status(reasons))[1]  # type: ignore[method-assign]
    try:
        LiveLoop(
            feed=feed,
            monitor=DriverMonitor(PaintReader(), settings, tracer=recorder),
            vehicle=NoneProvider(),
            cabin=cabin,
            telemetry=sender,
            trace=recorder,
            model_bundle="paint/1",
        ).run()
    finally:
        recorder.close()
        cabin.close()
        sender.close()
        feed.close()
    return recorder, statuses


def test_what_the_loop_saw_replays(clip: Path, tmp_path: Path) -> None:
    recorder, statuses = watch(clip, tmp_path / "trace")
    (run,), _ = recorded_runs(tmp_path / "trace")
    result = replay_run(run)
    assert result.as_recorded
    assert {"microsleep", "sleep"} <= {event.type.value for event in result.replayed}
    assert recorder.dropped == 0
    assert not any("trace_failed" in status for status in statuses)


def test_a_trace_that_fails_is_told_in_the_status_and_the_watch_goes_on(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: TraceFile) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TraceFile, "close_chunk", full)
    recorder, statuses = watch(clip, tmp_path / "trace")
    assert statuses[-1] == ("trace_failed",)
    assert len(statuses) > 90
    assert recorder.dropped > 90


def test_run_and_analyze_write_a_trace_that_replays(
    vigil: Vigil, clip: Path, tmp_path: Path
) -> None:
    run = vigil(
        *("run", "--source", f"file:{clip}", "--as-fast-as-possible", "--quiet"),
        *("--trace", tmp_path / "run"),
    )
    assert run.returncode == 0, run.stderr
    assert f"trace: 1 file in {tmp_path / 'run'}" in run.stderr
    analyze = vigil(
        *("analyze", clip, "--out", tmp_path / "out", "--no-overlay", "--trace", tmp_path / "run")
    )
    assert analyze.returncode == 0, analyze.stderr
    replay = vigil("replay", tmp_path / "run")
    assert replay.returncode == 0, replay.stderr
    assert replay.stdout.count("states identical") == 2


def test_who_asks_for_a_trace_that_cannot_be_written_is_told_at_once(
    vigil: Vigil, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    run = vigil("run", "--source", f"file:{clip}", "--trace", tmp_path / "file" / "below")
    assert run.returncode == 2
    assert "no trace can be written here" in run.stderr


def test_unit_whose_trace_cannot_be_written_watches_all_the_same(
    vigil: Vigil, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    run = vigil(
        *("run", "--source", f"file:{clip}", "--as-fast-as-possible", "--quiet"),
        *("--set", f"trace.folder={tmp_path / 'file' / 'below'}"),
    )
    assert run.returncode == 0, run.stderr
    assert "trace: cannot be written" in run.stderr
    assert "moments could not be recorded" in run.stderr


def test_without_a_trace_nothing_of_it_is_loaded() -> None:
    """Memory and start-up time of a vehicle that records none."""

    code = "import sys, edge_app.program, edge_app.commands.run\nprint('mcap' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
