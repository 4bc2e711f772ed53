"""What is taught: for each clip and variant the frame student's features and what the teachers say, kept on disk.

Teachers and frame student do not learn, so each is asked once for each variant of a clip, not in every step. A run that
is stopped goes on with the next piece.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.distillation.frame_student import FrameStudent
from model_compression.distillation.teacher import ClipTeacher
from model_compression.evaluation.clips.arrays_file import load_arrays, save_arrays
from model_compression.training.clips.frame_choice import chosen_frames, frames_at_rate
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
_KEYS = {"clips", "folder", "questions", "rate_hz", "rows", "varied"}
_CHOICE, _LOOK = 0, 1  # what chance decides of a variant: which frames, and how they look
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
    rate_hz: float  # of the head's steps
    seed: int
    augmentation: ClipAugmentation


@dataclass(frozen=True, slots=True)
class TaughtClips:
    """N clips in V variants (of a clip that is not varied, V times the same)."""

    clips: Path  # the prepared set
    clips_fingerprint: str
    fingerprint: str
    questions: tuple[Question, ...]  # of each teacher
    outputs: tuple[int, ...]  # its logits
    rate_hz: float  # of the frames
    student: str  # SHA-256 of the frame student's file; "" in what was taught before it was kept
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
    told = _description(folder)
    if told is None:
        raise UserError(f"{folder}: holds nothing that teachers told; run 'vigil distill'.")
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
        clips_fingerprint=told["clips"],
        fingerprint=_fingerprint(told),
        questions=tuple(Question(label, positive) for label, positive, _ in told["questions"]),
        outputs=tuple(outputs for *_, outputs in told["questions"]),
        rate_hz=float(told["rate_hz"]),
        student=str(told.get("student", "")),
        varied=frozenset(told["varied"]),
        rows=whole["rows"],
        features=whole["features"],
        logits=tuple(whole[f"logits_{number}"] for number in range(count)),
        embeddings=tuple(whole[f"embeddings_{number}"] for number in range(count)),
    )


def _fingerprint(told: dict[str, Any]) -> str:
    of_it = {key: value for key, value in told.items() if key != "folder"}
    return hashlib.sha256(json.dumps(of_it, sort_keys=True).encode()).hexdigest()


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
        "rate_hz": lesson.rate_hz,
        "seed": lesson.seed,
        "augmentation": lesson.augmentation.model_dump(mode="json"),
        "student": student.sha256,
        "teachers": [teacher.sha256 for teacher in teachers],
        "questions": [
            [teacher.question.label, teacher.question.positive_from, teacher.outputs]
            for teacher in teachers
        ],
        "folder": str(lesson.store.folder.resolve()),
    }
    before = _description(folder)
    changed = [key for key in now if before is not None and before.get(key) != now[key]]
    if changed and changed != ["folder"]:  # a set may be moved
        raise UserError(
            f"{folder}: was taught with another {', '.join(changed)}; delete it, or name another --out."
        )
    if before != now:
        _write(folder, now)


def _description(folder: Path) -> dict[str, Any] | None:
    """None where nothing was taught yet. Raises `UserError`."""
    file = folder / _DESCRIPTION
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(
            f"{file}: cannot be read; delete {folder}, and it is taught again."
        ) from error
    if not isinstance(told, dict) or not told.keys() >= _KEYS:
        raise UserError(f"{file}: is of another version; delete {folder}, and it is taught again.")
    return told


def _write(folder: Path, told: dict[str, Any]) -> None:
    unfinished = folder / f"{_DESCRIPTION}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(told), encoding="utf-8")
        os.replace(unfinished, folder / _DESCRIPTION)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error}).") from error


def _made(
    rows: Sequence[int],
    lesson: Lesson,
    student: FrameStudent,
    teachers: Sequence[ClipTeacher],
) -> dict[str, NDArray[Any]]:
    features: list[NDArray[Any]] = []
    logits: list[list[NDArray[Any]]] = [[] for _ in teachers]
    embeddings: list[list[NDArray[Any]]] = [[] for _ in teachers]
    for row in rows:
        looks = _Looks(lesson, row)
        features.append(student.features(looks.for_student(student.side_px)).numpy())
        for number, teacher in enumerate(teachers):
            said, embedding = teacher.says(looks.for_teacher(teacher))
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


class _Looks:
    """A clip in all its variants. Student and teachers see the same face in the same light, each its own frames."""

    def __init__(self, lesson: Lesson, row: int) -> None:
        self._lesson = lesson
        self._row = row
        self._stored = lesson.store.frames(row)
        self._varies = row in lesson.varied

    def for_student(self, side_px: int) -> torch.Tensor:
        """(V, T, side, side, C)"""
        lesson = self._lesson
        of_clip_hz = lesson.store.rows[self._row].frame_rate_hz
        return self._shown(
            side_px,
            grey=False,
            choose=lambda rng: frames_at_rate(
                len(self._stored),
                lesson.frames,
                of_clip_hz=of_clip_hz,
                rate_hz=lesson.rate_hz,
                rng=rng,
            ),
        )

    def for_teacher(self, teacher: ClipTeacher) -> torch.Tensor:
        """(V, T, side, side, C)"""
        seen = teacher.seen
        return self._shown(
            seen.side_px,
            grey=teacher.channels == 1,
            choose=lambda rng: chosen_frames(
                len(self._stored), seen.frames, sampling=seen.sampling, stride=seen.stride, rng=rng
            ),
        )

    def _shown(
        self,
        side_px: int,
        *,
        grey: bool,
        choose: Callable[[np.random.Generator | None], NDArray[np.int64]],
    ) -> torch.Tensor:
        lesson, shown = self._lesson, []
        for variant in range(lesson.variants if self._varies else 1):
            place = (lesson.seed, self._row, variant)
            rng = generator_at(*place, _CHOICE) if self._varies else None
            frames = np.asarray(self._stored[choose(rng)])
            if self._varies:
                look = generator_at(*place, _LOOK)
                frames = varied_clip(frames, lesson.store.size_px, look, lesson.augmentation)
            shown.append(resized(_grey(frames) if grey else frames, side_px))
        return torch.from_numpy(np.stack(shown))


def _grey(frames: Frames) -> Frames:
    """(T, H, W, 1)"""
    if frames.shape[-1] == 1:
        return frames
    return np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames])[..., np.newaxis]


def _repeated(arrays: Sequence[NDArray[Any]], variants: int) -> NDArray[Any]:
    return np.stack(
        [a if len(a) == variants else np.repeat(a[:1], variants, axis=0) for a in arrays]
    )
