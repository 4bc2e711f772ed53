"""Videos with a blood alcohol concentration: classes from grams, folds from people, and tables that make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES, INTOXICATION
from model_compression.data.clips.kinds import find_videos
from tests.model_compression.data.clips.miniature_sets import write_rows, write_text


def bac(
    root: Path, *rows: tuple[object, ...], columns: str = "video,person,bac_g_per_100ml"
) -> Path:
    write_rows(root / "clips.csv", [columns.split(","), *rows])
    for row in rows:
        write_text(root / str(row[0]))
    return root


def test_blood_alcohol_becomes_the_class_of_its_range(tmp_path: Path) -> None:
    levels = (0, 0.049, 0.05, 0.079, 0.08, 0.2)
    rows = [(f"videos/{n}.mp4", f"p{n}", level) for n, level in enumerate(levels)]
    found = find_videos("mix-bac", bac(tmp_path, *rows))
    assert [CLASSES[INTOXICATION][v.labels[INTOXICATION]] for v in found.videos] == [
        *("none", "none", "moderate", "moderate", "strong", "strong")
    ]
    assert {task for video in found.videos for task in video.labels} == {INTOXICATION}


def test_people_without_folds_are_shared_out_each_to_one(tmp_path: Path) -> None:
    rows = [(f"{p}{n}.mp4", p, 0.0) for p in "abcdefg" for n in range(3)]
    found = find_videos("mix-bac", bac(tmp_path, *rows))
    folds = {p: {v.fold for v in found.videos if v.person == p} for p in "abcdefg"}
    assert all(len(own) == 1 for own in folds.values())
    assert set().union(*folds.values()) == {1, 2, 3, 4, 5}
    assert "shared out" in found.notes[0]


def test_person_in_two_folds_is_refused(tmp_path: Path) -> None:
    bac(
        tmp_path,
        ("a.mp4", "p", 0, 1),
        ("b.mp4", "p", 0, 2),
        columns="video,person,bac_g_per_100ml,fold",
    )
    with pytest.raises(UserError, match="p is in folds 1 and 2"):
        find_videos("mix-bac", tmp_path)


def test_folds_of_the_table_are_kept(tmp_path: Path) -> None:
    bac(
        tmp_path,
        ("a.mp4", "p", 0, 4),
        ("b.mp4", "q", 0, 2),
        columns="video,person,bac_g_per_100ml,fold",
    )
    found = find_videos("mix-bac", tmp_path)
    assert [video.fold for video in found.videos] == [4, 2]
    assert found.notes == ()


def test_concentration_in_another_unit_is_refused_with_its_line(tmp_path: Path) -> None:
    bac(tmp_path, ("a.mp4", "p", 0), ("b.mp4", "q", 0.8))
    with pytest.raises(UserError, match=r"clips.csv line 3: bac_g_per_100ml is '0.8'"):
        find_videos("mix-bac", tmp_path)


def test_table_without_a_column_says_which(tmp_path: Path) -> None:
    bac(tmp_path, ("a.mp4", "p"), columns="video,person")
    with pytest.raises(UserError, match="has no column bac_g_per_100ml"):
        find_videos("mix-bac", tmp_path)
