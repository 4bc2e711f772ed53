"""Running well and badly, as the loop's counts tell it; and what the program does about it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from edge_app.commanding.outcome import Outcome
from edge_app.commanding.refusal import RefusedError
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.settings import VigilSettings
from edge_app.telemetry.clock import Instant
from edge_app.updates.health_check import HealthCheck
from edge_app.updates.health_child import LONGEST_S
from edge_app.updates.keeper import TrialWatch
from edge_app.updates.part import Updates
from edge_app.updates.settings import TrialSettings
from edge_app.updates.slots import Slots
from edge_app.updates.trial import WINDOW_S, RunningSigns, TrialJudge, Verdict
from tests.bundle.bundles import packed, write_bundle
from tests.updates.fleet import Vehicle

SETTINGS = TrialSettings()
RATE_HZ = 30.0


class Drive:
    """A loop's counts, second by second."""

    def __init__(self) -> None:
        self.t_s, self.frames, self.failed = 1000.0, 0, 0
        self.camera_fault = self.slowed_by_heat = False

    def go(self, rate_hz: float = RATE_HZ, failing: float = 0.0) -> None:
        self.t_s += 1.0
        self.frames += round(rate_hz)
        self.failed += round(rate_hz * failing)

    def signs(self) -> RunningSigns:
        return RunningSigns(self.frames, self.failed, self.camera_fault, self.slowed_by_heat)

    def now(self) -> Instant:
        return Instant(self.t_s, self.t_s, synchronised=True)


def verdicts(drive: Drive, seconds: int, **going: float) -> set[Verdict]:
    judge = TrialJudge(SETTINGS, RATE_HZ)
    found = {judge.judge(drive.t_s, drive.signs())}
    for _ in range(seconds):
        drive.go(**going)
        found.add(judge.judge(drive.t_s, drive.signs()))
    return found


def test_full_rate_without_failures_is_running_well() -> None:
    assert Verdict.RUNS_WELL in verdicts(Drive(), 60)
    assert Verdict.RUNS_BADLY not in verdicts(Drive(), 600)


@pytest.mark.parametrize(
    "going",
    [{"rate_hz": 0.0}, {"failing": 0.2}, {"rate_hz": 0.7 * RATE_HZ}],
    ids=["loop stands", "perception fails", "too slow"],
)
def test_running_badly_is_told_after_the_time_that_is_set(going: dict[str, float]) -> None:
    until_s = SETTINGS.unhealthy_s
    assert Verdict.RUNS_BADLY not in verdicts(Drive(), int(until_s) - 1, **going)
    found = verdicts(Drive(), int(until_s + WINDOW_S), **going)
    assert Verdict.RUNS_BADLY in found
    assert Verdict.RUNS_WELL not in found


@pytest.mark.parametrize("excuse", ["camera_fault", "slowed_by_heat"])
def test_what_is_not_the_bundles_fault_counts_neither_way(excuse: str) -> None:
    drive = Drive()
    setattr(drive, excuse, True)
    assert verdicts(drive, 600, rate_hz=5.0) == {Verdict.NOTHING_NEW}


def test_one_bad_window_is_forgiven() -> None:
    drive, judge = Drive(), TrialJudge(SETTINGS, RATE_HZ)
    for second in range(300):
        drive.go(failing=0.5 if second % 30 < 10 else 0.0)
        assert judge.judge(drive.t_s, drive.signs()) is not Verdict.RUNS_BADLY


@pytest.fixture
def on_trial(tmp_path: Path) -> Slots:
    """`tiny 2.0.0` on trial above a good `tiny 1.0.0`."""
    slots = Slots(tmp_path / "vehicle", SETTINGS)
    for version in ("1.0.0", "2.0.0"):
        write_bundle(tmp_path / version, version=version)
        tar = packed(tmp_path / version).rename(tmp_path / f"{version}.tar")
        slots.fill(tar, f"tiny {version}", version * 8, lambda folder: None)
        slots.begin("boot-1")
        if version == "1.0.0":
            assert slots.note_good(SETTINGS.good_running_s, RATE_HZ)
    return slots


