"""Which videos of a feature set a head learns from, by which its weights are chosen, and which are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from edge_app.errors import UserError
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.kinds.abaw_tree import whole_name
from model_compression.training.config import DataSet

ChooseBy = Literal["val", "people"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Numbers of rows."""

    learned: tuple[int, ...]
    chosen_by: tuple[int, ...]


def opened(sets: Sequence[DataSet]) -> FeatureSet:
    """The one set that a head learns from. Raises `UserError`."""
    if len(sets) != 1:
        raise UserError(
            f"data: a head learns from one folder of 'vigil data features', not {len(sets)}; name it with --prepared."
        )
    return FeatureSet.open(Path(sets[0].name).expanduser())


def parts_of(
    features: FeatureSet, *, fold: int | None, choose_by: ChooseBy, held_out_share: float
) -> Parts:
    """Raises `UserError` where nothing is left to learn from or to choose by.

    `val` is what paper 4 does, whose figures are of the same videos; `people` holds some of train out (videos where
    nobody knows the person), the same ones in each run, so that val stays unseen.
    """
    learned = features.select("train", fold=fold)
    if not learned and fold is None and not any(row.split for row in features.rows):
        learned = list(range(len(features.rows)))  # folds in place of splits, and none is kept
    if not learned and fold is None and features.rows:
        raise UserError(
            f"{features.folder}: has no videos to learn from: {_splits_told(features)}; name features with videos of"
            " train."
        )
    val = features.select("val") if fold is None and choose_by == "val" else []
    if not val:
        learned, val = _people_apart(features, learned, held_out_share)
    if not learned or not val:
        raise UserError(
            f"{features.folder}: has {len(learned)} videos to learn from and {len(val)} to choose weights by; both are"
            " needed."
        )
    return Parts(tuple(learned), tuple(val))


def rows_asked(features: FeatureSet, split: str, fold: int | None = None) -> list[int]:
    """split: `all`, or one of the set's; fold: which the network asked keeps. Raises `UserError` for none at all."""
    every = list(range(len(features.rows)))
    numbers = every if split == "all" else features.select(split, fold=fold)
    if not numbers:
        there = sorted({row.split for row in features.rows if row.split}) or ["no splits"]
        raise UserError(
            f"{features.folder}: has no videos of {split}; it has {', '.join(there)}; name one with --split."
        )
    return numbers


def _splits_told(features: FeatureSet) -> str:
    there = sorted({row.split or "without a split" for row in features.rows})
    count = len(features.rows)
    return f"{f'all {count} videos are' if count > 1 else 'its only video is'} {' or '.join(there)}"


def _people_apart(
    features: FeatureSet, numbers: list[int], share: float
) -> tuple[list[int], list[int]]:
    # Two people of one video (`NAME_left`, `NAME_right`) share its sound and its light.
    rows = {number: features.rows[number] for number in numbers}
    who = {number: row.person or whole_name(row.video) for number, row in rows.items()}
    drawn = sorted(set(who.values()), key=lambda name: sha256(name.encode()).digest())
    apart = set(drawn[: max(1, round(share * len(drawn)))] if share else ())
    return (
        [number for number in numbers if who[number] not in apart],
        [number for number in numbers if who[number] in apart],
    )
