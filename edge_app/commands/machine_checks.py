"""What `vigil doctor` asks of the machine itself: disk, clock, temperature, memory, how fast each runtime is."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.commands.finding import Finding, Verdict, found_and_to_do
from edge_app.errors import UserError
from edge_app.face.settings import MEDIAPIPE, PerceptionSettings
from edge_app.telemetry.settings import OutboxSettings

if TYPE_CHECKING:
    from edge_app.inference.choice import Choice, Timing

_MIN_FREE_MB = 50.0
_LOW_FREE_MB = 500.0
_LOW_MEMORY_MB = 200.0
_MIN_MEMORY_MB = 80.0
# The Raspberry Pi slows down at 80 degrees and hard at 85; other boards are near that.
_HOT_CELSIUS = 80.0


def outbox(settings: OutboxSettings) -> Finding:
    path = settings.path
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    free_mb = _writable_mb(folder)
    found = f"{path}: {free_mb / 1000:.1f} GB free"
    needed_mb = max(_MIN_FREE_MB, 2 * settings.capacity_bytes / 1e6)
    if free_mb < needed_mb:
        to_do = f"free {needed_mb:.0f} MB there, or move telemetry.outbox.path"
        return Finding("outbox", Verdict.FAIL, found, to_do)
    if free_mb < _LOW_FREE_MB:
        return Finding("outbox", Verdict.WARN, found, "the disk is nearly full: free some space")
    return Finding("outbox", Verdict.OK, found)


def clock() -> Finding:
    from edge_app.telemetry.clock import clock_synchronised

    if clock_synchronised():
        return Finding("clock", Verdict.OK, "synchronised")
    return Finding(
        "clock",
        Verdict.WARN,
        "not synchronised; events are marked so",
        "connect to a network and run `timedatectl set-ntp true`",
    )


def temperature() -> Finding:
    from edge_app.telemetry.health import temperature_celsius

    celsius = temperature_celsius()
    if celsius is None:
        return Finding("temperature", Verdict.OK, "this machine tells none")
    if celsius >= _HOT_CELSIUS:
        to_do = "the processor slows down: add a heat sink or a fan, keep it out of the sun"
        return Finding("temperature", Verdict.WARN, f"{celsius:.0f} °C", to_do)
    return Finding("temperature", Verdict.OK, f"{celsius:.0f} °C")


def memory() -> Finding:
    import psutil

    free_mb = psutil.virtual_memory().available / 1e6
    found = f"{free_mb:.0f} MB available"
    to_do = "end other programs; Vigil needs about 150 MB"
    if free_mb < _MIN_MEMORY_MB:
        return Finding("memory", Verdict.FAIL, found, to_do)
    if free_mb < _LOW_MEMORY_MB:
        return Finding("memory", Verdict.WARN, found, to_do)
    return Finding("memory", Verdict.OK, found)


def parts(settings: PerceptionSettings) -> Finding:
    """Which file of each part runs here, in which runtime and precision, how fast, and the alternatives."""
    if settings.model == MEDIAPIPE:
        return Finding("parts", Verdict.OK, "MediaPipe's models, which run in litert only")
    from edge_app.blink_head.opening import blinks_choice
    from edge_app.bundle.open import open_bundle
    from edge_app.bundle.sessions import choices_of
    from edge_app.face.student_bundle import parts_of, temporal_choice

    bundle = open_bundle(settings.model)
    choices = choices_of(
        bundle,
        parts_of(settings),
        runtime=settings.runtime,
        threads=settings.threads,
        time_all=True,
    )
    temporal = temporal_choice(bundle, settings, choices, time_all=True)
    if temporal is not None:
        choices["temporal"] = temporal
    blinks = blinks_choice(
        bundle,
        {choice.chosen.runtime for choice in choices.values()},
        runtime=settings.runtime,
        threads=settings.threads,
        time_all=True,
    )
    if blinks is not None:
        choices["blinks"] = blinks
    told = [f"{part} in {_of_choice(choice)}" for part, choice in choices.items()]
    return Finding("parts", Verdict.OK, "; ".join(told))


def _of_choice(choice: Choice) -> str:
    """`litert int8 1.1 ms (litert float32 2.0 ms, onnx int8: why not)`."""
    chosen, others = "", []
    for candidate, timing in choice.timings:
        words = f"{candidate.words}{_of_timing(timing)}"
        if candidate == choice.chosen:
            chosen = words
        else:
            others.append(words)
    return f"{chosen} ({', '.join(others)})" if others else chosen


def _of_timing(timing: Timing | None) -> str:
    if timing is None:
        return ""
    if timing.ms is None:
        return f": {found_and_to_do(timing.problem)[0]}"
    return f" {timing.ms:.2f} ms"


def _writable_mb(folder: Path) -> float:
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"vigil")
            file.flush()
        return shutil.disk_usage(folder).free / 1e6
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be written ({error.strerror}); make it writable for this user, or move"
            " telemetry.outbox.path"
        ) from error
