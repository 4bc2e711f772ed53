"""Prepared sets of a few clips, and a network that answers for them without having learned anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from model_compression.data.clips.classes import CLASSES
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.index import ClipIndex, Place, Shard
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.reproduce.embeddings import ClipEmbeddings
from model_compression.reproduce.paper1.data_sets import DataSets, PreparedSet, prepared_set
from model_compression.reproduce.paper1.runs import Run

_SIDE = 16
_FRAMES = 2


def rows_of(
    task: str, splits: Sequence[str] = ("train", "test"), folds: int = 0
) -> tuple[ClipRow, ...]:
    """Six people a split or fold, who show every class once."""
    places = [(split, 0) for split in splits] if not folds else [("", f + 1) for f in range(folds)]
    return tuple(
        ClipRow(
            clip=f"{task}-{split}{fold}-{person}-{number}",
            video=f"{task}-{split}{fold}-{person}-{number}",
            person=f"{split}{fold}-{person}",
            split=split,
            fold=fold,
            labels={task: number},
            frame_count=_FRAMES,
            frame_rate_hz=15.0,
            start_s=0.0,
        )
        for split, fold in places
        for person in range(6)
        for number in range(len(CLASSES[task]))
    )


def write_set(folder: Path, kind: str, rows: Iterable[ClipRow], notes: Sequence[str] = ()) -> Path:
    """As `vigil data` leaves it, of black frames."""
    rows = tuple(rows)
    size = _FRAMES * _SIDE * _SIDE
    pixels = bytes(size * len(rows))
    (folder / "shards").mkdir(parents=True)
    (folder / "shards" / "0.u8").write_bytes(pixels)
    ClipIndex(
        description={"kind": kind, "settings": {"size_px": _SIDE, "channels": 1}},
        classes={task: CLASSES[task] for row in rows for task in row.labels},
        shards=(Shard("shards/0.u8", len(pixels), hashlib.sha256(pixels).hexdigest()),),
        rows=rows,
        places=tuple(Place(0, number * size) for number in range(len(rows))),
        left_out=(),
        missing=(),
        notes=tuple(notes),
        frame_count=len(rows),
        face_count=len(rows),
    ).write(folder)
    return folder


ALL_TASKS = tuple(row for task in CLASSES for row in rows_of(task))


def opened(role: str, folder: Path, *, simulated: bool = False) -> PreparedSet:
    return prepared_set(role, folder, ClipStore.open(folder), simulated=simulated)


def simulated_sets(folder: Path) -> DataSets:
    """One simulated set in every role."""
    if not folder.exists():
        write_set(folder, "simulated", ALL_TASKS)
    return DataSets({"simulated": opened("simulated", folder, simulated=True)})


class Guesser:
    """A `TrainRun` and `EmbedRun` that remembers what it was asked; three answers in four are right."""

    def __init__(self) -> None:
        self.trained: list[str] = []

    def __call__(self, run: Run, folder: Path, /) -> ClipAnswers:
        rows, truth = self._asked(run)
        random = np.random.default_rng(run.seed)
        wrong = random.random(len(rows)) < 0.25
        said = np.where(wrong, (truth + 1) % len(run.task.classes), truth)
        logits = 3.0 * np.eye(len(run.task.classes))[said]
        if run.task.outputs == 1:
            logits = logits[:, 1:] - logits[:, :1]
        return ClipAnswers(
            logits,
            truth,
            tuple(row.person for row in rows),
            tuple(row.video for row in rows),
            run.test_task.classes,
        )

    def embed(self, run: Run, folder: Path, /) -> ClipEmbeddings:
        rows, truth = self._asked(run)
        vectors = np.random.default_rng(5).normal(0, 0.3, (len(rows), 8))
        vectors[np.arange(len(rows)), truth] += 2.0
        return ClipEmbeddings(
            vectors,
            truth,
            tuple(row.person for row in rows),
            tuple(row.video for row in rows),
            run.test_task.classes,
        )

    def _asked(self, run: Run) -> tuple[list[ClipRow], np.ndarray]:
        self.trained.append(run.id)
        rows = [row for row in ClipStore.open(run.test.folder).rows if run.is_scored_on(row)]
        truth = [run.test_task.class_of(row.labels[run.test_task.of]) for row in rows]
        return rows, np.array(truth, dtype=np.int64)
