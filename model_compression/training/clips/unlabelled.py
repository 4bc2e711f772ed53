"""Prepared sets that are learned from whatever their labels: all their clips in one row, and all their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.store import ClipStore
from model_compression.training.clips.source import drawn_apart, holds_pictures
from model_compression.training.clips.varied_clip import Frames
from model_compression.training.config import DataSet

Place = tuple[int, int]  # number of the set, row in it
_LEARNED_SPLITS = ("train", "")


@dataclass(frozen=True, slots=True)
class UnlabelledClips:
    """Of one kind; there may be none."""

    names: tuple[str, ...]
    stores: tuple[ClipStore, ...]
    learned: tuple[Place, ...]
    held_out: tuple[Place, ...]

    def frames(self, place: Place) -> Frames:
        return self.stores[place[0]].frames(place[1])

    def name(self, place: Place) -> str:
        return f"{self.names[place[0]]}: {self.stores[place[0]].rows[place[1]].clip}"


def open_unlabelled(
    sets: Sequence[DataSet], *, fold: int | None, held_out_share: float
) -> tuple[UnlabelledClips, UnlabelledClips]:
    """Clips, and pictures. Splits val and test, and the fold, are not looked at: what begins here is measured there.

    Raises `UserError` for folders that are no prepared clips, or with too few people.
    """
    if not sets:
        raise UserError(
            "data: no clips to learn from; name a folder of 'vigil data prepare' with --prepared."
        )
    stores = [ClipStore.open(Path(entry.name).expanduser()) for entry in sets]
    folds = {row.fold for store in stores for row in store.rows} - {0}
    if fold is not None and fold not in folds:
        known = (
            f"their folds are {', '.join(map(str, sorted(folds)))}" if folds else "they have none"
        )
        raise UserError(f"task.options.fold: none of the sets has a fold {fold}; {known}.")
    if len({store.channels for store in stores}) > 1:
        raise UserError(
            "data: some sets are prepared in colour and some in grey; prepare all with one --channels."
        )
    if len({entry.weight for entry in sets}) > 1:
        raise UserError(
            "data: the sets have different weights, and of these every clip is learned from once in a round;"
            " leave weight out."
        )
    pairs = list(zip([entry.name for entry in sets], stores, strict=True))
    clips = [pair for pair in pairs if not holds_pictures(pair[1])]
    pictures = [pair for pair in pairs if holds_pictures(pair[1])]
    return _of_kind(clips, fold, held_out_share), _of_kind(pictures, fold, held_out_share)


def _of_kind(
    pairs: Sequence[tuple[str, ClipStore]], fold: int | None, held_out_share: float
) -> UnlabelledClips:
    learned: list[Place] = []
    held_out: list[Place] = []
    for number, (name, store) in enumerate(pairs):
        rows = [
            place
            for place, row in enumerate(store.rows)
            if row.split in _LEARNED_SPLITS and (fold is None or row.fold != fold)
        ]
        apart = drawn_apart((_who(store.rows[row]) for row in rows), held_out_share)
        own = [row for row in rows if _who(store.rows[row]) not in apart]
        if not own:
            raise UserError(
                f"{name}: has {len(rows)} clips outside val and test, and of {len(apart)} people; at least two people"
                " are needed, one to learn from and one to measure on."
            )
        learned += [(number, row) for row in own]
        held_out += [(number, row) for row in rows if _who(store.rows[row]) in apart]
    return UnlabelledClips(
        tuple(name for name, _ in pairs),
        tuple(store for _, store in pairs),
        tuple(learned),
        tuple(held_out),
    )


def _who(row: ClipRow) -> str:
    return row.person or row.video
