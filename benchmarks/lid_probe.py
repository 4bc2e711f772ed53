"""`python -m benchmarks.lid_probe TRUTH_CSV`: can a small network tell warped lids from really closed ones?

In: frames whose eyes are labelled open or closed, and MediaPipe's points. Eyes that are open are shut as training
shuts them, beside eyes of the same sources that are shut. A probe learns the difference on some sources and is asked
on others. It sees the pictures clean, while training also covers, darkens and blurs them: what it finds is the most
that a student could.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.machine import describe_machine
from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from edge_app.face.luma_reach import luma_of
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_crops import cut_eye, eye_crop, standardized
from model_compression.augmentation.lid_warp import LidMove
from model_compression.augmentation.upright_face import UprightFace, upright_face, with_lids
from model_compression.evaluation.bench import Track, untracked
from model_compression.evaluation.clip_frames import frame_count, frames_of
from model_compression.evaluation.eye_truth import LabelledFrame, read_truth
from model_compression.evaluation.figure import MIXED, Figure, Weights, clustered
from model_compression.evaluation.kinds.nir import person_of
from model_compression.evaluation.near_duplicates import clusters_of, thumbnail
from model_compression.evaluation.picture_store import PictureStore, spread
from model_compression.evaluation.ranking import auc, auc_figure
from model_compression.evaluation.teacher import Teacher
from model_compression.evaluation.three_state import CLOSED, OPEN
from model_compression.evaluation.worst_cases import WorstCases

Pictures = NDArray[np.uint8]  # (N, VIEWS, 48, 64)
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
T = TypeVar("T")

VIEWS = 4  # of each eye, each with its own jitter and its own move
FOLDS = 5
MOST_OF_A_SOURCE = 40  # eyes of one class: one long clip must not be the whole probe
_SPARE = 1.5  # open eyes looked at for each shut one, since the teacher trusts not all
_EPOCHS, _BATCH, _LEARNING_RATE, _WEIGHT_DECAY = 40, 32, 3e-3, 0.02
_SEED = 5
_SIDE_COLUMNS = 8  # of 64 at either end: the warp ends at the eye's corners, about column 16
_NIR = "nir"  # the archive whose file names begin with the person
_SHEETS, _COLUMNS = 4, 8
READING = "AUC 0.5: the probe cannot tell the two apart; 1.0: it always can."


@dataclass(frozen=True, slots=True)
class Eye:
    """One labelled eye in the face that it belongs to."""

    source: str  # clip, person or cluster of near-duplicates
    side: str  # the driver's own
    state: int
    face: UprightFace


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the probe is asked to tell apart; `positive` and `negative` are kinds of pictures."""

    name: str
    what: str
    negative: str
    positive: str
    beside_the_eye: bool = False  # show nothing of what lies between the corners
    shuffled: bool = False


