"""`ClipStore`: what it gives, how fast, what it chooses, and which folders it refuses."""

from __future__ import annotations

import json
import pickle
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.decoding import VideoReader
from model_compression.data.clips.index import ClipIndex, Place, Shard
from model_compression.data.clips.preparing import prepare
from model_compression.data.clips.settings import ClipSettings
from model_compression.data.clips.source_video import SourceVideo
from model_compression.data.clips.store import ClipStore
from tests.model_compression.data.clips.miniature_sets import face_frames, mix_bac

SIDE = 4


def row(name: str, **values: object) -> ClipRow:
    told = {
        "clip": name,
        "video": name,
        "person": "",
        "split": "",
        "fold": 0,
        "labels": {"drowsiness": 1},
        "frame_count": 2,
        "frame_rate_hz": 10.0,
        "start_s": 0.0,
    }
    return ClipRow(**{**told, **values})  # type: ignore[arg-type]


def store_of(folder: Path, *rows: ClipRow) -> ClipStore:
    """Clip N is all N; without perception, where only the choice is asked for."""
    pixels = [np.full((one.frame_count, SIDE, SIDE, 3), n, np.uint8) for n, one in enumerate(rows)]
    sizes = [clip.nbytes for clip in pixels]
    (folder / "shards").mkdir(parents=True)
    (folder / "shards" / "00000.u8").write_bytes(b"".join(clip.tobytes() for clip in pixels))
    tasks = {task for one in rows for task in one.labels}
    names = {"drowsiness": ("alert", "drowsy"), "intoxication": ("none", "moderate", "strong")}
    ClipIndex(
        description={
            "kind": "test",
            "settings": ClipSettings(size_px=16).as_json() | {"size_px": SIDE},
        },
        classes={task: classes for task, classes in names.items() if task in tasks},
        shards=(Shard("shards/00000.u8", sum(sizes), "0" * 64),),
        rows=rows,
        places=tuple(Place(0, sum(sizes[:n])) for n in range(len(rows))),
        left_out=(),
        missing=(),
        notes=(),
        frame_count=0,
        face_count=0,
    ).write(folder)
    return ClipStore.open(folder)


def names(store: ClipStore, chosen: np.ndarray) -> list[str]:
    return [store.rows[number].clip for number in chosen]


def test_each_row_has_its_own_frames(tmp_path: Path) -> None:
    store = store_of(tmp_path / "set", row("a", frame_count=1), row("b", frame_count=3), row("c"))
    assert [store.frames(n).shape[0] for n in range(3)] == [1, 3, 2]
    assert [np.unique(store.frames(n)).tolist() for n in range(3)] == [[0], [1], [2]]


def test_frames_cannot_be_changed_by_who_reads_them(tmp_path: Path) -> None:
    store = store_of(tmp_path / "set", row("a"))
    with pytest.raises(ValueError, match="read-only"):
        store.frames(0)[0] = 9


def test_store_travels_to_another_process_without_its_pixels(tmp_path: Path) -> None:
    store = store_of(tmp_path / "set", row("a", frame_count=2000), row("b"))
    store.frames(0)
    carried = pickle.dumps(store)
    assert len(carried) < 10_000
    assert (pickle.loads(carried).frames(1) == 1).all()


def test_split_is_chosen_by_the_rows_own(tmp_path: Path) -> None:
    rows = [row("a", split="train"), row("b", split="test"), row("c", split="train")]
    store = store_of(tmp_path / "set", *rows)
    assert names(store, store.select("drowsiness", "train")) == ["a", "c"]
    assert names(store, store.select("drowsiness")) == ["a", "b", "c"]


def test_fold_is_tested_and_the_others_are_trained_on(tmp_path: Path) -> None:
    store = store_of(tmp_path / "set", *(row(f"f{n}", fold=n) for n in range(4)))
    assert names(store, store.select("drowsiness", "test", fold=2)) == ["f2"]
    assert names(store, store.select("drowsiness", "train", fold=2)) == ["f0", "f1", "f3"]


def test_val_fold_is_taken_from_what_is_trained_on(tmp_path: Path) -> None:
    store = store_of(tmp_path / "set", *(row(f"f{n}", fold=n) for n in range(1, 4)))
    assert names(store, store.select("drowsiness", "val", fold=1, val_fold=3)) == ["f3"]
    assert names(store, store.select("drowsiness", "train", fold=1, val_fold=3)) == ["f2"]


