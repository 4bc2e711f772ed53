"""The folder: whole files, closed to others, within bytes and days whatever the clock says."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from edge_app.errors import UserError
from edge_app.stills.header import Header
from edge_app.stills.settings import DriverNoticeSettings, EventStillsSettings
from edge_app.stills.shelf import StillShelf
from edge_app.telemetry.clock import Instant

DAY_S = 86_400.0
TRUE_S = datetime(2026, 12, 1, tzinfo=timezone.utc).timestamp()
Make = Callable[..., EventStillsSettings]


@dataclass
class Machine:
    """True time goes on; the wall clock may be off by `wrong_s`, and monotonic time begins anew with each boot."""

    true_s: float = TRUE_S
    booted_s: float = TRUE_S
    wrong_s: float = 0.0
    synchronised: bool = True

    def now(self) -> Instant:
        return Instant(self.true_s - self.booted_s, self.true_s + self.wrong_s, self.synchronised)

    def reboot(self, *, after_s: float, synchronised: bool = True, wrong_s: float = 0.0) -> None:
        self.true_s += after_s
        self.booted_s = self.true_s
        self.synchronised, self.wrong_s = synchronised, wrong_s


def put(shelf: StillShelf, machine: Machine, number: int = 0, size_bytes: int = 2000) -> str:
    name = f"{number:032x}"
    dated_s = shelf.dating.not_later_than(machine.now())
    sealed = Header(b"12345678", name, int(dated_s)).encoded()
    shelf.put(name, sealed.ljust(size_bytes, b"x"), dated_s, machine.now())
    return name


def names(shelf: StillShelf) -> list[str]:
    on_disk = sorted(file.stem for file in shelf.folder.glob("*.still"))
    assert on_disk == sorted(still.name for still in shelf.oldest_first())
    return on_disk


def test_files_and_folder_are_closed_to_others(make_stills: Make) -> None:
    machine = Machine()
    umask = os.umask(0)
    try:
        shelf = StillShelf(make_stills(), machine.now())
        name = put(shelf, machine)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(shelf.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((shelf.folder / f"{name}.still").stat().st_mode) == 0o600


def test_a_folder_of_others_is_refused_and_left_as_it_is(make_stills: Make, tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    (folder / "letter.txt").write_text("hello")
    with pytest.raises(UserError, match=r"letter\.txt"):
        StillShelf(make_stills(folder=folder), Machine().now())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_the_oldest_go_when_there_are_too_many_bytes(make_stills: Make) -> None:
    machine = Machine()
    shelf = StillShelf(make_stills(most_bytes=200_000), machine.now())
    for number in range(5):
        put(shelf, machine, number, 60_000)
        machine.true_s += 60
    assert names(shelf) == [f"{number:032x}" for number in (2, 3, 4)]
    assert shelf.total_bytes <= 200_000


def test_a_still_goes_after_its_days_in_one_drive(make_stills: Make) -> None:
    machine = Machine()
    shelf = StillShelf(make_stills(keep_days=2), machine.now())
    name = put(shelf, machine)
    machine.true_s += 2 * DAY_S - 1
    shelf.clear(machine.now())
    assert names(shelf) == [name]
    machine.true_s += 2
    shelf.clear(machine.now())
    assert names(shelf) == []


def test_a_wall_clock_that_jumps_moves_no_still_of_this_drive(make_stills: Make) -> None:
    machine = Machine()
    shelf = StillShelf(make_stills(keep_days=2), machine.now())
    name = put(shelf, machine)
    for wrong_s in (-400 * DAY_S, 400 * DAY_S):
        machine.wrong_s = wrong_s
        shelf.clear(machine.now())
        assert names(shelf) == [name]


@pytest.mark.parametrize("off_days", [0.5, 1.9, 2.1, 300.0])
def test_days_without_power_count(make_stills: Make, off_days: float) -> None:
    machine = Machine()
    settings = make_stills(keep_days=2)
    name = put(StillShelf(settings, machine.now()), machine)
    machine.reboot(after_s=off_days * DAY_S)
    assert names(StillShelf(settings, machine.now())) == ([name] if off_days < 2 else [])


def test_without_the_time_a_still_of_an_earlier_drive_waits_a_quarter_of_an_hour_unsent(
    make_stills: Make,
) -> None:
    machine = Machine()
    settings = make_stills()
    name = put(StillShelf(settings, machine.now()), machine)
    machine.reboot(after_s=300, synchronised=False, wrong_s=-10 * DAY_S)
    shelf = StillShelf(settings, machine.now())
    assert names(shelf) == [name]
    assert shelf.sendable() == []
    machine.true_s += 899
    shelf.clear(machine.now())
    assert names(shelf) == [name]
    machine.true_s += 2
    shelf.clear(machine.now())
    assert names(shelf) == []


def test_the_time_comes_in_time_and_the_still_stays(make_stills: Make) -> None:
    machine = Machine()
    settings = make_stills()
    name = put(StillShelf(settings, machine.now()), machine)
    machine.reboot(after_s=300, synchronised=False, wrong_s=-10 * DAY_S)
    shelf = StillShelf(settings, machine.now())
    machine.true_s += 60
    machine.synchronised, machine.wrong_s = True, 0.0
    shelf.clear(machine.now())
    machine.true_s += 3600
    shelf.clear(machine.now())
    assert names(shelf) == [name]
    assert [still.name for still in shelf.sendable()] == [name]


@pytest.mark.parametrize("wrong_days", [-4000.0, -3.0, 3.0, 4000.0])
@pytest.mark.parametrize("off_days", [0.1, 1.5, 1.99, 2.01, 5.0])
def test_taken_under_a_wrong_clock_it_is_kept_shorter_never_longer(
    make_stills: Make, wrong_days: float, off_days: float
) -> None:
    machine = Machine()
    settings = make_stills(keep_days=2)
    StillShelf(settings, machine.now())  # the time was known once
    machine.reboot(after_s=DAY_S, synchronised=False, wrong_s=wrong_days * DAY_S)
    name = put(StillShelf(settings, machine.now()), machine)
    machine.reboot(after_s=off_days * DAY_S)
    kept = names(StillShelf(settings, machine.now()))
    assert kept in ([], [name])
    if off_days > 2:
        assert kept == []
    if off_days + 1 < 2:  # even counted from when the time was known last
        assert kept == [name]


def test_dated_by_a_clock_that_was_ahead_it_goes_once_the_time_is_known(make_stills: Make) -> None:
    machine = Machine(wrong_s=30 * DAY_S)  # synchronised, to a wrong source
    settings = make_stills()
    put(StillShelf(settings, machine.now()), machine)
    machine.reboot(after_s=60)
    assert names(StillShelf(settings, machine.now())) == []


def test_power_cut_while_writing_leaves_no_half_still(make_stills: Make) -> None:
    machine = Machine()
    settings = make_stills()
    name = put(StillShelf(settings, machine.now()), machine)
    (settings.folder / f".{'b' * 32}.new").write_bytes(b"vigil-still\x01 half")
    (settings.folder / f"{'c' * 32}.still").write_bytes(b"torn")
    shelf = StillShelf(settings, machine.now())
    assert names(shelf) == [name]
    assert {file.name for file in settings.folder.iterdir()} == {f"{name}.still", "clock"}


def test_killed_between_write_and_rename_the_next_start_has_the_older_ones_only(
    make_stills: Make, tmp_path: Path
) -> None:
    settings = make_stills()
    machine = Machine()
    put(StillShelf(settings, machine.now()), machine, 1)
    child = """
