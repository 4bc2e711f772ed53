"""A bundle on trial in the real program: good after good running, left after two crashes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from edge_app.bundle.open import BUILT_IN_FOLDER
from edge_app.updates.settings import TrialSettings
from edge_app.updates.slots import Slots
from edge_app.updates.slots_file import SlotsRecord
from tests.bundle.bundles import packed

GOOD_S = 3.0
PATIENCE_S = 60.0


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    """The built-in models under another name, ready for the next start."""
    folder = tmp_path / "mine"
    shutil.copytree(BUILT_IN_FOLDER, folder)
    manifest = folder / "bundle.yaml"
    manifest.write_text(manifest.read_text().replace("name: default", "name: mine", 1))
    slots = Slots(tmp_path / "slots", TrialSettings(good_running_s=GOOD_S))
    slots.fill(packed(folder), "mine", "f" * 64, lambda place: None)
    return slots


def started(slots: Slots, *more: str) -> subprocess.Popen[bytes]:
    (slots.folder / "root.json").write_text("{}")
    words = {
        "updates.enabled": "true",
        "updates.metadata_url": "http://127.0.0.1:9/",
        "updates.targets_url": "http://127.0.0.1:9/",
        "updates.root_file": slots.folder / "root.json",
        "updates.slots_folder": slots.folder,
        "updates.trial.good_running_s": GOOD_S,
    }
    sets = [word for key, value in words.items() for word in ("--set", f"{key}={value}")]
    command = [sys.executable, "-m", "edge_app.commands.main", "run", "--source", "sim:attentive"]
    state = slots.folder.parent / "state"
    return subprocess.Popen(
        [*command, "--quiet", *sets, *more],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": str(state), "XDG_CACHE_HOME": str(state)},
    )


def waited(slots: Slots, until: Callable[[SlotsRecord], bool]) -> None:
    for _ in range(int(PATIENCE_S / 0.1)):
        if until(slots.record):
            return
        time.sleep(0.1)
    raise AssertionError(slots.record)


def failed_starts_are(number: int, record: SlotsRecord) -> bool:
    return record.trial is not None and record.trial.failed_starts == number


@pytest.mark.slow
def test_bundle_on_trial_becomes_good_by_watching(slots: Slots) -> None:
    with started(slots) as process:
        waited(slots, lambda record: record.slot_a.state == "good")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert slots.record.current == "slot-a"


@pytest.mark.slow
def test_bundle_whose_program_is_killed_twice_is_left(slots: Slots) -> None:
    for before in range(2):
        with started(slots, "--set", "updates.trial.good_running_s=600") as process:
            waited(slots, partial(failed_starts_are, before))
            process.kill()
    with started(slots) as process:
        waited(slots, lambda record: record.slot_a.state == "bad")
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
    assert slots.record.current is None


@pytest.mark.slow
def test_start_that_a_person_can_mend_is_not_the_bundles_fault(slots: Slots) -> None:
    for _ in range(3):
        with started(slots, "--source", "sim:no-such-drive") as process:
            assert process.wait(PATIENCE_S) == 2
    assert slots.record.refused == ()