def watch(slots: Slots, drive: Drive, left: list[str], tmp_path: Path) -> TrialWatch:
    settings = Vehicle(tmp_path / "vehicle", "http://127.0.0.1:9", tmp_path / "r").settings
    return TrialWatch(settings, slots, drive.signs, left.append, drive.now)


def test_good_running_ends_the_trial_after_the_time_that_is_set(
    on_trial: Slots, tmp_path: Path
) -> None:
    drive, left = Drive(), list[str]()
    watching = watch(on_trial, drive, left, tmp_path)
    seconds = 0
    while on_trial.record.trial is not None:
        drive.go()
        assert watching.look()
        seconds += 1
        assert seconds < 2 * SETTINGS.good_running_s
    assert SETTINGS.good_running_s <= seconds <= SETTINGS.good_running_s + 2 * WINDOW_S
    assert on_trial.record.slot_b.state == "good" and left == []


def test_unhealthy_trial_goes_back_at_once(on_trial: Slots, tmp_path: Path) -> None:
    drive, left = Drive(), list[str]()
    watching = watch(on_trial, drive, left, tmp_path)
    for _ in range(int(SETTINGS.unhealthy_s + 2 * WINDOW_S)):
        drive.go(failing=1.0)
        if not watching.look():
            break
    assert len(left) == 1 and "perception fails" in left[0]
    assert on_trial.begin("boot-1") == on_trial.folder / "slot-a"


def test_good_bundle_is_not_left_for_a_bad_hour(on_trial: Slots, tmp_path: Path) -> None:
    on_trial.note_good(SETTINGS.good_running_s, RATE_HZ)
    drive, left = Drive(), list[str]()
    watching = watch(on_trial, drive, left, tmp_path)
    for _ in range(600):
        drive.go(failing=1.0)
        assert watching.look()
    assert left == [] and on_trial.record.current == "slot-b"


def updates(tmp_path: Path) -> Updates:
    own = Vehicle(tmp_path / "vehicle", "http://127.0.0.1:9", tmp_path / "no-root").settings
    return Updates(VigilSettings(updates=own))


def opened(settings: PerceptionSettings) -> str:
    """As `open_perception` does it, without the models."""
    if settings.model == "default":
        return "default"
    from edge_app.bundle.open import open_bundle

    bundle = open_bundle(settings.model)
    bundle.verify_all()
    return bundle.title


def test_bundle_that_cannot_be_opened_is_left_in_the_same_start(
    on_trial: Slots, tmp_path: Path
) -> None:
    (on_trial.folder / "slot-b" / "face-float32.tflite").write_bytes(b"rot")
    assert updates(tmp_path).open_perception(opened) == "tiny 1.0.0"
    (on_trial.folder / "slot-a" / "face-float32.tflite").write_bytes(b"rot")
    assert updates(tmp_path).open_perception(opened) == "default"
    assert updates(tmp_path).open_perception(opened) == "default"


def test_bundle_whose_opening_fails_as_nobody_foresaw_is_left_as_well(
    on_trial: Slots, tmp_path: Path
) -> None:
    """Also a good one: its program would come up for ever and never watch."""

    def failing(settings: PerceptionSettings) -> str:
        if "slot" in settings.model:
            raise RuntimeError
        return opened(settings)

    assert updates(tmp_path).open_perception(failing) == "default"
    assert [refused.why for refused in on_trial.record.refused] == [
        "it cannot be opened: RuntimeError"
    ] * 2


def test_bundle_that_does_not_run_for_the_disks_sake_earns_nothing(
    on_trial: Slots, tmp_path: Path
) -> None:
    def failing(settings: PerceptionSettings) -> str:
        if "slot" in settings.model:
            raise OSError(errno.EIO, "the card", settings.model)
        return opened(settings)

    parts = updates(tmp_path)
    assert parts.open_perception(failing) == "default"
    parts.start(
        lambda: RunningSigns(0, 0, camera_fault=False, slowed_by_heat=False), lambda _: None
    )
    parts.close()
    assert parts._watch is None
    assert on_trial.record.trial is not None
    assert on_trial.record.refused == ()


