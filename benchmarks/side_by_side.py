"""Vigil's loop and MediaPipe's task on the same decoded frames, in turns, each pinned to the same core.

The two take blocks in the order A B B A A B ..., so that a machine that slows down slows both; each ratio is of two
neighbours in time.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks.agreement import Agreement
from benchmarks.chosen_model import ChosenModel
from benchmarks.clips import read_blocks
from benchmarks.figures import Figure, Target, percentile
from benchmarks.places import Places
from benchmarks.timed_models import stage_of
from benchmarks.worker_link import WorkerLink

_STAGES = (
    ("picture check", "picture check", ""),
    ("finding faces", "detect", "of a mean frame; it runs once a second and when the face is lost"),
    ("reading the face", "observe", "crops, models, and what is made of them"),
    ("quality and signals", "quality and signals", ""),
    ("state", "state", ""),
    ("policy", "policy", ""),
    ("publish", "publish", "post_event, post_state, post_status"),
)
# Of the whole loop over its task alone. Vigil's own models are smaller, MediaPipe's are the rival's own.
_OF_A_BUNDLE, _OF_ITS_OWN_MODELS = Target("at most", 1 / 3), Target("at most", 1.0)


def measure(
    places: Places,
    model: ChosenModel,
    rival: Path | None,
    *,
    block_frames: int,
    blocks_per_clip: int,
) -> list[Figure]:
    """`rival`: the interpreter that has MediaPipe; None measures Vigil alone."""
    core = max(os.sched_getaffinity(0))
    ours: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    agreement = Agreement()
    with (
        tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder_name,
        ExitStack() as open_links,
    ):
        folder = Path(folder_name)
        command = [sys.executable, "-m", "benchmarks.vigil_worker", *model.overrides]
        vigil = open_links.enter_context(WorkerLink("vigil", command, core=core, folder=folder))
        mediapipe: WorkerLink | None = None
        if rival is not None:
            script = str(Path(__file__).with_name("mediapipe_worker.py"))
            mediapipe = open_links.enter_context(
                WorkerLink(
                    "mediapipe",
                    [str(rival), script, str(places.face_landmarker)],
                    core=core,
                    folder=folder,
                )
            )
        blocks = read_blocks(places.clips, length=block_frames, per_clip=blocks_per_clip)
        for number, block in enumerate(blocks):
            if mediapipe is None:
                ours.append(vigil.measure(block))
            elif number % 2 == 0:
                ours.append(vigil.measure(block))
                theirs.append(mediapipe.measure(block))
            else:
                theirs.append(mediapipe.measure(block))
                ours.append(vigil.measure(block))
            if mediapipe is not None:
                agreement.add(ours[-1], theirs[-1])
        figures = _loop_figures(ours, vigil.ready["models"], model)
        if mediapipe is not None:
            target = _OF_A_BUNDLE if model.is_bundle else _OF_ITS_OWN_MODELS
            figures += _rival_figures(ours, theirs, mediapipe, target) + agreement.figures()
    return figures


def _loop_figures(
    blocks: Sequence[dict[str, Any]], models: Sequence[str], model: ChosenModel
) -> list[Figure]:
    frames = sum(len(block["ms"]) for block in blocks)
    means = [fmean(block["ms"]) for block in blocks]
    all_ms = [ms for block in blocks for ms in block["ms"]]
    stages: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for block in blocks:
        for stage, spent in block["stages"].items():
            stages[stage] += spent["ms"]
            calls[stage] += int(spent["calls"])
    model_ms = [sum(_stage_ms(block, stage_of(name)) for name in models) for block in blocks]
    glue = [
        (sum(block["ms"]) - inside) / inside for block, inside in zip(blocks, model_ms, strict=True)
    ]
    rates = [1e3 / mean for mean in means]
    figures = [
        Figure("loop", label, stages[name] / frames, "ms/frame", n=calls[name], note=note)
        for label, name, note in _STAGES
    ]
    if calls["detect"]:
        detection_ms = stages["detect"] / calls["detect"]
        figures.append(Figure("loop", "one detection", detection_ms, "ms", n=calls["detect"]))
    return [
        *figures,
        *(
            Figure(
                "loop",
                stage_of(name),
                stages[stage_of(name)] / frames,
                "ms/frame",
                n=calls[stage_of(name)],
                note=model.runs_in.get(name, ""),
            )
            for name in models
        ),
        Figure("loop", "inside the models", sum(model_ms) / frames, "ms/frame", n=frames),
        Figure(
            "loop",
            "Python glue / model time",
            100 * median(glue),
            "%",
            100 * min(glue),
            100 * max(glue),
            n=len(blocks),
            note="all of the loop that is not inside a model",
        ),
        Figure(
            "loop",
            "whole loop, mean",
            fmean(all_ms),
            "ms",
            min(means),
            max(means),
            n=frames,
            note=model.title,
        ),
        Figure("loop", "whole loop, p50", median(all_ms), "ms", n=frames),
        Figure("loop", "whole loop, p99", percentile(all_ms, 99), "ms", n=frames),
        Figure(
            "loop",
            "whole loop",
            median(rates),
            "frames/s",
            min(rates),
            max(rates),
            n=len(blocks),
            note="decoded frames in; alerts, cabin and telemetry out",
        ),
    ]


def _rival_figures(
    ours: Sequence[dict[str, Any]],
    theirs: Sequence[dict[str, Any]],
    mediapipe: WorkerLink,
    target: Target,
) -> list[Figure]:
    their_means = [fmean(block["ms"]) for block in theirs]
    all_ms = [ms for block in theirs for ms in block["ms"]]
    ready = mediapipe.ready
    return [
        Figure(
            "MediaPipe",
            "its task alone, mean",
            fmean(all_ms),
            "ms",
            min(their_means),
            max(their_means),
            n=len(all_ms),
            note=f"{ready['version']}, VIDEO mode, blendshapes and matrix",
        ),
        Figure("MediaPipe", "its task alone, p50", median(all_ms), "ms", n=len(all_ms)),
        *(
            _ratio(name, ours, theirs, key, average, target)
            for name, key, average in (
                ("Vigil's whole loop / its task alone, wall time", "ms", fmean),
                ("the same, median frame of each block", "ms", median),
                ("the same, processor time of all threads", "cpu_ms", fmean),
            )
        ),
        Figure("MediaPipe", "import", ready["import_s"], "s", n=1),
        Figure("MediaPipe", "load", ready["load_s"], "s", n=1),
        Figure("MediaPipe", "peak memory, alone", theirs[-1]["peak_mb"], "MB", n=1),
    ]


def _ratio(
    name: str,
    ours: Sequence[dict[str, Any]],
    theirs: Sequence[dict[str, Any]],
    key: str,
    average: Callable[[list[float]], float],
    target: Target,
) -> Figure:
    """Of neighbouring blocks: median and range."""
    ratios = [
        average(mine[key]) / average(others[key]) for mine, others in zip(ours, theirs, strict=True)
    ]
    low, high, middle = min(ratios), max(ratios), median(ratios)
    return Figure(
        "MediaPipe",
        name,
        middle,
        "",
        low,
        high,
        n=len(ratios),
        target=target,
        note=f"Vigil {1 / middle:.1f} times as fast; neighbouring blocks on one core",
    )


def _stage_ms(block: dict[str, Any], name: str) -> float:
    return float(block["stages"].get(name, {"ms": 0.0})["ms"])
