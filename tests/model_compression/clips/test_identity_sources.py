"""Sets whose classes are people of their own: what is held out of them, and that two of them cannot be mixed."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.errors import UserError
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.index import ClipIndex, Place, Shard
from model_compression.training.clips.labels import Question
from model_compression.training.clips.source import open_sources
from model_compression.training.config import DataSet

IDENTITY = Question("identity")
SIDE_PX = 4


def people_set(folder: Path, people: tuple[str, ...], splits: tuple[str, ...]) -> Path:
    """One black picture for each person and entry of `splits`."""
    rows = tuple(
        ClipRow(f"{who}/{n}", f"{who}/{n}", who, split, 0, {"identity": number}, 1, 1.0, 0.0)
        for number, who in enumerate(people)
        for n, split in enumerate(splits)
    )
    (folder / "shards").mkdir(parents=True)
    size = SIDE_PX * SIDE_PX
    (folder / "shards/0.u8").write_bytes(bytes(size * len(rows)))
    ClipIndex(
        description={"kind": "test", "settings": {"size_px": SIDE_PX, "channels": 1}},
        classes={"identity": people},
        shards=(Shard("shards/0.u8", size * len(rows), "0" * 64),),
        rows=rows,
        places=tuple(Place(0, size * n) for n in range(len(rows))),
        left_out=(),
        missing=(),
        notes=(),
        frame_count=len(rows),
        face_count=len(rows),
    ).write(folder)
    return folder


def opened(*folders: Path):
    sets = [DataSet(name=str(folder)) for folder in folders]
    return open_sources(sets, IDENTITY, fold=None, held_out_share=0.25)


def test_own_val_of_the_pictures_is_held_out(tmp_path: Path) -> None:
    folder = people_set(tmp_path / "a", ("ann", "bob"), ("train", "train", "val"))
    (source,) = opened(folder)
    assert source.store.classes["identity"] == ("ann", "bob")
    assert [clip.label for clip in source.learned] == [0, 0, 1, 1]
    assert [clip.video for clip in source.held_out] == ["ann/2", "bob/2"]


def test_without_val_some_of_each_person_is_held_out_and_nobody_whole(tmp_path: Path) -> None:
    (source,) = opened(people_set(tmp_path / "a", ("ann", "bob", "cy"), ("train",) * 8))
    assert sorted(clip.label for clip in source.held_out) == [0, 0, 1, 1, 2, 2]
    assert len(source.learned) == 18


def test_two_sets_of_people_are_refused(tmp_path: Path) -> None:
    one = people_set(tmp_path / "a", ("ann", "bob"), ("train", "val"))
    two = people_set(tmp_path / "b", ("cy", "dan"), ("train", "val"))
    with pytest.raises(UserError, match="each set has people of its own"):
        opened(one, two)