def test_only_rows_that_are_labelled_for_the_task_are_chosen(tmp_path: Path) -> None:
    store = store_of(tmp_path / "set", row("a"), row("b", labels={"intoxication": 2}))
    chosen = store.select("intoxication")
    assert names(store, chosen) == ["b"]
    assert store.labels("intoxication", chosen).tolist() == [2]


def test_people_can_be_chosen(tmp_path: Path) -> None:
    store = store_of(tmp_path / "set", row("a", person="p"), row("b", person="q"))
    assert names(store, store.select("drowsiness", people={"q"})) == ["b"]


@pytest.mark.parametrize(
    ("choose", "told"),
    [
        (lambda store: store.select("expression"), "is not labelled for expression, only for drow"),
        (lambda store: store.select("drowsiness", "tests"), "tests: is no split"),
        (lambda store: store.select("drowsiness", "val"), "no clips for drowsiness in val"),
        (
            lambda store: store.select("drowsiness", "test", fold=7),
            "has no fold 7; its folds are 1",
        ),
        (lambda store: store.select("drowsiness", "val", fold=1), "no val without val_fold"),
    ],
)
def test_choice_that_the_set_does_not_have_is_an_error(
    tmp_path: Path, choose: Callable[[ClipStore], object], told: str
) -> None:
    store = store_of(tmp_path / "set", row("a", fold=1, split="train"), row("b", fold=2))
    with pytest.raises(UserError, match=told):
        choose(store)


def test_fingerprint_changes_with_a_label_and_with_a_setting(tmp_path: Path) -> None:
    one = store_of(tmp_path / "one", row("a"))
    assert store_of(tmp_path / "same", row("a")).fingerprint == one.fingerprint
    other = store_of(tmp_path / "other", row("a", labels={"drowsiness": 0}))
    assert other.fingerprint != one.fingerprint
    description = {"settings": {**one.description["settings"], "outside": "keep"}}
    index = ClipIndex(description, one.classes, (), (), (), (), (), (), 0, 0)
    assert (
        index.fingerprint
        != ClipIndex(one.description, one.classes, (), (), (), (), (), (), 0, 0).fingerprint
    )


def changed_label(folder: Path) -> None:
    text = (folder / "clips.json").read_text()
    (folder / "clips.json").write_text(text.replace('"drowsiness": 1', '"drowsiness": 0'))


def changed_value(folder: Path, key: str, value: object) -> None:
    values = json.loads((folder / "clips.json").read_text())
    (folder / "clips.json").write_text(json.dumps({**values, key: value}))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: shutil.rmtree(f), "there is no such folder"),
        (lambda f: (f / "clips.json").unlink(), "holds no prepared clips"),
        (lambda f: (f / "clips.json").write_text("{"), "is damaged"),
        (lambda f: (f / "clips.json").write_text("[]"), "is damaged"),
        (changed_label, "was changed since it was written"),
        (lambda f: changed_value(f, "format", 2), "is of format 2 and not 1"),
        (lambda f: changed_value(f, "what", "songs"), "an index of something else"),
        (lambda f: (f / "shards" / "00000.u8").unlink(), "is missing"),
        (lambda f: (f / "shards" / "00000.u8").write_bytes(b"0"), "has 1 bytes and not"),
    ],
)
def test_folder_that_is_no_whole_set_is_refused_in_one_sentence(
    tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    folder = tmp_path / "set"
    store_of(folder, row("a"))
    spoil(folder)
    with pytest.raises(UserError, match=told) as error:
        ClipStore.open(folder)
    assert "\n" not in str(error.value)


def best_s(work: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def test_reading_is_five_times_faster_than_decoding(tmp_path: Path) -> None:
    root = mix_bac(tmp_path / "set", {"a.mp4": ("p", 0.0, face_frames(12))})
    prepare("mix-bac", root, tmp_path / "out", ClipSettings(size_px=112))
    store = ClipStore.open(tmp_path / "out")

    def decode() -> None:
        with VideoReader(SourceVideo("a", root / "a.mp4"), None) as reader:
            assert len(list(reader.frames())) == 12

    read_s = best_s(lambda: store.frames(0).copy(), times=20)
    assert 5 * read_s < best_s(decode)
