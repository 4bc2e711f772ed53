"""`vigil updates`: what a person sees and may do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from edge_app.commands.finding import Verdict
from edge_app.commands.updates import app
from edge_app.commands.updates_check import signed_updates
from edge_app.errors import UserError
from edge_app.updates.failures import UpdateError, Why
from edge_app.updates.last_failure import LastFailure
from tests.updates.fleet import Vehicle, synchronised


def updates(vehicle: Vehicle, tmp_path: Path, *words: str, enabled: bool = True) -> str:
    values = vehicle.settings.model_dump(mode="json") | {"enabled": enabled}
    file = tmp_path / "vigil.yaml"
    file.write_text(yaml.safe_dump({"updates": values}))
    result = CliRunner().invoke(app, [*words, "--config", str(file)])
    if isinstance(result.exception, UserError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_status_tells_slots_trial_and_what_was_refused(vehicle: Vehicle, tmp_path: Path) -> None:
    assert "in use: default" in updates(vehicle, tmp_path, "status")
    vehicle.update()
    assert "slot-a: tiny 1.0.0, ready" in updates(vehicle, tmp_path, "status")
    vehicle.start()
    told = updates(vehicle, tmp_path, "status")
    assert "slot-a: tiny 1.0.0, trial (in use)" in told
    assert "trial: 0 of 600 s of good running, 0 failed starts" in told
    assert "last trusted time: " in told
    assert "default is in use from the next start on" in updates(vehicle, tmp_path, "back")
    told = updates(vehicle, tmp_path, "status")
    assert "not tried again: tiny 1.0.0: a person went back" in told


def test_back_without_a_slot_in_use_is_one_sentence(vehicle: Vehicle, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing to go back from"):
        updates(vehicle, tmp_path, "back")


def test_check_with_updates_off_is_one_sentence(vehicle: Vehicle, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="enabled is false"):
        updates(vehicle, tmp_path, "check", enabled=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
@pytest.mark.parametrize("word", ["check", "back"])
def test_folder_of_the_services_user_is_left_to_that_user(
    vehicle: Vehicle, tmp_path: Path, word: str
) -> None:
    folder = vehicle.settings.slots_folder
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, 12345, -1)
    with pytest.raises(UserError, match="belongs to another user"):
        updates(vehicle, tmp_path, word)


def test_check_puts_a_real_bundle_into_a_slot(
    vehicle: Vehicle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_app.telemetry.clock.clock_synchronised", lambda: True)
    assert "tiny 1.0.0 is ready" in updates(vehicle, tmp_path, "check")
    assert vehicle.start() == "tiny 1.0.0"


def test_doctor_tells_the_channel_and_the_root_of_trust(vehicle: Vehicle, tmp_path: Path) -> None:
    found = signed_updates(vehicle.settings)
    assert found.verdict is Verdict.OK
    assert "stable" in found.found and str(vehicle.root_file) in found.found
    (tmp_path / "file").write_text("")
    elsewhere = vehicle.settings.model_copy(update={"slots_folder": tmp_path / "file" / "slots"})
    assert signed_updates(elsewhere).verdict is Verdict.FAIL


def test_status_tells_what_the_last_look_failed_on_until_one_succeeds(
    vehicle: Vehicle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_app.telemetry.clock.clock_synchronised", lambda: True)
    url, vehicle.url = vehicle.url, "http://127.0.0.1:9"
    for _ in range(2):
        with pytest.raises(UserError, match="cannot be reached"):
            updates(vehicle, tmp_path, "check")
    told = updates(vehicle, tmp_path, "status")
    assert "failing: updates: 127.0.0.1 cannot be reached (connection refused) (since 2" in told
    vehicle.url = url
    updates(vehicle, tmp_path, "check")
    assert "failing" not in updates(vehicle, tmp_path, "status")


def test_failure_that_goes_on_is_written_once(vehicle: Vehicle, tmp_path: Path) -> None:
    failure = LastFailure(vehicle.folder / "not there yet")
    error = UpdateError(Why.UNREACHABLE, "updates: nobody is there.")
    failure.keep(error, synchronised())
    before = (vehicle.folder / "not there yet" / "last-failure.json").stat()
    failure.keep(error, synchronised(days=1.0))
    after = (vehicle.folder / "not there yet" / "last-failure.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    failure.keep(UpdateError(Why.DISK, "updates: full."), synchronised())
    kept = failure.read()
    assert kept is not None and kept.why == "disk"