def test_good_bundle_is_used_though_the_disk_takes_nothing(
    on_trial: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_trial.note_good(SETTINGS.good_running_s, RATE_HZ)

    def full(folder: Path, record: object) -> None:
        raise OSError(errno.ENOSPC, "no space left", str(folder))

    monkeypatch.setattr("edge_app.updates.slots.write_record", full)
    assert on_trial.begin("boot-2") == on_trial.folder / "slot-b"


def test_folder_that_cannot_be_used_does_not_keep_the_program_from_watching(
    tmp_path: Path,
) -> None:
    (tmp_path / "vehicle").write_text("in the way")
    assert updates(tmp_path).open_perception(opened) == "default"


def test_perception_that_stands_still_on_trial_goes_back(on_trial: Slots, tmp_path: Path) -> None:
    updates(tmp_path).perception_stalled()
    assert on_trial.begin("boot-1") == on_trial.folder / "slot-a"


def test_command_is_accepted_and_its_end_is_told(tmp_path: Path) -> None:
    import threading

    told: list[Outcome] = []
    ended = threading.Event()

    def tell(outcome: Outcome) -> None:
        told.append(outcome)
        if outcome.status != "accepted":
            ended.set()

    assert updates(tmp_path).begin(None, tell).status == "accepted"
    assert ended.wait(10.0)
    assert told[-1].status == "failed"
    assert told[-1].reason in ("no_root", "clock_not_synchronised")


def test_command_is_refused_during_a_trial(on_trial: Slots, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="on trial"):
        updates(tmp_path).begin(None, lambda outcome: None)


def test_check_takes_a_sound_bundle_and_tells_why_it_refuses_others(tmp_path: Path) -> None:
    """In a real process, with models that really run."""
    write_bundle(tmp_path / "sound")
    check = HealthCheck(PerceptionSettings(), RATE_HZ)
    check(tmp_path / "sound")
    with pytest.raises(UserError, match="ms that"):
        HealthCheck(PerceptionSettings(), 1e9)(tmp_path / "sound")
    with pytest.raises(UserError, match="expression"):
        values = write_bundle(tmp_path / "plain")
        del values["heads"]["expression"], values["parts"]["expression"]
        values["expression_labels"] = []
        from tests.bundle.bundles import write_manifest

        write_manifest(tmp_path / "plain", values)
        HealthCheck(PerceptionSettings(expression=True), RATE_HZ)(tmp_path / "plain")


def test_check_that_dies_is_told_and_this_process_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    killer = tmp_path / "killer"
    killer.write_text("#!/bin/sh\nkill -9 $$\n")
    killer.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(killer))
    with pytest.raises(UserError, match="was killed by signal 9"):
        HealthCheck(PerceptionSettings(), RATE_HZ)(tmp_path)


def test_check_gives_way_to_the_watch_and_outlives_nobody_for_long() -> None:
    """The service itself is kept from the kernel's choice of what to end: the check must not be."""
    import subprocess
    import sys

    program = (
        "import os, signal, sys\n"
        "from edge_app.updates import health_child\n"
        "def tell(*_):\n"
        "    score = open('/proc/self/oom_score_adj').read().strip()\n"
        "    print(os.nice(0), score, signal.alarm(0))\n"
        "    sys.exit()\n"
        "health_child.open_bundle = tell\n"
        "health_child.main([sys.argv[1]])\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, PerceptionSettings().model_dump_json()],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert told[:2] == ["19", "1000"]
    assert 0 < int(told[2]) <= LONGEST_S


def test_start_of_the_program_does_not_wait_for_tuf() -> None:
    import subprocess
    import sys

    code = "import sys, edge_app.updates.part; assert not {'tuf', 'urllib3', 'cryptography'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
