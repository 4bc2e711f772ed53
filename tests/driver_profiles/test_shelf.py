"""The folder keeps no profile for longer than it may, and no more than it may; nobody else can read it."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.driver.profile_file import write_profile
from edge_app.driver_profiles.shelf import ProfileShelf
from edge_app.errors import UserError
from tests.driver_profiles.drivers import TODAY, profile, settings_for

KEPT_DAYS = 30


class Calendar:
    """A day that a test turns."""

    def __init__(self) -> None:
        self.today = TODAY

    def __call__(self) -> date:
        return self.today


def shelf_at(folder: Path, calendar: Calendar | None = None, most: int = 3) -> ProfileShelf:
    given = settings_for(folder, retention_days=KEPT_DAYS, max_profiles=most)
    return ProfileShelf(given, calendar or Calendar())


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_what_was_put_is_there_after_a_restart(tmp_path: Path) -> None:
    shelf = shelf_at(tmp_path / "kept")
    key = shelf.new_key()
    shelf.put(key, profile(opened=0.71))
    assert dict(shelf_at(tmp_path / "kept").profiles) == {key: profile(opened=0.71)}


def test_folder_and_files_are_this_users_alone(tmp_path: Path) -> None:
    shelf = shelf_at(tmp_path / "kept")
    shelf.put("driver-1", profile())
    modes = {path.stat().st_mode & 0o077 for path in (shelf.folder, *shelf.folder.iterdir())}
    assert modes == {0}


def test_a_profile_that_was_not_used_for_too_long_is_deleted_at_the_start(tmp_path: Path) -> None:
    write_profile(tmp_path / "driver-old.yaml", profile(last_used=ago(KEPT_DAYS + 1)))
    write_profile(tmp_path / "driver-new.yaml", profile(last_used=ago(KEPT_DAYS)))
    assert set(shelf_at(tmp_path).profiles) == {"driver-new"}
    assert [file.name for file in tmp_path.iterdir()] == ["driver-new.yaml"]


def test_a_profile_grows_too_old_while_the_program_runs(tmp_path: Path) -> None:
    calendar = Calendar()
    shelf = shelf_at(tmp_path, calendar)
    shelf.put("driver-1", profile())
    calendar.today = TODAY + timedelta(days=KEPT_DAYS + 1)
    shelf.clear()
    assert not shelf.profiles and not list(tmp_path.iterdir())


def test_the_least_used_goes_when_there_are_too_many(tmp_path: Path) -> None:
    shelf = shelf_at(tmp_path, most=2)
    for name, days in (("driver-a", 3), ("driver-b", 9), ("driver-c", 1)):
        shelf.put(name, profile(last_used=ago(days)))
    assert set(shelf.profiles) == {"driver-a", "driver-c"}
    assert {file.name for file in tmp_path.iterdir()} == {"driver-a.yaml", "driver-c.yaml"}


def test_a_damaged_profile_is_set_aside_and_goes_as_profiles_do(tmp_path: Path) -> None:
    (tmp_path / "driver-1.yaml").write_text("kind: [driver")
    assert not shelf_at(tmp_path).profiles
    (aside,) = tmp_path.iterdir()
    assert aside.name != "driver-1.yaml"
    long_ago = datetime.combine(ago(KEPT_DAYS + 2), datetime.min.time(), timezone.utc).timestamp()
    os.utime(aside, (long_ago, long_ago))
    shelf_at(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_deletion_that_failed_is_tried_again_on_the_same_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar = Calendar()
    shelf = shelf_at(tmp_path, calendar)
    shelf.put("driver-1", profile())
    calendar.today = TODAY + timedelta(days=KEPT_DAYS + 1)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    with monkeypatch.context() as refusing:
        refusing.setattr(Path, "unlink", refuse)
        with pytest.raises(PermissionError):
            shelf.clear()
    shelf.clear()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["README.txt", "driver-notes.txt", "driver-unit.yaml"])
def test_other_files_of_the_folder_stay(tmp_path: Path, name: str) -> None:
    note = tmp_path / name
    note.write_text("camera: {source: v4l2:0}")
    os.utime(note, (0, 0))
    assert not shelf_at(tmp_path).profiles
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"driver_profiles\.folder") as refused:
        shelf_at(tmp_path / "file" / "kept")
    assert len(str(refused.value).splitlines()) == 1


@settings(max_examples=30, deadline=None)
@given(days=st.lists(st.integers(0, 60), max_size=8), most=st.integers(1, 4))
def test_neither_limit_is_ever_passed(
    tmp_path_factory: pytest.TempPathFactory, days: list[int], most: int
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    for number, old in enumerate(days):
        write_profile(folder / f"driver-{number}.yaml", profile(last_used=ago(old)))
    shelf = shelf_at(folder, most=most)
    young = sorted(old for old in days if old <= KEPT_DAYS)
    kept = sorted((TODAY - date.fromisoformat(p.last_used)).days for p in shelf.profiles.values())
    assert kept == young[:most]
    assert len(list(folder.iterdir())) == len(kept)
