"""What is taught: for each clip and variant the frame student's features and what the teachers say, kept on disk.

Teachers and frame student do not learn, so each is asked once for each variant of a clip, not in every step. A run that
is stopped goes on with the next piece.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.distillation.frame_student import FrameStudent
from model_compression.distillation.teacher import ClipTeacher
from model_compression.evaluation.clips.arrays_file import load_arrays, save_arrays
from model_compression.training.clips.frame_choice import chosen_frames
from model_compression.training.clips.labels import Question
from model_compression.training.clips.varied_clip import (
    ClipAugmentation,
    Frames,
    resized,
    varied_clip,
)
from model_compression.training.seeds import generator_at

_PIECE = 32  # clips
_DESCRIPTION = "taught.json"
Progress = Callable[[int, int], None]
"""Called with the clips that are done and all of them."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Which clips are taught, and how they are shown."""

    store: ClipStore
    rows: tuple[int, ...]
    varied: frozenset[int]  # rows of which there are variants; the others are shown as they are
    variants: int
    frames: int
    seed: int
    augmentation: ClipAugmentation


@dataclass(frozen=True, slots=True)
class TaughtClips:
    """N clips in V variants (of a clip that is not varied, V times the same)."""

    clips: Path  # the prepared set
    fingerprint: str
    questions: tuple[Question, ...]  # of each teacher
    outputs: tuple[int, ...]  # its logits
    varied: frozenset[int]  # rows that are learned from; weights are chosen on the others
    rows: NDArray[np.int64]  # (N,) of the store
    features: NDArray[np.float16]  # (N, V, T, F)
    logits: tuple[NDArray[np.float32], ...]  # of each teacher (N, V, K)
    embeddings: tuple[NDArray[np.float16], ...]  # of each teacher (N, V, D)


def taught(
    folder: Path,
    lesson: Lesson,
    student: FrameStudent,
    teachers: Sequence[ClipTeacher],
    progress: Progress,
) -> TaughtClips:
    """Made in `folder`, or read where it has been made. Raises `UserError` where another lesson lies there."""
    for teacher in teachers:
        if teacher.channels not in (1, lesson.store.channels):
            raise UserError(
                f"{teacher.path}: learned from colour, and {lesson.store.folder} is grey; prepare it with --channels 3."
            )
    _begin(folder, lesson, student, teachers)
    for file, rows in _pieces(folder, lesson.rows):
        if not file.is_file():
            save_arrays(file, **_made(rows, lesson, student, teachers))
        progress(lesson.rows.index(rows[-1]) + 1, len(lesson.rows))
    return read_taught(folder)


def read_taught(folder: Path) -> TaughtClips:
    """What lies in `folder`. Raises `UserError` where it is not finished, or damaged."""
    try:
        told = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{folder}: holds nothing that teachers told; run 'vigil distill'."
        ) from error
    count = len(told["questions"])
    names = ["rows", "features"]
    for number in range(count):
        names += [f"logits_{number}", f"embeddings_{number}"]
    parts = [load_arrays(file, *names) for file, _ in _pieces(folder, told["rows"])]
    whole = dict(zip(names, map(np.concatenate, zip(*parts, strict=True)), strict=True))
    if whole["rows"].tolist() != told["rows"]:
        raise UserError(f"{folder}: its pieces are of other clips; delete the folder.")
    return TaughtClips(
        clips=Path(told["folder"]),
        fingerprint=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        questions=tuple(Question(label, positive) for label, positive, _ in told["questions"]),
        outputs=tuple(outputs for *_, outputs in told["questions"]),
        varied=frozenset(told["varied"]),
        rows=whole["rows"],
        features=whole["features"],
        logits=tuple(whole[f"logits_{number}"] for number in range(count)),
        embeddings=tuple(whole[f"embeddings_{number}"] for number in range(count)),
    )


