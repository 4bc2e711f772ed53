"""Two slots, one in use: whole after a kill at any step, left when it does badly, good when it does well."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.bundle.open import open_bundle
from edge_app.updates.failures import UpdateError, Why
from edge_app.updates.settings import TrialSettings
from edge_app.updates.slots import Slots
from edge_app.updates.slots_file import SLOTS_FILE
from tests.bundle.bundles import packed, write_bundle

KILLED = 9


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(tmp_path / "slots", TrialSettings())


@pytest.fixture(scope="module")
def packed_bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("packed")
    found = {}
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        write_bundle(place / version, version=version)
        found[version] = packed(place / version).rename(place / f"tiny-{version}.tar")
    return found


def fit(folder: Path) -> None:
    open_bundle(folder).verify_all()


def fill(slots: Slots, packed_bundles: dict[str, Path], version: str) -> None:
    slots.fill(packed_bundles[version], f"tiny {version}", version * 8, fit)


def started(slots: Slots, boot: str = "boot-1") -> str:
    folder = slots.begin(boot)
    return "" if folder is None else open_bundle(folder).title


def prove(slots: Slots) -> None:
    assert slots.note_good(TrialSettings().good_running_s, 30.0)


@pytest.fixture
def proven(slots: Slots, packed_bundles: dict[str, Path]) -> Slots:
    fill(slots, packed_bundles, "1.0.0")
    assert started(slots) == "tiny 1.0.0"
    prove(slots)
    slots.end_in_order()
    return slots


def killed_at(step: int, folder: Path, work: Callable[[], None]) -> bool:
    """Do `work` in a child that is killed at its `step`th change in `folder`; False where it ends before.

    Where that is a file opened for writing, it is killed just after: empty, not yet written.
    """
    pid = os.fork()
    if pid == 0:
        done = 0

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal done
            writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
            if not writes and event not in (
                *("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"),
            ):
                return
            if str(folder) in str(arguments[0]) or event == "os.remove":
                done += 1
                if done == step:
                    if event == "open":
                        os.open(str(arguments[0]), int(str(arguments[2])) & ~os.O_EXCL, 0o644)
                    os._exit(KILLED)

        code = 1
        try:
            sys.addaudithook(count)
            work()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, KILLED)
    return code == KILLED


def test_kill_at_any_step_of_filling_leaves_the_bundle_in_use_whole(
    proven: Slots, packed_bundles: dict[str, Path]
) -> None:
    step = 1
    while killed_at(step, proven.folder, lambda: fill(proven, packed_bundles, "2.0.0")):
        assert started(proven) in ("tiny 1.0.0", "tiny 2.0.0")
        if started(proven) == "tiny 2.0.0":  # it was ready before the last step
            break
        fit(proven.folder / "slot-a")
        step += 1
    assert step > 12, "fewer steps than there are files: the kills were not where they should be"
    if started(proven) == "tiny 1.0.0":
        fill(proven, packed_bundles, "2.0.0")
    assert started(proven) == "tiny 2.0.0"


def test_kill_at_any_step_of_switching_leaves_a_whole_bundle_in_use(
    proven: Slots, packed_bundles: dict[str, Path]
) -> None:
    fill(proven, packed_bundles, "2.0.0")
    before = (proven.folder / SLOTS_FILE).read_bytes()
    step = 1
    while killed_at(step, proven.folder, lambda: proven.begin("boot-1") and None):
        assert started(proven, "boot-2") == "tiny 2.0.0"
        (proven.folder / SLOTS_FILE).write_bytes(before)
        step += 1
    assert step > 2


@pytest.mark.parametrize("verb", ["leave", "note_good"])
def test_kill_at_any_step_of_a_verdict_leaves_a_whole_bundle_in_use(
    proven: Slots, packed_bundles: dict[str, Path], verb: str
) -> None:
    fill(proven, packed_bundles, "2.0.0")
    started(proven)
    before = (proven.folder / SLOTS_FILE).read_bytes()

    def work() -> None:
        if verb == "leave":
            proven.leave("for a test")
        else:
            prove(proven)

    step = 1
    while killed_at(step, proven.folder, work):
        assert started(proven, "boot-2") in ("tiny 1.0.0", "tiny 2.0.0")
        (proven.folder / SLOTS_FILE).write_bytes(before)
        step += 1
    assert step > 2


def test_good_running_makes_it_good_over_several_drives(
    proven: Slots, packed_bundles: dict[str, Path]
) -> None:
    fill(proven, packed_bundles, "2.0.0")
    for drive in range(9):
        assert started(proven, f"boot-{drive}") == "tiny 2.0.0"
        assert not proven.note_good(60.0, 30.0)  # and the ignition cuts the power
    started(proven, "boot-9")
    assert proven.note_good(60.0, 30.0)
    assert proven.record.slot_b.state == "good"


def test_two_crashes_before_it_is_good_go_back(
    proven: Slots, packed_bundles: dict[str, Path]
) -> None:
    fill(proven, packed_bundles, "2.0.0")
    assert started(proven) == "tiny 2.0.0"
    assert started(proven) == "tiny 2.0.0"
    assert started(proven) == "tiny 1.0.0"
    assert proven.record.slot_b.state == "bad"


def test_crash_counts_even_after_a_good_minute(
    proven: Slots, packed_bundles: dict[str, Path]
) -> None:
    """Else a bundle that dies every two minutes would gather its good running."""
    fill(proven, packed_bundles, "2.0.0")
    for _ in range(2):
        assert started(proven) == "tiny 2.0.0"
        proven.note_good(60.0, 30.0)
    assert started(proven) == "tiny 1.0.0"


def test_machine_that_dies_in_the_first_minute_counts_as_a_crash(
    proven: Slots, packed_bundles: dict[str, Path]
) -> None:
    fill(proven, packed_bundles, "2.0.0")
    assert started(proven, "boot-2") == "tiny 2.0.0"
    assert started(proven, "boot-3") == "tiny 2.0.0"
    assert started(proven, "boot-4") == "tiny 1.0.0"


def test_orderly_ends_are_no_crashes(proven: Slots, packed_bundles: dict[str, Path]) -> None:
    fill(proven, packed_bundles, "2.0.0")
    for _ in range(5):
        assert started(proven) == "tiny 2.0.0"
        proven.end_in_order()


def test_what_was_left_is_never_tried_again(proven: Slots, packed_bundles: dict[str, Path]) -> None:
    fill(proven, packed_bundles, "2.0.0")
    started(proven)
    assert proven.leave("perception fails")
    assert started(proven) == "tiny 1.0.0"
    with pytest.raises(UpdateError, match="perception fails") as caught:
        fill(proven, packed_bundles, "2.0.0")
    assert caught.value.why is Why.KNOWN_BAD
    fill(proven, packed_bundles, "3.0.0")
    assert started(proven) == "tiny 3.0.0"


def test_first_bundle_ever_is_left_for_the_one_that_the_settings_name(
    slots: Slots, packed_bundles: dict[str, Path]
) -> None:
    fill(slots, packed_bundles, "1.0.0")
    started(slots)
    slots.leave("for a test")
    assert started(slots) == ""


def test_bundle_to_go_back_to_is_not_overwritten_during_a_trial(
    proven: Slots, packed_bundles: dict[str, Path]
) -> None:
    fill(proven, packed_bundles, "2.0.0")
    started(proven)
    with pytest.raises(UpdateError) as caught:
        fill(proven, packed_bundles, "3.0.0")
    assert caught.value.why is Why.BUSY
    fit(proven.folder / "slot-a")


def test_slots_take_turns(slots: Slots, packed_bundles: dict[str, Path]) -> None:
    for version, slot in (("1.0.0", "slot-a"), ("2.0.0", "slot-b"), ("3.0.0", "slot-a")):
        fill(slots, packed_bundles, version)
        assert slots.begin("boot-1") == slots.folder / slot
        prove(slots)
    slots.fill(packed_bundles["1.0.0"], "tiny 1.0.0", "again", fit)
    assert slots.record.following == "slot-b"
    fit(slots.folder / "slot-a")


def test_newer_bundle_replaces_one_that_was_not_started_yet(
    proven: Slots, packed_bundles: dict[str, Path]
) -> None:
    fill(proven, packed_bundles, "2.0.0")
    fill(proven, packed_bundles, "3.0.0")
    assert started(proven) == "tiny 3.0.0"


def test_damaged_record_falls_back_to_what_the_settings_name(proven: Slots) -> None:
    (proven.folder / SLOTS_FILE).write_text('{"current": ')
    assert started(proven) == ""
    assert (proven.folder / "slots.corrupt").exists()


def test_two_updates_at_once_are_told_apart(proven: Slots, packed_bundles: dict[str, Path]) -> None:
    def meanwhile(folder: Path) -> None:
        with pytest.raises(UpdateError) as caught:
            fill(Slots(proven.folder, TrialSettings()), packed_bundles, "3.0.0")
        assert caught.value.why is Why.BUSY

    proven.fill(packed_bundles["2.0.0"], "tiny 2.0.0", "2" * 64, meanwhile)
    assert started(proven) == "tiny 2.0.0"


def test_bundle_that_another_version_of_vigil_could_not_use_is_tried_again(
    proven: Slots, packed_bundles: dict[str, Path]
) -> None:
    from edge_app.errors import UserError

    def unfit(folder: Path) -> None:
        raise UserError("update Vigil.")

    with pytest.raises(UpdateError):
        proven.fill(packed_bundles["2.0.0"], "tiny 2.0.0", "2" * 64, unfit)
    with pytest.raises(UpdateError):
        proven.require_new("2" * 64)
    path = proven.folder / SLOTS_FILE
    values = json.loads(path.read_text())
    values["refused"][0]["program"] = "0.0.1"
    path.write_text(json.dumps(values))
    proven.require_new("2" * 64)
