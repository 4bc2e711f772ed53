"""The file of a driver: what was written is read again, and what no driver has is set aside."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.driver.profile import DriverProfile, ProfileError
from calibration.driver.profile_file import (
    ProfileFileError,
    profile_of_text,
    profile_text,
    read_profile,
    write_profile,
)
from calibration.driver.references import BlinkReference, DriverReferences, EyeReference

PROFILE = DriverProfile(
    created="2026-11-01",
    last_used="2026-11-30",
    bare=DriverReferences(
        left=EyeReference(0.58, 0.19, -0.02, 0.21),
        right=EyeReference(0.56, 0.2, 0.0, 0.18),
        mouth_resting=0.04,
        forward_yaw_rad=0.1,
        forward_pitch_rad=-0.05,
        blinks=BlinkReference(80, 0.9, 0.08, 0.18, 0.03, 9.0, 1.5),
    ),
    geometry=(0.43, -0.02, 2.1),
    geometry_spreads=(0.01, 0.005, 0.03),
)


def test_profile_that_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "drivers" / "one.yaml"
    write_profile(path, PROFILE)
    assert read_profile(path) == (PROFILE, None)
    assert path.stat().st_mode & 0o077 == 0  # nobody else's business
    assert [file.name for file in path.parent.iterdir()] == ["one.yaml"]


def test_only_with_glasses_is_a_profile_too() -> None:
    worn = replace(PROFILE, bare=None, with_glasses=PROFILE.bare, geometry=None)
    read = profile_of_text(profile_text(worn))
    assert (read.bare, read.with_glasses, read.geometry) == (None, PROFILE.bare, None)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("open: 0.58", "open: 5.8", "which no driver has"),
        ("open: 0.58", "open: .nan", "which no driver has"),
        ("open: 0.58", "open: wide", "no number"),
        ("closed: 0.19", "closed: 0.41", "too close"),
        ("duration_mean_s: 0.18", "duration_mean_s: 18", "which no driver has"),
        ("version: 1", "version: x", "no known version"),
        ("created: '2026-11-01'", "created: 7", "no date"),
        ("  - 0.03\n", "", "not a spread for each ratio"),
        ("complete: true", "", "ends early"),
    ],
)
def test_numbers_that_no_driver_has_are_set_aside(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    path = tmp_path / "one.yaml"
    text = profile_text(PROFILE)
    assert old in text
    damaged = text.replace(old, new, 1)
    path.write_text(damaged, encoding="utf-8")
    profile, sentence = read_profile(path)
    assert profile is None
    assert sentence is not None and what in sentence and "one.yaml.corrupt-1" in sentence
    assert not path.exists()
    assert (tmp_path / "one.yaml.corrupt-1").read_text(encoding="utf-8") == damaged


def test_second_damaged_file_does_not_take_the_place_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    for content in ("first: [", "\0second"):
        path.write_text(content, encoding="utf-8")
        read_profile(path)
    kept = [(tmp_path / f"one.yaml.corrupt-{n}").read_text(encoding="utf-8") for n in (1, 2)]
    assert kept == ["first: [", "\0second"]


@pytest.mark.parametrize(
    "content",
    [
        "camera:\n  source: v4l2:0\n",
        "just words",
        profile_text(PROFILE).replace("kind: driver", "kind: lens"),
    ],
)
def test_healthy_file_of_another_kind_is_refused_and_left_alone(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "driver-1.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ProfileFileError, match="holds no driver"):
        read_profile(path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(path.name, content)]


def test_newer_version_is_not_damaged(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(profile_text(PROFILE).replace("version: 1", "version: 2"), encoding="utf-8")
    with pytest.raises(ProfileFileError, match="newer Vigil"):
        read_profile(path)
    assert path.exists()


def test_missing_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProfileFileError, match="there is no such driver profile"):
        read_profile(tmp_path / "nobody.yaml")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    write_profile(path, PROFILE)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OSError, match="ermission"):
            write_profile(path, replace(PROFILE, last_used="later"))
    finally:
        tmp_path.chmod(0o700)
    assert read_profile(path) == (PROFILE, None)


@given(text=st.text(max_size=200))
def test_any_text_is_a_profile_or_a_profile_error(text: str) -> None:
    with suppress(ProfileError):
        assert isinstance(profile_of_text(text), DriverProfile)


@given(cut=st.integers(0, 900))
def test_torn_file_is_never_half_believed(cut: int) -> None:
    whole = profile_text(PROFILE)
    try:
        read = profile_of_text(whole[:cut])
    except ProfileError:
        return
    assert read.bare == PROFILE.bare
