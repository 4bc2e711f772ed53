"""`vigil updates`: what a person sees and may do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from edge_app.commands.updates import app
from edge_app.errors import UserError
from tests.updates.fleet import Vehicle


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
