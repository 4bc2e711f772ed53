"""ULIDs, waits, clocks, health readings, passwords, settings, the demo's broker."""

from __future__ import annotations

import logging
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from edge_app.back_off import BackOff, BackOffSettings
from edge_app.errors import UserError
from edge_app.telemetry import clock, local_broker
from edge_app.telemetry.client import check_broker
from edge_app.telemetry.credentials import read_credentials
from edge_app.telemetry.health import disk_free_mb, memory_rss_mb, temperature_celsius
from edge_app.telemetry.settings import TelemetrySettings, TlsSettings
from edge_app.telemetry.ulid import ALPHABET, UlidMaker


@given(st.lists(st.floats(0, 2**31), min_size=2, max_size=50))
def test_ulids_only_ever_increase_even_when_the_clock_goes_back(times: list[float]) -> None:
    maker = UlidMaker()
    made = [maker.make(wall_time_s) for wall_time_s in times]
    assert made == sorted(set(made))
    assert all(len(ulid) == 26 and set(ulid) <= set(ALPHABET) for ulid in made)


def test_ulid_carries_its_time_as_the_specification_writes_it() -> None:
    # The example of https://github.com/ulid/spec: time 1469918176385 ms is 01ARYZ6S41.
    ulid = UlidMaker(random_bits=lambda bits: 0).make(1469918176.385)
    assert ulid == "01ARYZ6S41" + "0" * 16


def test_waits_double_with_jitter_up_to_the_longest_and_start_over() -> None:
    back_off = BackOff(BackOffSettings(min_s=1.0, max_s=10.0), Random(1))
    waits = [back_off.next_s() for _ in range(6)]
    for wait_s, ceiling_s in zip(waits, (1, 2, 4, 8, 10, 10), strict=True):
        assert ceiling_s / 2 <= wait_s <= ceiling_s
    back_off.reset()
    assert back_off.next_s() <= 1.0


def test_kernel_is_asked_whether_the_clock_is_synchronised() -> None:
    assert isinstance(clock.clock_synchronised(), bool)
    assert abs(clock.now().wall.timestamp() - clock.now().wall_s) < 1.0


def test_hottest_zone_is_told_and_unreadable_zones_do_not_matter(tmp_path: Path) -> None:
    for number, text in enumerate(("45300\n", "61000\n", "not a number", "-274000\n")):
        zone = tmp_path / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "temp").write_text(text)
    assert temperature_celsius(tmp_path) == 61.0
    assert temperature_celsius(tmp_path / "none") is None


def test_machine_readings_are_plausible(tmp_path: Path) -> None:
    assert 5 < (memory_rss_mb() or 0) < 10_000
    assert (disk_free_mb(tmp_path / "outbox.sqlite") or 0) > 1


def settings(**changes: Any) -> TelemetrySettings:
    return TelemetrySettings(enabled=True, host="127.0.0.1", **changes)


def test_password_comes_from_file_environment_or_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    file.write_text("from-file\n")
    monkeypatch.setenv("VIGIL_TEST_PASSWORD", "from-environment")
    read = [
        read_credentials(settings(password="direct"), "car-7"),
        read_credentials(settings(password_file=file), "car-7"),
        read_credentials(settings(password_env="VIGIL_TEST_PASSWORD", username="other"), "car-7"),
    ]
    assert [each.password for each in read] == ["direct", "from-file", "from-environment"]
    assert [each.username for each in read] == ["car-7", "car-7", "other"]
    assert "direct" not in repr(read[0]) + repr(settings(password="direct"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"password_file": Path("/nowhere/password")},
            "password_file /nowhere/password cannot be read",
        ),
        ({"password_env": "VIGIL_NEVER_SET"}, "VIGIL_NEVER_SET, which is not set"),
        (
            {"tls": TlsSettings(ca_file=Path("/nowhere/ca.pem"))},
            "ca_file /nowhere/ca.pem cannot be read",
        ),
        ({"tls": TlsSettings(ca_file=Path(__file__))}, "is not a PEM certificate file"),
    ],
)
def test_impossible_settings_are_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        check_broker(settings(**changes), "car-7")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("vehicle", ["", "a/b", "a+", "#"])
def test_vehicle_that_cannot_be_a_topic_level_is_refused(vehicle: str) -> None:
    with pytest.raises(UserError, match="vehicle id"):
        read_credentials(settings(), vehicle)


@pytest.mark.parametrize(
    "mistake",
    [
        {"port": 0},
        {"topic_prefix": "vigil/#"},
        {"topic_prefix": "/vigil"},
        {"password": "a", "password_env": "B"},
        {"tls": {"certificate_file": "a.pem"}},
        {"back_off": {"min_s": 5, "max_s": 1}},
        {"prot": 1883},
    ],
)
def test_mistakes_in_settings_are_refused(mistake: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TelemetrySettings.model_validate({"enabled": True, **mistake})


def test_a_host_without_a_word_on_enabled_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="enabled"):
        TelemetrySettings.model_validate({"host": "broker.example"})


def test_every_setting_is_described() -> None:
    for model in (TelemetrySettings, TlsSettings, BackOffSettings):
        assert all(field.description for field in model.model_fields.values())


@pytest.mark.mosquitto
def test_demo_prefers_mosquitto_and_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    with local_broker.local_broker() as broker:
        assert broker.description.startswith("Mosquitto")
        assert check_broker(settings(port=broker.port), "car-7") is None
    assert broker.process.poll() is not None


def test_demo_without_any_broker_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_broker, "find_mosquitto", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match="install mosquitto"), local_broker.local_broker():
        pass


def test_password_over_plain_tcp_to_another_machine_is_warned_of(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    from edge_app.telemetry.settings import OutboxSettings
    from edge_app.telemetry.telemetry import Telemetry

    far = TelemetrySettings(
        enabled=True,
        host="192.0.2.1",
        password="secret",
        connect_timeout_s=0.1,
        outbox=OutboxSettings(path=tmp_path / "outbox.sqlite"),
    )
    telemetry = Telemetry(far, "car-7", {})
    with caplog.at_level(logging.WARNING):
        telemetry.start()
        telemetry.close(0.2)
    assert "unencrypted" in caplog.text
    assert "secret" not in caplog.text
