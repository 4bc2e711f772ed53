"""A bundle's models one by one: each file's forward pass on one thread, int8 against the same runtime's float.

Files take turns, so that a machine that slows down slows all. The face part's int8 file for ONNX Runtime is also held
against the machine's int8 peak, a large matrix product in the same run, and its time is split by kind of work.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, Target, percentile
from benchmarks.onnx_work import forward_work, int8_peak_gmac_s, time_by_work
from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import BundleFile, Part
from edge_app.bundle.open import Bundle, open_bundle
from edge_app.bundle.sessions import open_file, trial_input
from edge_app.errors import UserError
from edge_app.inference.cpu import this_cpu
from edge_app.inference.runtimes import installed_runtimes
from edge_app.inference.session import Session

_WARM_UP, _TURN = 10, 20  # forward passes
# Of the face part: the small student and the larger one gain differently, since attention stays float.
_SMALL_FACE_PX = 112
_TARGETS = {True: Target("at least", 2.0), False: Target("at least", 1.4)}


@dataclass(slots=True)
class _Runner:
    """A loaded file; `ms` grows with each turn."""

    part: PartName
    file: BundleFile
    session: Session
    given: dict[str, NDArray[np.float32]]
    ms: list[float] = field(default_factory=list)

    @property
    def title(self) -> str:
        bits = self.file.weight_bits
        return f"{self.file.runtime} {self.file.precision}" + (f" w{bits}" if bits else "")

    def turn(self, passes: int, *, counted: bool) -> None:
        for _ in range(passes):
            begun_s = time.perf_counter()
            self.session.run(self.given)
            if counted:
                self.ms.append(1e3 * (time.perf_counter() - begun_s))

    @property
    def median_ms(self) -> float:
        return median(self.ms)


def measure(bundle_name: str, *, turns: int = 25) -> list[Figure]:
    """Raises `UserError` where the bundle cannot be opened."""
    bundle = open_bundle(bundle_name, require=())
    figures: list[Figure] = []
    for name, part in bundle.manifest.parts.named().items():
        runners = _runners(bundle, name, part, part.files)
        _take_turns(runners, turns)
        figures += [_forward(runner) for runner in runners]
        figures += _ratios(name, runners, bundle.manifest.preprocessing.face_size_px)
    return figures


def measure_against_peak(bundle_name: str, *, turns: int = 25) -> list[Figure]:
    """How far the face part's int8 file is from the machine's peak, and where its time goes.

    Nothing where the bundle has no such file or ONNX Runtime is missing. Raises `UserError` where the bundle cannot
    be opened or the Python package onnx is missing.
    """
    bundle = open_bundle(bundle_name, require=())
    part = bundle.part("face")
    files = [file for file in part.files if file.precision == "int8" and file.runtime == "onnx"]
    runners = _runners(bundle, "face", part, files)
    if not runners:
        return []
    _take_turns(runners, turns)
    return _against_peak(bundle, min(runners, key=lambda runner: runner.median_ms))


def _take_turns(runners: Sequence[_Runner], turns: int) -> None:
    for runner in runners:
        runner.turn(_WARM_UP, counted=False)
    for _ in range(turns):
        for runner in runners:
            runner.turn(_TURN, counted=True)


def _runners(
    bundle: Bundle, name: PartName, part: Part, files: Sequence[BundleFile]
) -> list[_Runner]:
    """Of `files` those for this processor and the runtimes that are installed."""
    installed, cpu = installed_runtimes(), this_cpu()
    return [
        _Runner(name, file, open_file(bundle, name, file), {part.input.name: trial_input(part)})
        for file in files
        if file.runtime in installed
        and "cpu" in file.providers
        and cpu.can_run(file.instruction_sets)
    ]


def _forward(runner: _Runner) -> Figure:
    return Figure(
        f"model {runner.part}",
        f"forward, {runner.title}",
        runner.median_ms,
        "ms",
        low=percentile(runner.ms, 10),
        high=percentile(runner.ms, 90),
        n=len(runner.ms),
        note=f"one thread; gate {runner.file.gate}",
    )


def _ratios(name: PartName, runners: Sequence[_Runner], face_px: int) -> list[Figure]:
    """int8 against float of the same runtime, and of the quickest int8 file against the quickest float one."""
    figures = []
    floats = {r.file.runtime: r for r in runners if r.file.precision == "float32"}
    quantized = [r for r in runners if r.file.precision == "int8"]
    for runner in quantized:
        if runner.file.runtime in floats:
            ratio = floats[runner.file.runtime].median_ms / runner.median_ms
            figures.append(
                Figure(f"model {name}", f"int8 over float, {runner.title}", ratio, "times")
            )
    if floats and quantized:
        best_float = min(floats.values(), key=lambda r: r.median_ms)
        best = min(quantized, key=lambda r: r.median_ms)
        figures.append(
            Figure(
                f"model {name}",
                "quickest int8 over quickest float",
                best_float.median_ms / best.median_ms,
                "times",
                target=_TARGETS[face_px == _SMALL_FACE_PX] if name == "face" else None,
                note=f"{best.title} against {best_float.title}",
            )
        )
    return figures


def _against_peak(bundle: Bundle, runner: _Runner) -> list[Figure]:
    content = bundle.content(runner.file).model
    try:
        work = forward_work(content)
        peak = int8_peak_gmac_s()
        shares = time_by_work(content, runner.given)
    except ModuleNotFoundError as error:
        raise UserError(
            f"comparing a model with the int8 peak needs the Python package {error.name}; run"
            " `pip install 'vigil-driver-monitoring[quantize]'`."
        ) from error
    speed = work.gmac / (runner.median_ms / 1e3)
    part = "int8 peak"
    return [
        Figure(part, "work of the face's forward pass", work.gmac, "GMAC"),
        Figure(part, "int8 peak", peak, "GMAC/s", note="1024 × 1024 × 1024, ONNX Runtime"),
        Figure(part, "speed of the forward pass", speed, "GMAC/s", note=runner.title),
        Figure(part, "share of the int8 peak", 100 * speed / peak, "%", note=runner.title),
        *(
            Figure(
                part,
                f"time in {kind}",
                100 * share,
                "%",
                note=f"{speed_of:.0f} GMAC/s" if speed_of else "",
            )
            for kind, (share, speed_of) in shares.items()
        ),
    ]
