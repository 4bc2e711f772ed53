"""The pictures that the lid probe compares: eyes really shut, warped shut, left open, and open but resampled.

In: labelled frames and the teacher's points. Out: the same number of each kind from every source.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from edge_app.face.luma_reach import luma_of
from edge_app.face.student_crops import cut_eye, eye_crop
from model_compression.augmentation.lid_warp import LidMove
from model_compression.augmentation.upright_face import UprightFace, upright_face, with_lids
from model_compression.evaluation.bench import Track, untracked
from model_compression.evaluation.clip_frames import frame_count, frames_of
from model_compression.evaluation.eye_truth import LabelledFrame
from model_compression.evaluation.kinds.nir import person_of
from model_compression.evaluation.near_duplicates import clusters_of, thumbnail
from model_compression.evaluation.picture_store import PictureStore, spread
from model_compression.evaluation.teacher import Teacher
from model_compression.evaluation.three_state import CLOSED, OPEN

Pictures = NDArray[np.uint8]  # (N, VIEWS, 48, 64)

KINDS = ("real", "warped", "twin", "open")
VIEWS = 4  # of each eye, each with its own jitter and its own move
MOST_OF_A_SOURCE = 40  # eyes of one class: one long clip must not be the whole probe
_SPARE = 1.5  # open eyes looked at for each shut one: not all of the teacher's points are sure
_SEED = 5
_SIDE_COLUMNS = 8  # of 64 at either end: the warp ends at the eye's corners, about column 16
_NIR = "nir"  # the archive whose file names begin with the person


@dataclass(frozen=True, slots=True)
class Eye:
    """One labelled eye in the face that it belongs to."""

    source: str  # clip, person or cluster of near-duplicates
    side: str  # the driver's own
    state: int
    face: UprightFace


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
            f"sources with both open and closed eyes whose points are sure: {sources}; the probe needs two or more,"
            " label more frames"
        )
    return [*halves[0], *halves[1]]


def pictures_of_kinds(eyes: Sequence[Eye], track: Track = untracked) -> dict[str, Pictures]:
    """Pictures of balanced eyes by kind: shut, warped shut, resampled open, open. A row is of one source in all."""
    rng = np.random.default_rng(_SEED)
    pictures: dict[str, list[NDArray[np.uint8]]] = {kind: [] for kind in KINDS}
    for eye in track(eyes, len(eyes), "eye pictures"):
        kinds = ("real",) if eye.state == CLOSED else KINDS[1:]
        for kind in kinds:
            pictures[kind].append(np.stack([_view(eye, kind, rng) for _ in range(VIEWS)]))
    return {kind: np.stack(made) for kind, made in pictures.items()}


def beside_the_eye(pictures: Pictures) -> Pictures:
    """Grey between the eye's corners, where lids are moved: what is left is the frame, not the warp."""
    hidden = slice(_SIDE_COLUMNS, -_SIDE_COLUMNS)
    seen = np.concatenate([pictures[..., :_SIDE_COLUMNS], pictures[..., -_SIDE_COLUMNS:]], axis=-1)
    left = pictures.copy()
    left[..., hidden] = seen.mean(axis=(-2, -1), keepdims=True).astype(np.uint8)
    return left


def drawn_move(rng: np.random.Generator, *, twin: bool) -> LidMove:
    """A lid shut as `FaceSamples` draws it, or its twin: open, and nothing but resampled."""
    move = LidMove(
        aperture=float(rng.uniform(0, 0.9)) if twin else 0.0,
        lower_share=float(rng.choice([rng.uniform(0, 0.15), rng.uniform(0.1, 0.5)])),
        skin_profile=float(rng.uniform(1.0, 1.6)),
        twin=twin,
    )
    if twin:
        return move
    return replace(
        move,
        look_aside=float(rng.uniform(-0.9, 0.9)) if rng.random() < 0.45 else 0.0,
        lash_darkness=float(rng.uniform(0, 0.6)) if rng.random() < 0.5 else 0.0,
        lash_width=float(rng.uniform(0.015, 0.05)),
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
