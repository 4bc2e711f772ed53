"""A folder is whole or not there; what was there before stays until then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_app.errors import UserError
from model_compression.export.finished_folder import finished_folder

MARK = "marked.yaml"


def test_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "new"
    with finished_folder(place, replace=False, owned_by=MARK) as folder:
        (folder / MARK).write_text("whole")
        assert not place.exists()
    assert (place / MARK).read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_error_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "old"
    place.mkdir()
    (place / MARK).write_text("before")
    with (
        pytest.raises(RuntimeError),
        finished_folder(place, replace=True, owned_by=MARK) as folder,
    ):
        (folder / MARK).write_text("after")
        raise RuntimeError
    assert (place / MARK).read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_folder_is_replaced_only_when_asked(tmp_path: Path) -> None:
    place = tmp_path / "old"
    place.mkdir()
    (place / MARK).write_text("before")
    with (
        pytest.raises(UserError, match="already there"),
        finished_folder(place, replace=False, owned_by=MARK),
    ):
        pass
    with finished_folder(place, replace=True, owned_by=MARK) as folder:
        (folder / MARK).write_text("after")
    assert (place / MARK).read_text() == "after"


def test_folder_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with (
        pytest.raises(UserError, match=f"holds no {MARK}"),
        finished_folder(tmp_path, replace=True, owned_by=MARK),
    ):
        pass
    assert (tmp_path / "letters.txt").is_file()


@pytest.mark.parametrize("there", [False, True], ids=["new", "replaced"])
def test_disk_that_fails_at_the_last_step_is_one_sentence_and_the_old_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    place = tmp_path / "old"
    if there:
        place.mkdir()
        (place / MARK).write_text("before")
    rename = os.rename

    def full_for_the_new(source: Path, target: Path) -> None:
        if ".unfinished-" in str(source):
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "rename", full_for_the_new)
    with (
        pytest.raises(UserError, match=r"old: could not be finished \(No space left") as caught,
        finished_folder(place, replace=there, owned_by=MARK) as folder,
    ):
        (folder / MARK).write_text("after")
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == (["old"] if there else [])
    assert not there or (place / MARK).read_text() == "before"


def test_place_taken_meanwhile_is_one_sentence(tmp_path: Path) -> None:
    place = tmp_path / "new"
    with (
        pytest.raises(UserError, match="could not be finished"),
        finished_folder(place, replace=False, owned_by=MARK),
    ):
        place.mkdir()
        (place / "other.txt").write_text("another run's")
    assert (place / "other.txt").is_file()


def test_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match=r"file\.txt: No such file"),
        finished_folder(tmp_path / "new", replace=False, owned_by=MARK) as folder,
    ):
        (folder / "missing" / "file.txt").write_text("lost")
