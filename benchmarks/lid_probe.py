"""`python -m benchmarks.lid_probe TRUTH_CSV`: can a small network tell warped lids from really closed ones?

In: frames whose eyes are labelled open or closed, and MediaPipe's points. A probe learns on some sources what tells
eyes warped shut from those really shut, and is asked on others. It sees clean pictures, while training also covers,
darkens and blurs them; and it learns from few eyes, so that a stronger probe may see more.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.lid_pictures import (
    KINDS,
    VIEWS,
    Pictures,
    balanced,
    beside_the_eye,
    gathered,
    pictures_of_kinds,
)
from benchmarks.machine import describe_machine
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_crops import standardized
from model_compression.evaluation.bench import Track, untracked
from model_compression.evaluation.eye_truth import read_truth
from model_compression.evaluation.figure import MIXED, Figure, Weights, clustered
from model_compression.evaluation.file_bars import FileBars
from model_compression.evaluation.picture_store import spread
from model_compression.evaluation.ranking import auc
from model_compression.evaluation.teacher import Teacher
from model_compression.evaluation.three_state import CLOSED
from model_compression.evaluation.worst_cases import WorstCases

if TYPE_CHECKING:
    from torch import nn

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FOLDS = 5
_EPOCHS, _BATCH, _LEARNING_RATE, _WEIGHT_DECAY = 40, 32, 3e-3, 0.02
_SEED = 5
_SHEETS, _COLUMNS = 4, 8
READING = "AUC 0.5: the probe cannot tell the two apart; 1.0: it always can."


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the probe is asked to tell apart; `positive` and `negative` are kinds of pictures."""

    name: str
    what: str
    negative: str
    positive: str
    beside_the_eye: bool = False  # show nothing of what lies between the corners
    shuffles: int = 0  # of the labels; as many probes are averaged


