"""Trained clip networks that are scored together: of several folds, of several seeds, or of both.

Their own configurations say which is which. Whatever else differs between them is refused: a mean over networks that
were trained otherwise is the figure of none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.errors import UserError
from model_compression.distillation.teacher import ClipTeacher
from model_compression.scoring.learned_from import (
    Before,
    Training,
    record_beside,
    trainings_before,
)
from model_compression.training.config import TrainConfig
from model_compression.training.network_file import file_at
from model_compression.training.run_record import FREE_KEYS

# Of keys that a run of an earlier Vigil does not have, as its file would say them.
_USUAL = {
    name: list(field.default) if isinstance(field.default, tuple) else field.default
    for name, field in TrainConfig.model_fields.items()
    if not field.is_required()
}
# What says nothing of how the network was trained, or is what may differ, or is compared by its content.
_NOT_COMPARED = FREE_KEYS | {"name", "seed", "data", "init_from"}


@dataclass(frozen=True, slots=True)
class TrainedTeacher:
    teacher: ClipTeacher
    seed: int
    steps: int  # of the whole training
    finished: bool | None  # None: no record lies beside the network
    own: Training
    before: Before

    @staticmethod
    def open(path: Path) -> TrainedTeacher:
        """path: a `teacher.pt`, or the folder of its run. Raises `UserError`."""
        teacher = ClipTeacher.open(path)
        file = file_at(path)
        record = record_beside(file, teacher.config)
        learned = None if record is None else record["data"]
        return TrainedTeacher(
            teacher,
            seed=int(teacher.config["seed"]),
            steps=sum(stage["steps"] for stage in teacher.config["stages"]),
            finished=None if record is None else bool(record["finished"]),
            own=Training(path, teacher.config, teacher.options, learned),
            before=trainings_before(teacher.config, file),
        )

    @property
    def path(self) -> Path:
        return self.teacher.path

    @property
    def fold(self) -> int | None:
        return self.teacher.fold

    @property
    def trainings(self) -> tuple[Training, ...]:
        """Its own, and those whose weights it goes on from."""
        return (self.own, *self.before.trainings)


def opened(paths: Sequence[Path]) -> tuple[tuple[TrainedTeacher, ...], ...]:
    """For each seed its networks, by fold. Raises `UserError` where they do not belong together."""
    trained = [TrainedTeacher.open(path) for path in paths]
    by_hash: dict[str, TrainedTeacher] = {}
    by_place: dict[tuple[int, int | None], TrainedTeacher] = {}
    for one in trained:
        twin = by_hash.setdefault(one.teacher.sha256, one)
        if twin is not one:
            raise UserError(f"{twin.path} and {one.path} are the same network; give it once.")
        _refuse_other(trained[0], one)
        rival = by_place.setdefault((one.seed, one.fold), one)
        if rival is not one:
            kept = "" if one.fold is None else f" and fold {one.fold}"
            raise UserError(
                f"{rival.path} and {one.path} are both of seed {one.seed}{kept}; runs are taken together where they"
                " differ in seed or fold."
            )
    seeds = sorted({one.seed for one in trained})
    grid = tuple(
        tuple(sorted((one for one in trained if one.seed == seed), key=lambda one: one.fold or 0))
        for seed in seeds
    )
    folds = [tuple(one.fold for one in own) for own in grid]
    for seed, own in zip(seeds, folds, strict=True):
        if own != folds[0]:
            raise UserError(
                f"of seed {seeds[0]} there {_counted(folds[0])}, of seed {seed} {_counted(own)}; give every seed the"
                " same folds, or one seed alone."
            )
    return grid


def _refuse_other(first: TrainedTeacher, other: TrainedTeacher) -> None:
    if (first.fold is None) != (other.fold is None):
        whole, kept = (first, other) if first.fold is None else (other, first)
        raise UserError(
            f"{kept.path} keeps fold {kept.fold} apart and {whole.path} keeps none: they are asked about different"
            " clips; evaluate them one by one."
        )
    ours, theirs = _compared(first.own), _compared(other.own)
    differ = sorted(key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key))
    if not _same_before(first.before, other.before):
        differ.append("init_from")
    if not _same_clips(first.own, other.own):
        differ.append("the clips learned from")
    if differ:
        raise UserError(
            f"{other.path} differs from {first.path} in {', '.join(differ)}; runs are taken together where they differ"
            " in seed or fold alone: evaluate them one by one."
        )


def _compared(training: Training) -> dict[str, Any]:
    config = {**_USUAL, **training.config}
    told = {key: value for key, value in config.items() if key not in _NOT_COMPARED}
    options = {key: value for key, value in config["task"]["options"].items() if key != "fold"}
    return {**told, "task": {**config["task"], "options": options}}


def _same_before(first: Before, other: Before) -> bool:
    """Weights to begin with may be of other seeds and folds as well."""
    ours, theirs = first.trainings, other.trainings
    return (first.lost_at, len(ours)) == (other.lost_at, len(theirs)) and all(
        _compared(one) == _compared(its) and _same_clips(one, its)
        for one, its in zip(ours, theirs, strict=True)
    )


def _same_clips(first: Training, other: Training) -> bool:
    if first.learned is None or other.learned is None:
        return bool(first.folders == other.folders)
    return sorted(first.learned.values()) == sorted(other.learned.values())


def _counted(folds: Sequence[int | None]) -> str:
    many = "are folds" if len(folds) > 1 else "is fold"
    return f"{many} {', '.join(map(str, folds))}"