def _pieces(folder: Path, rows: Sequence[int]) -> Iterator[tuple[Path, Sequence[int]]]:
    for first in range(0, len(rows), _PIECE):
        yield folder / f"piece-{first:06d}.npz", rows[first : first + _PIECE]


def _begin(
    folder: Path, lesson: Lesson, student: FrameStudent, teachers: Sequence[ClipTeacher]
) -> None:
    now: dict[str, Any] = {
        "clips": lesson.store.fingerprint,
        "rows": list(lesson.rows),
        "varied": sorted(lesson.varied),
        "variants": lesson.variants,
        "frames": lesson.frames,
        "seed": lesson.seed,
        "augmentation": lesson.augmentation.model_dump(mode="json"),
        "student": student.name,
        "teachers": [teacher.sha256 for teacher in teachers],
        "questions": [
            [teacher.question.label, teacher.question.positive_from, teacher.outputs]
            for teacher in teachers
        ],
        "folder": str(lesson.store.folder.resolve()),
    }
    file = folder / _DESCRIPTION
    folder.mkdir(parents=True, exist_ok=True)
    if not file.is_file():
        file.write_text(json.dumps(now), encoding="utf-8")
        return
    before = json.loads(file.read_text(encoding="utf-8"))
    changed = [key for key in now if key != "folder" and before.get(key) != now[key]]
    if changed:
        raise UserError(
            f"{folder}: was taught with another {', '.join(changed)}; delete it, or name another --out."
        )


def _made(
    rows: Sequence[int],
    lesson: Lesson,
    student: FrameStudent,
    teachers: Sequence[ClipTeacher],
) -> dict[str, NDArray[Any]]:
    features, logits, embeddings = [], [[] for _ in teachers], [[] for _ in teachers]  # type: ignore[var-annotated]
    for row in rows:
        shown = np.stack(list(_shown(row, lesson)))  # (V, T, H, W, C)
        features.append(student.features(_at(shown, student.side_px, student_luma=True)).numpy())
        for number, teacher in enumerate(teachers):
            which = chosen_frames(shown.shape[1], teacher.frames, sampling="segments")
            clips = _at(shown[:, which], teacher.side_px, student_luma=teacher.channels == 1)
            said, embedding = teacher.says(clips)
            logits[number].append(said.numpy())
            embeddings[number].append(embedding.numpy())
    made: dict[str, NDArray[Any]] = {
        "rows": np.array(rows, dtype=np.int64),
        "features": _repeated(features, lesson.variants).astype(np.float16),
    }
    for number in range(len(teachers)):
        made[f"logits_{number}"] = _repeated(logits[number], lesson.variants)
        made[f"embeddings_{number}"] = _repeated(embeddings[number], lesson.variants).astype(
            np.float16
        )
    return made


def _shown(row: int, lesson: Lesson) -> Iterator[Frames]:
    stored = lesson.store.frames(row)
    if row not in lesson.varied:
        which = chosen_frames(len(stored), lesson.frames, sampling="segments")
        yield np.asarray(stored[which])
        return
    for variant in range(lesson.variants):
        rng = generator_at(lesson.seed, row, variant)
        which = chosen_frames(len(stored), lesson.frames, sampling="segments", rng=rng)
        yield varied_clip(np.asarray(stored[which]), lesson.store.size_px, rng, lesson.augmentation)


def _at(shown: NDArray[np.uint8], side_px: int, *, student_luma: bool) -> torch.Tensor:
    """(V, T, side, side, C), C = 1 where luma is wanted."""
    if student_luma and shown.shape[-1] == 3:
        weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
        shown = np.rint(shown @ weights).astype(np.uint8)[..., np.newaxis]
    return torch.from_numpy(np.stack([resized(clip, side_px) for clip in shown]))


def _repeated(arrays: Sequence[NDArray[Any]], variants: int) -> NDArray[Any]:
    return np.stack(
        [a if len(a) == variants else np.repeat(a[:1], variants, axis=0) for a in arrays]
    )