COMPARISONS = (
    Comparison("warped", "really shut or warped shut", "real", "warped"),
    Comparison(
        "beside", "the same, seen only beside the eye", "real", "warped", beside_the_eye=True
    ),
    Comparison("shuffled", "the same, labels shuffled three times", "real", "warped", shuffles=3),
    Comparison("twin", "open as it is or resampled open", "open", "twin"),
    Comparison("states", "really shut or really open", "open", "real"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """scores: (N,) logits of the negatives, then of the positives, each by a probe that never saw its source."""

    comparison: Comparison
    within: Figure
    pooled: Figure
    scores: Floats


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    console = Console(highlight=False)
    begun_s = time.perf_counter()
    try:
        machine = describe_machine()
        sheet = WorstCases(options.contact_sheet)
        frames = read_truth(options.truth)
        teacher = Teacher(PerceptionSettings())
        _one_thread()
        with FileBars(console) as track:
            eyes = balanced(gathered(frames, teacher, track))
            pictures = pictures_of_kinds(eyes, track)
            sources = [eye.source for eye in eyes if eye.state == CLOSED]
            outcomes = [probed(each, pictures, sources, track) for each in COMPARISONS]
        _show(outcomes, machine, console)
        wall_s = time.perf_counter() - begun_s
        console.print(f"{wall_s:.0f} s, load average {machine['load_average']}", style="dim")
        written = _sheets(sheet, pictures, sources, outcomes)
        if options.json is not None:
            _write(options.json, outcomes, sources, {**machine, "wall_s": round(wall_s, 1)})
            written.append(options.json)
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    for path in written:
        console.print(f"written: {path}", markup=False, soft_wrap=True)
    return 0


def _one_thread() -> None:
    """The same sums on every machine. Raises `UserError` where there is no torch."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise UserError(
            f"the probe needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'"
        ) from error
    torch.set_num_threads(1)


def probed(
    comparison: Comparison,
    pictures: dict[str, Pictures],
    sources: Sequence[str],
    track: Track = untracked,
) -> Outcome:
    """sources: of the rows of every kind."""
    negative, positive = pictures[comparison.negative], pictures[comparison.positive]
    shown = np.concatenate([negative, positive])
    of = [*sources, *sources]
    truth = np.repeat([False, True], [len(negative), len(positive)])
    if comparison.beside_the_eye:
        shown = beside_the_eye(shown)
    rng = np.random.default_rng(_SEED)
    told = [shuffled_within(truth, of, rng) for _ in range(comparison.shuffles)] or [truth]
    folds = folds_of(of)
    runs = [
        (held_out_scores(shown, labels, folds, track, comparison.name, epochs=_EPOCHS), labels)
        for labels in told
    ]
    return Outcome(comparison, within_figure(runs, of), pooled_figure(runs, of), runs[0][0])


def folds_of(sources: Sequence[str], count: int = FOLDS) -> NDArray[np.int64]:
    """(N,) the fold in which each is held out; a source lies in one, and folds are about equally large."""
    names, index, sizes = np.unique(np.asarray(sources), return_inverse=True, return_counts=True)
    filled = np.zeros(min(count, len(names)), dtype=np.int64)
    fold_of_source = np.zeros(len(names), dtype=np.int64)
    for source in np.argsort(-sizes, kind="stable"):
        fold_of_source[source] = filled.argmin()
        filled[filled.argmin()] += sizes[source]
    folds: NDArray[np.int64] = fold_of_source[index]
    return folds


def shuffled_within(labels: Bools, sources: Sequence[str], rng: np.random.Generator) -> Bools:
    """Each source keeps its number of positives."""
    of = np.asarray(sources)
    shuffled = labels.copy()
    for source in np.unique(of):
        shuffled[of == source] = rng.permutation(labels[of == source])
    return shuffled


def held_out_scores(
    pictures: Pictures,
    positive: Bools,
    folds: NDArray[np.int64],
    track: Track = untracked,
    name: str = "probe",
    *,
    epochs: int,
) -> Floats:
    """(N,) logits, mean over the views, each of a probe trained on the other folds."""
    ready = np.stack([[standardized(view) for view in views] for views in pictures])
    scores = np.zeros(len(pictures))
    count = int(folds.max()) + 1
    for fold in range(count):
        held_out = folds == fold
        scores[held_out] = _trained_and_asked(
            ready[~held_out],
            positive[~held_out],
            ready[held_out],
            track(range(epochs), epochs, f"{name}, part {fold + 1} of {count} held out"),
            epochs,
        )
    return scores


def _trained_and_asked(
    shown: NDArray[np.float32],
    positive: Bools,
    asked: NDArray[np.float32],
    steps: Iterable[int],
    epochs: int,
) -> Floats:
    """From scratch; each epoch shows one view of each eye, mirrored or not, brighter or darker."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    with torch.random.fork_rng(devices=()):
        torch.manual_seed(_SEED)
        probe = _network()
        batches = max(1, len(shown) // _BATCH)
        optimizer = torch.optim.AdamW(
            probe.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, _LEARNING_RATE, total_steps=batches * epochs + 1
        )
        views, truth = torch.from_numpy(shown), torch.from_numpy(positive).float()[:, None]
        for _ in steps:
            for rows in torch.randperm(len(views)).tensor_split(batches):
                eyes = views[rows, torch.randint(VIEWS, (len(rows),))][:, None]  # (B, 1, 48, 64)
                gain, offset, mirrored = torch.rand(3, len(rows), 1, 1, 1)
                eyes = torch.where(mirrored < 0.5, eyes.flip(3), eyes)
                eyes = eyes * (0.8 + 0.4 * gain) + 0.5 * (offset - 0.5)
                loss: Any = binary_cross_entropy_with_logits(probe(eyes), truth[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        probe.eval()
        with torch.inference_mode():
            said = probe(torch.from_numpy(asked).flatten(0, 1)[:, None])
    logits: Floats = said.reshape(len(asked), -1).mean(dim=1).double().numpy()
    return logits


def _network() -> nn.Module:
    """(B, 1, 48, 64) -> (B, 1). As good here as the eye part's own network, and four times as quick to train."""
    from torch import nn

    layers: list[nn.Module] = []
    for before, after, stride in ((1, 16, 2), (16, 32, 2), (32, 64, 2), (64, 64, 1)):
        layers += [
            nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
        ]
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 1)
    )


def within_figure(runs: Sequence[tuple[Floats, Bools]], sources: Sequence[str]) -> Figure:
    """AUC within each source that has both classes, averaged by the number of its eyes. runs: scores, positive."""
    names, index = np.unique(np.asarray(sources), return_inverse=True)
    of_source = np.array(
        [_mean_auc(runs, (index == row).astype(float)) for row in range(len(names))]
    )
    known = np.isfinite(of_source)[index]

    def mean(weights: Weights) -> float | None:
        total = weights[known].sum()
        return float((weights[known] * of_source[index][known]).sum() / total) if total else None

    return clustered(mean, sources, MIXED)


def pooled_figure(runs: Sequence[tuple[Floats, Bools]], sources: Sequence[str]) -> Figure:
    """AUC of all eyes together, though probes of different folds gave the scores."""

    def pooled(weights: Weights) -> float | None:
        value = _mean_auc(runs, weights)
        return value if math.isfinite(value) else None

    return clustered(pooled, sources, MIXED)


def _mean_auc(runs: Sequence[tuple[Floats, Bools]], weights: Weights) -> float:
    """Over the runs; NaN where one lacks a class."""
    each = [auc(scores, positive, weights) for scores, positive in runs]
    return float(np.mean([math.nan if value is None else value for value in each]))


def _show(outcomes: Sequence[Outcome], machine: dict[str, object], console: Console) -> None:
    table = Table(title=f"{machine['cpu']}, {machine['cores']} cores, {machine['date']}")
    table.add_column("what")
    for heading in ("eyes", "sources", "AUC", "95 %", "pooled"):
        table.add_column(heading, justify="right", no_wrap=True)
    for outcome in outcomes:
        figure = outcome.within
        interval = "" if figure.low is None else f"{figure.low:.2f} – {figure.high:.2f}"
        table.add_row(
            outcome.comparison.what,
            str(figure.n),
            str(figure.sources or ""),
            _told(figure),
            interval,
            _told(outcome.pooled),
        )
    console.print(table)
    console.print(READING, soft_wrap=True)


def _told(figure: Figure) -> str:
    return figure.interval if figure.value is None else f"{figure.value:.2f}"


def _sheets(
    sheet: WorstCases,
    pictures: dict[str, Pictures],
    sources: Sequence[str],
    outcomes: Sequence[Outcome],
) -> list[Path]:
    """Rows of shut, warped, resampled and untouched eyes; a column is of one source, its lower three of one eye."""
    scores: dict[str, Floats] = {}
    for outcome in outcomes:
        if outcome.comparison.name in ("warped", "twin"):
            halves = np.split(1 / (1 + np.exp(-outcome.scores)), 2)
            kinds = (outcome.comparison.negative, outcome.comparison.positive)
            scores.update(zip(kinds, halves, strict=True))
    sheet.begin("lid-probe")
    shown = spread(range(len(sources)), _SHEETS * _COLUMNS)
    for first in range(0, len(shown), _COLUMNS):
        page = shown[first : first + _COLUMNS]
        for row, kind in enumerate(KINDS):
            for column in range(_COLUMNS):
                picture, caption = np.zeros((48, 64), dtype=np.uint8), ""
                if column < len(page):
                    eye = page[column]
                    picture = pictures[kind][eye, 0]
                    caption = f"{kind} {scores[kind][eye]:.2f} {sources[eye]}"
                large = np.asarray(cv2.resize(picture, None, fx=3, fy=3), dtype=np.uint8)
                place = row * _COLUMNS + column
                sheet.add(str(first // _COLUMNS + 1), -place, large, caption)
    return sheet.write()


def _write(
    path: Path, outcomes: Sequence[Outcome], sources: Sequence[str], machine: dict[str, object]
) -> None:
    names, counts = np.unique(np.asarray(sources), return_counts=True)
    document = {
        "machine": machine,
        "reading": READING,
        "eyes_of_a_class": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "views": VIEWS,
        "epochs": _EPOCHS,
        "comparisons": [
            {
                "name": outcome.comparison.name,
                "what": outcome.comparison.what,
                "auc_within_sources": asdict(outcome.within),
                "auc_pooled": asdict(outcome.pooled),
            }
            for outcome in outcomes
        ],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); choose another") from error


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lid_probe",
        description="Can a small network tell warped lids from really closed ones?",
    )
    parser.add_argument(
        "truth", type=Path, metavar="TRUTH_CSV", help="labelled frames, as for `truth`"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file")
    parser.add_argument(
        "--contact-sheet", type=Path, metavar="DIR", help="write pictures of eyes and scores there"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