COMPARISONS = (
    Comparison("warped", "really shut or warped shut", "real", "warped"),
    Comparison(
        "beside", "the same, seen only beside the eye", "real", "warped", beside_the_eye=True
    ),
    Comparison("twin", "open as it is or resampled open", "open", "twin"),
    Comparison("shuffled", "shut or warped, labels shuffled", "real", "warped", shuffled=True),
    Comparison("states", "really shut or really open", "open", "real"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """scores: (N,) of the negatives, then of the positives, each by a probe that never saw its source."""

    comparison: Comparison
    within: Figure  # AUC within each source, averaged by the number of its eyes
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
        with _tracked(console) as track:
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


# What is compared.


def gathered(
    frames: Sequence[LabelledFrame], teacher: Teacher, track: Track = untracked
) -> list[Eye]:
    """Shut eyes and about as many open ones of every source that holds both, where the teacher's points are right."""
    files: dict[Path, list[LabelledFrame]] = {}
    for frame in frames:
        files.setdefault(frame.file, []).append(frame)
    eyes = []
    for file, labels in files.items():
        sources = _sources(file, labels)
        wanted = _wanted(labels, sources)
        rows = sorted({row for row, _ in wanted})
        for row, image in _images(file, labels, rows, track):
            crops = teacher.crops(image)
            reading = teacher.read(image, crops[0]) if crops else None
            if reading is None or not reading.points_are_right:
                continue
            face = upright_face(luma_of(image), reading.points)
            eyes += [
                Eye(sources[row], side, state, face)
                for side, state in labels[row].states.items()
                if (row, side) in wanted and face.lids_can_move(side)
            ]
    return eyes


def balanced(eyes: Sequence[Eye]) -> list[Eye]:
    """As many shut as open eyes of each source, so that the source tells nothing; all shut ones first.

    Both halves have the same source at the same place. Raises `UserError` where too few sources hold both.
    """
    by_source: dict[str, tuple[list[Eye], list[Eye]]] = {}
    for eye in eyes:
        shut, opened = by_source.setdefault(eye.source, ([], []))
        (shut if eye.state == CLOSED else opened).append(eye)
    halves: tuple[list[Eye], list[Eye]] = ([], [])
    sources = 0
    for both in by_source.values():
        count = min(*(len(half) for half in both), MOST_OF_A_SOURCE)
        sources += count > 0
        for half, chosen in zip(halves, both, strict=True):
            half.extend(spread(chosen, count))
    if sources < 2:
        raise UserError(
            f"only {sources} source holds both open and closed eyes whose points are sure; the probe needs two or"
            " more: label more frames"
        )
    return [*halves[0], *halves[1]]


def pictures_of_kinds(eyes: Sequence[Eye], track: Track = untracked) -> dict[str, Pictures]:
    """`real`, `warped`, `open` and `twin` pictures of balanced eyes; rows of one number are of one source."""
    rng = np.random.default_rng(_SEED)
    pictures: dict[str, list[NDArray[np.uint8]]] = {
        kind: [] for kind in ("real", "warped", "open", "twin")
    }
    for eye in track(eyes, len(eyes), "eye pictures"):
        kinds = ("real",) if eye.state == CLOSED else ("warped", "open", "twin")
        for kind in kinds:
            pictures[kind].append(np.stack([_view(eye, kind, rng) for _ in range(VIEWS)]))
    return {kind: np.stack(made) for kind, made in pictures.items()}


def drawn_move(rng: np.random.Generator, *, twin: bool) -> LidMove:
    """A lid shut, or left open and resampled, as `FaceSamples` draws it."""
    return LidMove(
        aperture=float(rng.uniform(0, 0.9)) if twin else 0.0,
        lower_share=float(rng.choice([rng.uniform(0, 0.15), rng.uniform(0.1, 0.5)])),
        skin_profile=float(rng.uniform(1.0, 1.6)),
        look_aside=float(rng.uniform(-0.9, 0.9)) if rng.random() < 0.45 else 0.0,
        lash_darkness=float(rng.uniform(0, 0.6)) if rng.random() < 0.5 else 0.0,
        lash_width=float(rng.uniform(0.015, 0.05)),
        twin=twin,
    )


def _view(eye: Eye, kind: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(48, 64)."""
    face = eye.face
    if kind in ("warped", "twin"):
        face = with_lids(face, {eye.side: drawn_move(rng, twin=kind == "twin")})
    exact = eye_crop(face.eye_center(eye.side), face.crop)
    shift_px = rng.normal(0, 0.03, 2) * exact.side_px
    crop = FaceCrop(
        exact.center_x_px + float(shift_px[0]),
        exact.center_y_px + float(shift_px[1]),
        exact.side_px * math.exp(rng.normal(0, 0.05)),
        float(rng.normal(0, 0.06)),
    )
    return cut_eye(face.picture, crop, mirrored=eye.side == "right")


def _sources(file: Path, labels: Sequence[LabelledFrame]) -> list[str]:
    """As in `truth`: the clip, the person, or the near-duplicates."""
    if labels[0].member is None:
        return [file.name] * len(labels)
    if file.stem == _NIR:
        return [f"{_NIR}:{person_of(label.member or '')}" for label in labels]
    images = _images(file, labels, range(len(labels)), untracked)
    clusters = clusters_of([thumbnail(image) for _, image in images])
    return [f"{file.name}:{cluster}" for cluster in clusters]


def _wanted(labels: Sequence[LabelledFrame], sources: Sequence[str]) -> set[tuple[int, str]]:
    """Row and side of the eyes that are worth the teacher's look."""
    by_source: dict[str, dict[int, list[tuple[int, str]]]] = {}
    for row, (label, source) in enumerate(zip(labels, sources, strict=True)):
        for side, state in label.states.items():
            by_source.setdefault(source, {}).setdefault(state, []).append((row, side))
    wanted: set[tuple[int, str]] = set()
    for states in by_source.values():
        shut = spread(states.get(CLOSED, []), math.ceil(_SPARE * MOST_OF_A_SOURCE))
        wanted.update(shut)
        wanted.update(spread(states.get(OPEN, []), math.ceil(_SPARE * len(shut))))
    return wanted


def _images(
    file: Path, labels: Sequence[LabelledFrame], rows: Sequence[int], track: Track
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Row and picture of the labels in `rows`, BGR."""
    if not rows:
        return
    if labels[rows[0]].member is None:
        frames = {labels[row].frame: row for row in rows}
        last = max(frames)
        total = min(last + 1, frame_count(file) or last)
        for frame in track(frames_of(file), total, file.name):
            if frame.index in frames:
                yield frames.pop(frame.index), frame.image
            if frame.index >= last:
                break
        if frames:
            raise UserError(
                f"{file}: has no frame {min(frames)}, which the csv names; copy the clip again"
            )
        return
    with PictureStore(file) as store:
        for row in track(rows, len(rows), file.name):
            member = labels[row].member
            if member is None or member not in store:
                raise UserError(f"{file}: has no picture {member}, which the csv names")
            yield row, store.read(member)


# The probe.


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
    labels = np.repeat([False, True], [len(negative), len(positive)])
    if comparison.beside_the_eye:
        shown = beside_the_eye(shown)
    if comparison.shuffled:
        labels = shuffled_within(labels, of, np.random.default_rng(_SEED))
    scores = held_out_scores(shown, labels, folds_of(of), track, comparison.name)
    return Outcome(
        comparison,
        within_figure(scores, labels, of),
        auc_figure(scores, labels, of, MIXED),
        scores,
    )


def folds_of(sources: Sequence[str], count: int = FOLDS) -> NDArray[np.int64]:
    """(N,) the fold in which each is held out; a source lies in one, and folds are about equally large."""
    names, index, sizes = np.unique(
        np.asarray(sources), return_inverse=True, return_counts=True
    )
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


def beside_the_eye(pictures: Pictures) -> Pictures:
    """Grey between the eye's corners, where lids are moved: what is left is the frame, not the warp."""
    hidden = slice(_SIDE_COLUMNS, -_SIDE_COLUMNS)
    seen = np.concatenate([pictures[..., :_SIDE_COLUMNS], pictures[..., -_SIDE_COLUMNS:]], axis=-1)
    left = pictures.copy()
    left[..., hidden] = seen.mean(axis=(-2, -1), keepdims=True).astype(np.uint8)
    return left


def held_out_scores(
    pictures: Pictures,
    positive: Bools,
    folds: NDArray[np.int64],
    track: Track = untracked,
    name: str = "probe",
    epochs: int = _EPOCHS,
) -> Floats:
    """(N,) logits, mean over the views, each of a probe trained on the other folds."""
    ready = np.stack([[standardized(view) for view in views] for views in pictures])
    scores = np.zeros(len(pictures))
    for fold in np.unique(folds):
        held_out = folds == fold
        steps = track(range(epochs), epochs, f"{name}, held out {fold + 1} of {folds.max() + 1}")
        scores[held_out] = _trained_and_asked(
            ready[~held_out], positive[~held_out], ready[held_out], steps
        )
    return scores


def _trained_and_asked(
    shown: NDArray[np.float32],
    positive: Bools,
    asked: NDArray[np.float32],
    epochs: Iterable[int],
) -> Floats:
    """The eye part's network from scratch; each epoch shows one view of each eye, mirrored or not."""
    try:
        import torch
        from torch.nn.functional import binary_cross_entropy_with_logits

        from model_compression.students.create import create_student
    except ModuleNotFoundError as error:
        raise UserError(
            f"the probe needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'"
        ) from error
    torch.set_num_threads(1)  # the same sums on every machine
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(_SEED)
        probe = create_student("eye-branch")
        optimizer = torch.optim.AdamW(
            probe.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY
        )
        batches = max(1, len(shown) // _BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, _LEARNING_RATE, total_steps=batches * _EPOCHS + 1
        )
        views, truth = torch.from_numpy(shown), torch.from_numpy(positive).float()[:, None]
        probe.train()
        for _ in epochs:
            for rows in torch.randperm(len(views)).tensor_split(batches):
                eyes = views[rows, torch.randint(VIEWS, (len(rows),))][:, None]
                mirrored = torch.rand(len(rows), 1, 1, 1) < 0.5
                eyes = torch.where(mirrored, eyes.flip(3), eyes)
                eyes = eyes * (0.8 + 0.4 * torch.rand(len(rows), 1, 1, 1))
                eyes = eyes + 0.5 * torch.rand(len(rows), 1, 1, 1) - 0.25
                loss = binary_cross_entropy_with_logits(probe(eyes)["visible"], truth[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        probe.eval()
        with torch.inference_mode():
            said = probe(torch.from_numpy(asked).flatten(0, 1)[:, None])["visible"]
    logits: Floats = said.reshape(len(asked), -1).mean(dim=1).double().numpy()
    return logits


def within_figure(scores: Floats, positive: Bools, sources: Sequence[str]) -> Figure:
    """AUC within each source that has both classes, averaged by the number of its eyes."""
    names, index = np.unique(np.asarray(sources), return_inverse=True)
    each = [auc(scores[index == row], positive[index == row]) for row in range(len(names))]
    of_source = np.array([math.nan if value is None else value for value in each])
    known = np.isfinite(of_source)[index]

    def mean(weights: Weights) -> float | None:
        total = weights[known].sum()
        return float((weights[known] * of_source[index][known]).sum() / total) if total else None

    return clustered(mean, sources, MIXED)
