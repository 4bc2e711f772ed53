"""Which clips of a prepared set a network is asked about, and whether it knows them or their people already."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES
from model_compression.data.clips.store import ClipStore
from model_compression.scoring.learned_from import Training
from model_compression.scoring.trained import TrainedTeacher
from model_compression.training.clips.source import LabelledClip, labelled_clips
from model_compression.training.config import DataSet

Split = Literal["test", "val", "train", "all"]


@dataclass(frozen=True, slots=True)
class AskedClips:
    store: ClipStore
    clips: tuple[LabelledClip, ...]
    which: str  # `test`, `fold 3`


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What a network knows from one training of the clips that it is asked about."""

    learned: int  # clips that it learned from
    chosen_by: int  # clips that its weights were chosen by
    people: int  # of the people on them, those whom it learned from, on whatever clips


def asked_clips(store: ClipStore, trained: TrainedTeacher, split: Split) -> AskedClips:
    """`test` of a network that keeps a fold is that fold, of a set that has it. Raises `UserError`."""
    label = trained.teacher.question.label
    _refuse_other_classes(store, trained)
    labelled = [number for number, row in enumerate(store.rows) if label in row.labels]
    folds = sorted({store.rows[number].fold for number in labelled} - {0})
    kept = trained.fold if trained.fold in folds else None
    if split == "all":
        chosen, which = labelled, "all clips"
    elif kept is not None:
        if split == "val":
            raise UserError(
                f"{store.folder}: {trained.path} keeps fold {kept} and has no val beside it; give --split test, train"
                " or all."
            )
        tested = split == "test"
        chosen = [n for n in labelled if (store.rows[n].fold == kept) == tested]
        which = f"fold {kept}" if tested else f"all folds but {kept}"
    else:
        chosen = [number for number in labelled if store.rows[number].split == split]
        which = split
    if not chosen:
        raise UserError(_why_none(store, trained, split, folds))
    return AskedClips(store, tuple(labelled_clips(store, trained.teacher.question, chosen)), which)


def acquaintance(asked: AskedClips, training: Training) -> Acquaintance | None:
    """None where the set is not one of those that were learned from, or nobody knows."""
    if not _learned_from(asked.store, training):
        return None
    try:
        seen = training.options.looked_at(DataSet(name=str(asked.store.folder)))
    except UserError:
        return None  # known by its place alone, where another set lies now
    return Acquaintance(
        learned=sum(clip.row in seen.learned for clip in asked.clips),
        chosen_by=sum(clip.row in seen.chosen_by for clip in asked.clips),
        people=len({clip.person for clip in asked.clips} & seen.people),
    )


def namesakes(asked: AskedClips, training: Training) -> int:
    """People of another set who have the name of somebody who was learned from, in a set of the same kind.

    The same videos, prepared otherwise, are another set. Only sets that are still where they were are looked at.
    """
    known: set[str] = set()
    for folder in training.folders:
        # One that was damaged or replaced since says nothing of who was learned from.
        with contextlib.suppress(UserError):
            seen = training.options.looked_at(DataSet(name=str(folder)))
            if seen.store.description.get("kind") == asked.store.description.get("kind"):
                known |= seen.people
    return len({clip.person for clip in asked.clips} & known)


def _learned_from(store: ClipStore, training: Training) -> bool:
    if training.learned is not None:
        return store.fingerprint in training.learned.values()
    # Without a record the place has to do; better a warning too many than one too few.
    return store.folder.resolve() in {folder.resolve() for folder in training.folders}


def refuse_classes_that_differ(stores: Sequence[ClipStore], label: str) -> None:
    """Sets that are scored together tell the same. Raises `UserError`."""
    first = stores[0]
    for store in stores[1:]:
        ours, theirs = first.classes[label], store.classes[label]
        if ours != theirs:
            raise UserError(
                f"{store.folder}: has the classes {', '.join(theirs)} of {label}, and {first.folder}"
                f" {', '.join(ours)}, in this order; score the sets one by one."
            )


def _refuse_other_classes(store: ClipStore, trained: TrainedTeacher) -> None:
    question, outputs = trained.teacher.question, trained.teacher.outputs
    own = store.classes.get(question.label)
    if own is None:
        raise UserError(
            f"{store.folder}: is not labelled for {question.label}, only for {', '.join(store.classes)}; name other"
            " clips with --clips."
        )
    if question.positive_from not in (None, *own):
        raise UserError(
            f"{store.folder}: has the classes {', '.join(own)} of {question.label}, and {trained.path} asks for"
            f" {question.positive_from}; name other clips with --clips."
        )
    classes = question.classes(own)
    fits = outputs == len(classes) or (outputs == 1 and len(classes) == 2)
    if not fits:
        raise UserError(
            f"{store.folder}: has {len(classes)} classes of {question.label} ({', '.join(classes)}), and {trained.path}"
            f" tells {max(outputs, 2)}; name other clips with --clips."
        )
    told = _told_classes(store, trained)
    if classes != told:
        raise UserError(
            f"{store.folder}: has the classes {', '.join(classes)} of {question.label}, and {trained.path} tells"
            f" {', '.join(told)}, in this order; name other clips with --clips."
        )
    if question.positive_from is not None:
        _refuse_other_levels(store, question.label)


def _told_classes(store: ClipStore, trained: TrainedTeacher) -> tuple[str, ...]:
    """Of a network whose file does not say: those of the set that it learned from, else those that Vigil prepares."""
    question = trained.teacher.question
    if trained.teacher.classes is not None:
        return trained.teacher.classes
    learned_from = _learned_from(store, trained.own)
    return question.classes(
        store.classes[question.label] if learned_from else CLASSES[question.label]
    )


def _refuse_other_levels(store: ClipStore, label: str) -> None:
    """`at least strong` means the same only where levels go up."""
    levels = [name for name in store.classes[label] if name in CLASSES[label]]
    if levels != sorted(levels, key=CLASSES[label].index):
        raise UserError(
            f"{store.folder}: has the classes {', '.join(levels)} of {label} in an order that does not go up; prepare"
            " the set again."
        )


def _why_none(store: ClipStore, trained: TrainedTeacher, split: Split, folds: list[int]) -> str:
    label = trained.teacher.question.label
    splits = sorted({row.split for row in store.rows if row.split and label in row.labels})
    if splits:
        return (
            f"{store.folder}: has no clips of {label} in {split}, only in {' and '.join(splits)}; give --split"
            f" {' or '.join(splits)}."
        )
    if folds:
        keeps = (
            "none of them"
            if trained.fold is None
            else f"fold {trained.fold}, which is none of them"
        )
        return (
            f"{store.folder}: has the folds {', '.join(map(str, folds))} in place of splits, and {trained.path} keeps"
            f" {keeps}; give --split all to score it on all clips."
        )
    return f"{store.folder}: its clips of {label} belong to no split; give --split all."
