"""`settings`, `set` and `reset`: within limits, on the disk, above the file and below the command line, reversible."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.commanding.refusal import Reason
from edge_app.commands.config_reset import reset, told_by_command
from edge_app.configuration.by_command import (
    SettingsSources,
    load_in_vehicle,
    reset_by_command,
    write_by_command,
)
from edge_app.configuration.load import load_settings
from edge_app.configuration.settable import SETTABLE, value_of
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from edge_app.telemetry.command_messages import REQUESTS
from tests.telemetry.command_desk import Unit

PACE = "telemetry.state_interval_s"
GLANCE = "alerts.distraction.glance_fast_s"
VOLUME = "cabin.outputs.0.volume"
SOUND = "cabin: {outputs: [{type: sound, volume: 0.5}]}\n"


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path, extra=SOUND)


def holds(unit: Unit) -> VigilSettings:
    """As `vigil run` would find it at its next start."""
    return load_in_vehicle(unit.sources)


def test_set_is_persisted_told_and_above_the_file(unit: Unit) -> None:
    answer = unit.ask("set", {"values": {PACE: 2, GLANCE: 3.0, VOLUME: 0.9}})
    assert answer["status"] == "done"
    assert answer["values"]["settings"] == {
        PACE: {"value": 2.0, "takes_effect": "at_once"},
        GLANCE: {"value": 3.0, "takes_effect": "next_start"},
        VOLUME: {"value": 0.9, "takes_effect": "next_start"},
    }
    settings = holds(unit)
    assert settings.telemetry.state_interval_s == 2.0
    assert settings.alerts.distraction.glance_fast_s == 3.0
    assert settings.cabin.outputs[0].volume == 0.9  # type: ignore[union-attr]
    assert unit.applied[0].telemetry.state_interval_s == 2.0
    assert unit.ask("settings")["values"]["by_command"] == {PACE: 2, GLANCE: 3.0, VOLUME: 0.9}


def test_the_users_file_is_never_touched(unit: Unit) -> None:
    before = unit.file.read_bytes()
    unit.ask("set", {"values": {PACE: 2}})
    unit.ask("reset", {"keys": "all"})
    assert unit.file.read_bytes() == before


@pytest.mark.parametrize("keys", ["all", [PACE, GLANCE]])
def test_reset_takes_back(unit: Unit, keys: str | list[str]) -> None:
    unit.ask("set", {"values": {PACE: 2.0, GLANCE: 3.0}})
    assert set(unit.ask("reset", {"keys": keys})["values"]["settings"]) == {PACE, GLANCE}
    assert holds(unit) == load_settings(unit.file)
    assert unit.applied[-1].telemetry.state_interval_s == 1.0


def test_reset_of_one_key_leaves_the_others(unit: Unit) -> None:
    unit.ask("set", {"values": {PACE: 2.0, GLANCE: 3.0}})
    unit.ask("reset", {"keys": [PACE]})
    assert holds(unit).telemetry.state_interval_s == 1.0
    assert holds(unit).alerts.distraction.glance_fast_s == 3.0


def test_installer_takes_back_on_the_spot(unit: Unit) -> None:
    unit.ask("set", {"values": {PACE: 2.0, GLANCE: 3.0}})
    assert reset_by_command(load_settings(unit.file), (GLANCE,)) == (GLANCE,)
    assert reset_by_command(load_settings(unit.file)) == (PACE,)
    assert holds(unit) == load_settings(unit.file)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("telemetry.publish_impairment", 1, "not_settable"),
        ("telemetry.publish_expression", 1, "not_settable"),
        ("telemetry.port", 1884, "not_settable"),
        ("telemetry.commands.max_validity_s", 3600, "not_settable"),
        ("alerts.parking.parked_after_s", 1, "not_settable"),
        ("nobody.knows", 1, "not_settable"),
        (GLANCE, 3.6, "out_of_range"),  # the file has 3.5: later than that never
        (GLANCE, 0.1, "out_of_range"),
        ("alerts.drowsiness.warning_level", 8.5, "out_of_range"),
        ("alerts.degraded.told_after_s", 9.0, "out_of_range"),
        (VOLUME, 0.4, "out_of_range"),
        ("cabin.outputs.1.volume", 0.9, "out_of_range"),  # there is no such output
        (PACE, 0.0, "out_of_range"),
        (PACE, 1e9, "out_of_range"),
        ("telemetry.health_interval_s", 1, "out_of_range"),
    ],
)
def test_what_could_weaken_the_watch_or_tell_more_is_refused(
    unit: Unit, key: str, value: float, reason: str
) -> None:
    before = unit.state()[1:]
    answer = unit.ask("set", {"values": {key: value}})
    assert answer["reason"] == reason
    assert unit.state()[1:] == before


def test_loader_has_the_last_word_on_values_that_do_not_go_together(tmp_path: Path) -> None:
    unit = Unit(tmp_path, extra="alerts: {distraction: {share_clear_s: 8}}\n")
    answer = unit.ask("set", {"values": {"alerts.distraction.share_s": 7.5}})
    assert answer["reason"] == "out_of_range"
    assert "share_clear_s must be below share_s" in answer["detail"]
    assert not unit.overlay.exists()


def test_all_or_nothing(unit: Unit) -> None:
    assert unit.ask("set", {"values": {PACE: 2.0, GLANCE: 9.0}})["status"] == "refused"
    assert not unit.overlay.exists()


def test_command_line_holds_above_commands(tmp_path: Path) -> None:
    unit = Unit(tmp_path, options=(f"{PACE}=4",))
    answer = unit.ask("set", {"values": {PACE: 2.0}})
    assert answer["reason"] == "overridden"
    assert not unit.overlay.exists()


def test_what_was_set_ends_with_the_owners_word(unit: Unit) -> None:
    unit.ask("set", {"values": {PACE: 2.0}})
    switched_off = SettingsSources(unit.file, ("telemetry.commands.enabled=false",))
    assert load_in_vehicle(switched_off).telemetry.state_interval_s == 1.0


@pytest.mark.parametrize(
    "written",
    ["{", "\x00", "7", f"{PACE}: [1]", f"{PACE}: {{a: 1}}", f"{GLANCE}: 9.9", "telemetry.publish_impairment: true",
     "cabin.outputs.0.volume: .nan", "? [a]\n: b", f"'{PACE}': '2'"],
)  # fmt: skip
def test_file_that_was_tampered_with_changes_nothing_and_is_told(
    unit: Unit, written: str, caplog: pytest.LogCaptureFixture
) -> None:
    unit.overlay.write_text(written)
    assert holds(unit) == load_settings(unit.file)
    assert str(unit.overlay) in caplog.text
    assert unit.ask("set", {"values": {PACE: 2.0}})["status"] == "done"
    assert holds(unit).telemetry.state_interval_s == 2.0


def test_what_goes_too_far_now_is_left_out_alone(unit: Unit) -> None:
    unit.ask("set", {"values": {PACE: 2.0, GLANCE: 3.0}})
    unit.file.write_text(unit.file.read_text() + "alerts: {distraction: {glance_fast_s: 2.5}}\n")
    layered = unit.sources.layered()
    assert dict(layered.by_command) == {PACE: 2.0}
    assert layered.settings.alerts.distraction.glance_fast_s == 2.5
    (sentence,) = layered.left_out
    assert GLANCE in sentence


def test_full_disk_leaves_the_file_as_it_was(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    unit.ask("set", {"values": {PACE: 2.0}})
    before = unit.overlay.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("edge_app.configuration.by_command.os.fsync", full)
        answer = unit.ask("set", {"values": {PACE: 3.0}})
    assert answer["status"] == "refused"
    assert "No space left" in answer["detail"]
    assert unit.overlay.read_bytes() == before
    assert not list(unit.overlay.parent.glob(".settings*"))


def test_snapshot_of_settings_tells_no_secret_and_nothing_of_a_driver(tmp_path: Path) -> None:
    unit = Unit(
        tmp_path,
        extra="camera: {source: 'rtsp://cam:s3cret@10.0.0.5/1'}\n"
        "driver_state: {lids: {left: {open: 0.31, closed: 0.07}}}\n",
        options=("telemetry.password=hunter2",),
    )
    told = unit.ask("settings")["values"]["settings"]
    assert "s3cret" not in str(told)
    assert "hunter2" not in str(told)
    assert "0.31" not in str(told)
    assert set(unit.ask("settings", {"group": "trace"})["values"]["settings"]) == {"trace"}
    assert unit.ask("settings", {"group": "secrets"})["reason"] == "invalid"


def test_every_settable_key_is_a_setting_within_its_limits_by_default() -> None:
    plain = VigilSettings().model_dump(mode="json")
    plain["cabin"]["outputs"] = [{"type": "sound", "volume": 0.8}]
    for one in SETTABLE:
        value = value_of(one.pattern.replace("*", "0"), plain)
        assert value is not None, one.pattern
        assert one.objection(value, value) is None, one.pattern
        if one.direction != "any":
            worse = value + 0.01 if one.direction == "down" else value - 0.01
            assert one.objection(worse, value) is not None, one.pattern


def test_page_on_commands_names_each_command_refusal_and_settable_key() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text()
    words = [*REQUESTS, *(reason.value for reason in Reason)]
    words += [one.pattern.replace("*", "<n>") for one in SETTABLE]
    assert [word for word in words if f"`{word}`" not in page] == []
    for one in SETTABLE:
        row = next(line for line in page.splitlines() if one.pattern.replace("*", "<n>") in line)
        only = {"any": "", "down": "lower", "up": "louder"}[one.direction]
        when = "at once" if one.at_once else "from the next start"
        assert row.endswith(
            f"| {one.low:g} to {one.high:g} | {only}{' ' if only else ''}| {when} |"
        )


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.yaml"
    write_by_command(path, {PACE: 2.5})
    assert load_settings(None, [f"{PACE}=2.5"]).telemetry.state_interval_s == 2.5
    assert [one.name for one in path.parent.iterdir()] == ["settings.yaml"]


def test_setting_at_another_minute_adds_to_what_was_set(unit: Unit) -> None:
    unit.ask("set", {"values": {PACE: 2.0}})
    unit.now = replace(unit.now, wall_s=unit.now.wall_s + 60)
    unit.ask("set", {"values": {GLANCE: 3.0}})
    assert dict(unit.sources.layered().by_command) == {PACE: 2.0, GLANCE: 3.0}


def test_installer_sees_what_was_set_and_takes_it_back(
    unit: Unit, capsys: pytest.CaptureFixture[str]
) -> None:
    unit.ask("set", {"values": {PACE: 2.0}})
    shown = told_by_command(unit.sources)
    assert shown[0] == f"# {PACE}: 2 was set by command; 1 without."
    with pytest.raises(UserError, match="name the keys"):
        reset([], config=unit.file)
    with pytest.raises(UserError, match="was not set by command"):
        reset([GLANCE], config=unit.file)
    reset([PACE], config=unit.file)
    assert capsys.readouterr().out == f"taken back: {PACE}\n"
    assert told_by_command(unit.sources) == []
    reset(None, config=unit.file, everything=True)
    assert capsys.readouterr().out == "nothing was set by command\n"