import os, sys
from pathlib import Path
from tests.stills.test_shelf import Machine, put
from edge_app.stills.settings import EventStillsSettings
from edge_app.stills.shelf import StillShelf
settings = EventStillsSettings.model_validate_json(sys.stdin.read())
machine = Machine()
shelf = StillShelf(settings, machine.now())
Path.replace = lambda self, target: os._exit(9)
put(shelf, machine, 2)
"""
    ended = subprocess.run(
        [sys.executable, "-c", child], input=settings.model_dump_json(), text=True, check=False
    )
    assert ended.returncode == 9
    assert len(list(settings.folder.glob(".*.new"))) == 1
    assert names(StillShelf(settings, machine.now())) == [f"{1:032x}"]
    assert not list(settings.folder.glob(".*.new"))


def test_a_full_disk_costs_the_still_alone_and_leaves_nothing_half(make_stills: Make) -> None:
    child = """
import resource, signal, sys
from tests.stills.test_shelf import Machine, put
from edge_app.stills.settings import EventStillsSettings
from edge_app.stills.shelf import StillShelf
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
machine = Machine()
shelf = StillShelf(EventStillsSettings.model_validate_json(sys.stdin.read()), machine.now())
put(shelf, machine, 1, 2000)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    put(shelf, machine, 2, 20_000)
except OSError:
    put(shelf, machine, 3, 2000)
    sys.exit(7)
"""
    settings = make_stills()
    ended = subprocess.run(
        [sys.executable, "-c", child], input=settings.model_dump_json(), text=True, check=False
    )
    assert ended.returncode == 7
    left = {file.name for file in settings.folder.iterdir()}
    assert left == {f"{1:032x}.still", f"{3:032x}.still", "clock"}


@pytest.mark.parametrize("ever_trusted", [True, False])
def test_notice_of_a_wrong_year_deletes_nothing_where_the_clock_is_not_known(
    make_stills: Make, ever_trusted: bool
) -> None:
    machine = Machine(synchronised=ever_trusted)
    kept = put(StillShelf(make_stills(), machine.now()), machine)
    machine.reboot(after_s=3600.0, synchronised=False)
    later = DriverNoticeSettings(given_on=date(2027, 11, 2), by="works council, paper 7")
    shelf = StillShelf(make_stills(driver_notice=later), machine.now())
    assert names(shelf) == [kept]


def test_what_is_deleted_as_too_old_is_logged(
    make_stills: Make, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine()
    settings = make_stills()
    put(StillShelf(settings, machine.now()), machine)
    machine.reboot(after_s=settings.keep_days * DAY_S + 60.0)
    with caplog.at_level("INFO"):
        assert names(StillShelf(settings, machine.now())) == []
    assert "1 are deleted, too old" in caplog.text
