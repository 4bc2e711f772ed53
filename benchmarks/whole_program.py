"""What `vigil run` costs as a process, seen from outside: start, memory, speed on a file."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.chosen_model import ChosenModel
from benchmarks.figures import Figure, Target
from benchmarks.machine import PROJECT
from benchmarks.peak_memory import children_of, peak_memory_mb, shared_out_mb
from benchmarks.places import Places
from edge_app.camera.settings import CameraSettings
from edge_app.camera.sources import open_source
from edge_app.errors import UserError
from edge_app.telemetry.local_broker import LocalBroker, local_broker

_STATE_LINE = re.compile(r"^([\d.]+) s, (face|no face)")
_POLL_S = 0.25
_LONGEST_S = 120.0
_BUNDLE_MB, _MEDIAPIPE_MB = 120.0, 150.0  # of the program, at most
_PSS_AFTER_S = (
    4.0  # warm, and before a short clip ends; read once, since the kernel walks all pages for it
)


def measure_start(places: Places, model: ChosenModel, *, runs: int) -> list[Figure]:
    """From the start of the process to its first driver state, the capture process included."""
    assert places.clips
    starts_s = []
    for _ in range(runs):
        with _vigil_run(places.clips[0], model) as (process, begun_s):
            for at_s, _ in _state_lines(process):
                starts_s.append(at_s - begun_s)
                break
    return [
        Figure(
            "process",
            "start to first driver state",
            median(starts_s),
            "s",
            min(starts_s),
            max(starts_s),
            n=runs,
            target=Target("at most", 1.5),
            note="`vigil run` on a file in real time, disk cache warm",
        )
    ]


def measure_import(*, runs: int) -> list[Figure]:
    """The part of the start that needs neither model nor clip."""
    took_s = []
    for _ in range(runs):
        begun_s = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import edge_app.program"], cwd=PROJECT, check=True)
        took_s.append(time.perf_counter() - begun_s)
    return [
        Figure(
            "process",
            "start to program imported",
            median(took_s),
            "s",
            min(took_s),
            max(took_s),
            n=runs,
        )
    ]


def measure_memory(places: Places, model: ChosenModel, *, seconds: float) -> list[Figure]:
    """Peak resident memory of the program, telemetry connected, and of its capture process."""
    assert places.clips
    with _broker() as broker:
        options = _telemetry_options(broker)
        with _vigil_run(places.clips[0], model, *options) as (process, begun_s):
            app_mb = capture_mb = both_mb = float("nan")
            while process.poll() is None and time.perf_counter() - begun_s < seconds:
                now_mb = peak_memory_mb(process.pid)
                app_mb = app_mb if now_mb != now_mb else now_mb
                for child in children_of(process.pid):
                    child_mb = peak_memory_mb(child)
                    capture_mb = capture_mb if child_mb != child_mb else child_mb
                if both_mb != both_mb and time.perf_counter() - begun_s > _PSS_AFTER_S:
                    both_mb = shared_out_mb([process.pid, *children_of(process.pid)])
                time.sleep(_POLL_S)
    link = "no broker here" if broker is None else broker.description.split(" on ")[0]
    return [
        Figure(
            "process",
            "peak memory of the program",
            app_mb,
            "MB",
            n=1,
            target=Target("at most", _BUNDLE_MB if model.is_bundle else _MEDIAPIPE_MB),
            note=f"VmHWM of `vigil run`, real time, telemetry on ({link})",
        ),
        Figure(
            "process",
            "peak memory of its capture process",
            capture_mb,
            "MB",
            n=1,
            note="shares libraries and the frame ring with the program",
        ),
        Figure(
            "process",
            "memory of both (PSS)",
            both_mb,
            "MB",
            n=1,
            note="smaps_rollup after 4 s, shared pages counted once",
        ),
    ]


def measure_speed(places: Places, model: ChosenModel, *, runs: int) -> list[Figure]:
    """Frames/s of `vigil run --as-fast-as-possible`, decoding included, between its status lines."""
    assert places.clips
    clip = places.clips[0]
    source = open_source(str(clip), CameraSettings())
    rate_hz = source.frame_rate_hz or 30.0
    source.close()
    rates = []
    for _ in range(runs):
        with _vigil_run(clip, model, "--as-fast-as-possible") as (process, _):
            lines = list(_state_lines(process))
        (first_s, first_t_s), (last_s, last_t_s) = lines[0], lines[-1]
        rates.append((last_t_s - first_t_s) * rate_hz / (last_s - first_s))
    return [
        Figure(
            "process",
            "vigil run --as-fast-as-possible",
            median(rates),
            "frames/s",
            min(rates),
            max(rates),
            n=runs,
            note="decoding included, not pinned",
        )
    ]


@contextmanager
def _vigil_run(
    clip: Path, model: ChosenModel, *options: str
) -> Iterator[tuple[subprocess.Popen[str], float]]:
    command = [str(Path(sys.executable).with_name("vigil")), "run", "--source", f"file:{clip}"]
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        begun_s = time.perf_counter()
        process = subprocess.Popen(
            [*command, *_set(model.overrides), *options],
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        deadline = threading.Timer(_LONGEST_S, process.kill)
        deadline.start()
        try:
            yield process, begun_s
        finally:
            deadline.cancel()
            process.terminate()
            process.communicate()


def _state_lines(process: subprocess.Popen[str]) -> Iterator[tuple[float, float]]:
    """(when the line was heard, its frame time) of each status line. Raises `UserError` where none comes."""
    assert process.stderr is not None
    heard: list[str] = []
    none_yet = True
    for line in process.stderr:
        heard.append(line.strip())
        found = _STATE_LINE.match(line)
        if found:
            none_yet = False
            yield time.perf_counter(), float(found.group(1))
    if none_yet:
        raise UserError(f"vigil run told no state: {heard[-1] if heard else 'no word'}")


@contextmanager
def _broker() -> Iterator[LocalBroker | None]:
    try:
        with local_broker() as broker:
            yield broker
    except UserError:
        yield None


def _telemetry_options(broker: LocalBroker | None) -> Sequence[str]:
    host, port = (broker.host, broker.port) if broker else ("127.0.0.1", 1)
    values = {
        "unit.vehicle_id": "bench",
        "telemetry.enabled": "true",
        "telemetry.host": host,
        "telemetry.port": port,
        "telemetry.outbox.path": "outbox.sqlite",
    }
    return _set(f"{key}={value}" for key, value in values.items())


def _set(overrides: Iterable[str]) -> list[str]:
    return [word for override in overrides for word in ("--set", override)]
