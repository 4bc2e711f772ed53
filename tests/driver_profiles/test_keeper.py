"""A driver who was here before starts with what was learned of him; what is learned is kept, where that is wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import pytest

from calibration.driver.profile import DriverProfile
from calibration.driver.profile_file import read_profile, write_profile
from edge_app.driver_profiles import keeper as keeper_room
from edge_app.driver_profiles.given_profile import GivenProfile
from edge_app.driver_profiles.keeper import ProfileKeeper
from edge_app.driver_profiles.open_keeper import open_keeper
from edge_app.driver_profiles.settings import DriverProfileSettings
from edge_app.driver_profiles.shelf import ProfileShelf
from edge_app.driver_state.signals import Signals, Unavailable
from edge_app.errors import UserError
from tests.driver_profiles.drivers import (
    CONSENT,
    FACE,
    RATE_HZ,
    TODAY,
    drive,
    face,
    profile,
    seen,
    settings_for,
)

LEARNED_S = 150.0  # in which an attentive driver becomes known
LAST_WEEK = TODAY - timedelta(days=7)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[], ProfileKeeper]:
    return lambda: ProfileKeeper(settings_for(tmp_path), lambda: TODAY)


def kept(folder: Path) -> dict[str, DriverProfile]:
    found = {file.name: read_profile(file)[0] for file in sorted(folder.iterdir())}
    return {name: each for name, each in found.items() if each is not None}


def absent(from_s: float, until_s: float) -> list[Signals]:
    frames = range(round((until_s - from_s) * RATE_HZ))
    return [Signals.without_face(from_s + frame / RATE_HZ, Unavailable.NO_FACE) for frame in frames]


def test_a_driver_who_becomes_known_is_kept_and_found_again(
    tmp_path: Path, opened: Callable[[], ProfileKeeper]
) -> None:
    first = opened()
    _, handed, states = drive(first, seen(LEARNED_S, FACE))
    first.close()
    assert handed == []
    assert states[-1].calibration.progress == 1.0
    (stored,) = kept(tmp_path).values()
    again = opened()
    _, handed, states = drive(again, seen(30.0, face(0.4), seed=1))
    again.close()
    assert handed == [stored]
    # Within half a minute, which is too short to learn anything.
    assert states[-1].calibration.progress == 1.0
    assert list(kept(tmp_path)) != [] and len(kept(tmp_path)) == 1


def test_the_same_driver_on_a_later_day_keeps_the_file_and_the_day_it_began(
    tmp_path: Path, opened: Callable[[], ProfileKeeper]
) -> None:
    write_profile(tmp_path / "driver-1.yaml", profile(last_used=LAST_WEEK, created=LAST_WEEK))
    keeper = opened()
    drive(keeper, seen(20.0, FACE))
    keeper.close()
    ((name, stored),) = kept(tmp_path).items()
    assert name == "driver-1.yaml"
    assert (stored.created, stored.last_used) == (LAST_WEEK.isoformat(), TODAY.isoformat())


def test_a_stranger_gets_no_profile_of_another(
    tmp_path: Path, opened: Callable[[], ProfileKeeper]
) -> None:
    write_profile(tmp_path / "driver-1.yaml", profile())
    keeper = opened()
    _, handed, _ = drive(keeper, seen(LEARNED_S, face(3.0)))
    keeper.close()
    assert handed == []
    assert len(kept(tmp_path)) == 2


def test_a_face_between_two_profiles_gets_neither(
    tmp_path: Path, opened: Callable[[], ProfileKeeper]
) -> None:
    write_profile(tmp_path / "driver-1.yaml", profile(face(0.5)))
    write_profile(tmp_path / "driver-2.yaml", profile(face(-0.5)))
    keeper = opened()
    _, handed, _ = drive(keeper, seen(20.0, FACE))
    keeper.close()
    assert handed == []


def test_the_next_driver_of_the_drive_is_looked_for_too(
    tmp_path: Path, opened: Callable[[], ProfileKeeper]
) -> None:
    hers, his = profile(FACE, opened=0.6), profile(face(4.0), opened=0.8)
    write_profile(tmp_path / "driver-1.yaml", hers)
    write_profile(tmp_path / "driver-2.yaml", his)
    keeper = opened()
    signals = chain(
        seen(40.0, FACE), absent(40.0, 50.0), seen(80.0, face(4.0), from_s=50.0, seed=2)
    )
    _, handed, states = drive(keeper, signals)
    keeper.close()
    assert states[-1].calibration.driver_number == 2
    assert [each.bare and each.bare.left.open for each in handed] == [0.6, 0.8]


def test_the_disk_is_never_waited_for_by_who_calls(
    tmp_path: Path, opened: Callable[[], ProfileKeeper], monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = opened()
    put, writers = ProfileShelf.put, set()
    monkeypatch.setattr(
        ProfileShelf,
        "put",
        lambda self, *a: (writers.add(threading.get_ident()), put(self, *a))[1],
    )
    monkeypatch.setattr(keeper_room, "_SAVE_EVERY_S", 1.0)
    drive(keeper, seen(LEARNED_S, FACE))
    keeper.close()
    assert writers and threading.get_ident() not in writers


def test_a_disk_that_refuses_costs_the_profile_alone(
    tmp_path: Path, opened: Callable[[], ProfileKeeper], caplog: pytest.LogCaptureFixture
) -> None:
    keeper = opened()
    tmp_path.rename(tmp_path.with_name("gone"))
    tmp_path.write_text("a file where the folder was")
    _, _, states = drive(keeper, seen(LEARNED_S, FACE))
    keeper.close()
    tmp_path.unlink()
    tmp_path.with_name("gone").rename(tmp_path)
    assert states[-1].calibration.progress == 1.0
    assert "cannot be kept" in caplog.text


def test_a_clock_from_before_the_consent_is_not_believed(tmp_path: Path) -> None:
    write_profile(tmp_path / "driver-1.yaml", profile(last_used=LAST_WEEK))
    for signals in (seen(20.0, FACE), seen(LEARNED_S, face(5.0))):
        keeper = ProfileKeeper(settings_for(tmp_path), lambda: date(1970, 1, 1))
        drive(keeper, signals)
        keeper.close()
    days = {stored.last_used for stored in kept(tmp_path).values()}
    assert days == {LAST_WEEK.isoformat(), CONSENT.given_on.isoformat()}


def test_nobody_keeps_anything_unless_it_is_enabled(tmp_path: Path) -> None:
    settings = DriverProfileSettings(folder=tmp_path / "kept", consent=CONSENT)
    assert open_keeper(settings) is None
    assert list(tmp_path.iterdir()) == []


def test_a_given_profile_is_handed_over_with_the_first_moment_and_nothing_is_kept(
    tmp_path: Path,
) -> None:
    file = tmp_path / "her.yaml"
    write_profile(file, profile(opened=0.6))
    given = GivenProfile(file)
    _, handed, states = drive(given, seen(3.0, face(5.0)))  # type: ignore[arg-type]
    given.close()
    assert handed == [profile(opened=0.6)]
    assert states[0].calibration.references.left.open == pytest.approx(0.6)
    assert [each.name for each in tmp_path.iterdir()] == ["her.yaml"]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n", b"kind: nothing", b"", b"x" * 100_000])
def test_a_given_file_that_is_no_profile_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "holiday.png"
    file.write_bytes(content)
    with pytest.raises(UserError) as refused:
        GivenProfile(file)
    assert str(file) in str(refused.value) and len(str(refused.value).splitlines()) == 1
    assert file.read_bytes() == content
