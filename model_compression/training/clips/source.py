"""The prepared sets that a clip network learns from: which clips of which set, with which class, and which held out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from edge_app.errors import UserError
from model_compression.data.clips.classes import IDENTITY
from model_compression.data.clips.store import ClipStore
from model_compression.training.clips.labels import Question
from model_compression.training.config import DataSet

_FEWEST_HELD_OUT = 1
ChooseBy = Literal["val", "people"]


@dataclass(frozen=True, slots=True)
class LabelledClip:
    """One clip of a store and the class that is asked for."""

    row: int
    label: int
    person: str
    video: str


@dataclass(frozen=True, slots=True)
class ClipSource:
    """A store, and its clips that are learned from or held out."""

    name: str
    store: ClipStore
    weight: float
    learned: tuple[LabelledClip, ...]
    held_out: tuple[LabelledClip, ...]


def holds_pictures(store: ClipStore) -> bool:
    """A set of pictures is one whose clips have a single frame each."""
    return all(row.frame_count == 1 for row in store.rows)


def open_sources(
    sets: Sequence[DataSet],
    question: Question,
    *,
    fold: int | None,
    held_out_share: float,
    choose_by: ChooseBy = "val",
) -> tuple[ClipSource, ...]:
    """Raises `UserError` for folders that are no prepared clips, or that cannot answer the question.

    choose_by: `people` of train are held out where `val` is what will be measured on.
    """
    if not sets:
        raise UserError(
            "data: no clips to learn from; name a folder of 'vigil data prepare' with --clips."
        )
    sources = tuple(_opened(entry, question, fold, held_out_share, choose_by) for entry in sets)
    classes = {source.store.classes[question.label] for source in sources}
    if len(classes) > 1 and question.label == IDENTITY:
        raise UserError("data: each set has people of its own; learn who it is from one of them.")
    if len(classes) > 1:
        raise UserError(f"data: the sets have different classes of {question.label}.")
    if len({source.store.channels for source in sources}) > 1:
        raise UserError(
            "data: some sets are prepared in colour and some in grey; prepare all with one --channels."
        )
    return sources


def _opened(
    entry: DataSet,
    question: Question,
    fold: int | None,
    held_out_share: float,
    choose_by: ChooseBy,
) -> ClipSource:
    store = ClipStore.open(Path(entry.name).expanduser())
    # A set with folds in place of splits is learned from whole where no fold is kept for measuring.
    has_splits = fold is not None or any(row.split for row in store.rows)
    train = labelled_clips(
        store,
        question,
        store.select(question.label, "train" if has_splits else None, fold=fold),
    )
    val: list[LabelledClip] = []
    if (
        fold is None
        and choose_by == "val"
        and any(row.split == "val" and question.label in row.labels for row in store.rows)
    ):
        val = labelled_clips(store, question, store.select(question.label, "val"))
    if not val and question.label == IDENTITY:
        train, val = _some_of_each_apart(train, held_out_share)
    elif not val:
        train, val = _people_apart(train, held_out_share)
    if not train or not val:
        raise UserError(
            f"{entry.name}: has {len(train)} clips of {question.label} to learn from and {len(val)} to choose"
            " weights by; both are needed."
        )
    return ClipSource(entry.name, store, entry.weight, tuple(train), tuple(val))


def labelled_clips(
    store: ClipStore, question: Question, numbers: Iterable[int]
) -> list[LabelledClip]:
    """numbers: rows that are labelled for the question. Raises `UserError` for a label that is none of the classes."""
    classes = store.classes[question.label]
    clips = []
    for number in map(int, numbers):
        row = store.rows[number]
        label = row.labels[question.label]
        if not 0 <= label < len(classes):
            raise UserError(
                f"{store.folder}: clip {row.clip} has class {label} of {question.label}, whose classes are 0 to"
                f" {len(classes) - 1}; prepare the set again."
            )
        clips.append(LabelledClip(number, question.number(label, classes), row.person, row.video))
    return clips


def _people_apart(
    clips: list[LabelledClip], share: float
) -> tuple[list[LabelledClip], list[LabelledClip]]:
    """All clips of some people (of videos, where nobody knows the person) held out, the same ones in each run."""
    apart = drawn_apart((clip.person or clip.video for clip in clips), share)
    return (
        [clip for clip in clips if (clip.person or clip.video) not in apart],
        [clip for clip in clips if (clip.person or clip.video) in apart],
    )


def drawn_apart(people: Iterable[str], share: float) -> set[str]:
    """The people to be held out, the same ones in each run."""
    who = sorted(set(people), key=_drawn)
    count = max(_FEWEST_HELD_OUT, round(share * len(who))) if share else 0
    return set(who[:count])


def _some_of_each_apart(
    clips: list[LabelledClip], share: float
) -> tuple[list[LabelledClip], list[LabelledClip]]:
    """Where people are the classes, nobody is held out whole: a share of each one's videos, the same in each run."""
    videos: dict[int, set[str]] = {}
    for clip in clips:
        videos.setdefault(clip.label, set()).add(clip.video)
    apart = {
        video
        for own in videos.values()
        for video in sorted(own, key=_drawn)[: round(share * len(own))]
    }
    return (
        [clip for clip in clips if clip.video not in apart],
        [clip for clip in clips if clip.video in apart],
    )


def _drawn(name: str) -> bytes:
    return sha256(name.encode()).digest()
