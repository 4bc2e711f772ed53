"""A certificate renewed while the unit runs: no restart, no lost event, and the unit says in time that it is needed."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.commands.checkup import Checkup
from edge_app.commands.finding import Verdict
from edge_app.settings import UnitSettings, VigilSettings
from edge_app.telemetry import credentials
from edge_app.telemetry.client import check_broker
from edge_app.telemetry.telemetry import Telemetry
from firmware_configs.provisioning.authority import PublicKey, Role, certificate_pem
from firmware_configs.provisioning.fleet import Fleet
from tests.brokers import wait_until
from tests.provisioning.fleet_broker import tls_of
from tests.provisioning.fleet_folder import settings_of

pytestmark = pytest.mark.mosquitto
EVENT = Event(EventType.SLEEP, 9.0, 6.0, Level.ALARM)
NOW = datetime.now(timezone.utc).replace(microsecond=0)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "REFRESH_S", 0.1)


def age(fleet: Path, unit: Path, days_left: float) -> None:
    """In place of the unit's certificate, one for the same key that ends in so many days."""
    opened = Fleet(fleet)
    key = opened.of("van-07")[-1].certificate.public_key()
    assert isinstance(key, PublicKey)
    signed_at = NOW + timedelta(days=days_left) - timedelta(days=365)
    certificate = opened.authority(None).sign(
        key, "van-07", Role.VEHICLE, signed_at, timedelta(days=365)
    )
    (unit / "draft").write_bytes(certificate_pem(certificate))
    (unit / "draft").replace(unit / "vehicle.pem")


@pytest.fixture
def unit(fleet: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fleet / "vehicles" / "van-07", tmp_path / "van-07"))


def test_an_expired_unit_comes_back_by_itself_once_it_is_renewed(
    fleet: Path, unit: Path, serve: Any, drive: Any, provision: Any
) -> None:
    serve(fleet)
    age(fleet, unit, days_left=-1)
    telemetry: Telemetry = drive(unit)
    telemetry.post_event(EVENT)
    wait_until(
        lambda: "is this vehicle's certificate expired" in str(telemetry.snapshot().last_error),
        "refusal",
    )
    wait_until(lambda: telemetry.snapshot().reasons == ("certificate_expires",), "the reason")
    provision("renew", "van-07", "--fleet", fleet, "--within", "400")
    provision("accept", fleet / "vehicles" / "van-07", "--folder", unit)
    wait_until(lambda: telemetry.snapshot().queue_depth == 0, "the event to be delivered")
    wait_until(lambda: telemetry.snapshot().reasons == (), "the end of the reason")


def test_the_fleet_is_told_of_an_expiry_and_of_its_end_over_a_standing_connection(
    fleet: Path, unit: Path, serve: Any, drive: Any, provision: Any, connect: Any
) -> None:
    broker = serve(fleet)
    reader = connect(broker.port, tls_of(fleet / "readers" / "fleet", "reader"))
    reader.subscribe("vigil/v1/+/status")
    age(fleet, unit, days_left=20)
    telemetry: Telemetry = drive(unit)
    wait_until(lambda: b'"reasons":["certificate_expires"]' in b"".join(reader.payloads()), "it")
    provision("renew", "van-07", "--fleet", fleet, "--within", "400")
    provision("accept", fleet / "vehicles" / "van-07", "--folder", unit)
    wait_until(lambda: b'"status":"online"' in reader.payloads()[-1], "online", 10)
    assert telemetry.snapshot().connections == 1


def test_doctor_beside_a_running_unit_finds_the_broker_and_the_unit_comes_back(
    fleet: Path, serve: Any, drive: Any, tmp_path: Path
) -> None:
    serve(fleet)
    telemetry: Telemetry = drive(
        fleet / "vehicles" / "van-07", back_off={"min_s": 1.0, "max_s": 2.0}
    )
    wait_until(lambda: telemetry.snapshot().connected, "the connection")
    settings = settings_of(fleet / "vehicles" / "van-07", tmp_path / "other.sqlite")
    assert check_broker(settings, "van-07") is None
    telemetry.post_event(EVENT)
    wait_until(lambda: telemetry.snapshot().queue_depth == 0, "the event")


def test_doctor_names_the_expiry_and_a_wrong_clock_is_told(
    fleet: Path, unit: Path, serve: Any, tmp_path: Path
) -> None:
    serve(fleet)

    def doctor() -> Any:
        telemetry = settings_of(unit, tmp_path / "other.sqlite")
        settings = VigilSettings(unit=UnitSettings(vehicle_id="van-07"), telemetry=telemetry)
        return Checkup(settings, silent=True).broker()

    assert doctor().verdict is Verdict.OK
    age(fleet, unit, days_left=20)
    near = doctor()
    assert near.verdict is Verdict.WARN
    assert "certificate expires on" in near.found
    age(fleet, unit, days_left=-1)
    over = doctor()
    assert over.verdict is Verdict.FAIL
    assert "certificate expired on" in over.to_do


def test_a_unit_whose_clock_is_not_set_yet_is_told_so_and_not_that_the_broker_is_false(
    fleet: Path, serve: Any, tmp_path: Path
) -> None:
    opened = Fleet(fleet)
    key = opened.of("broker")[-1].certificate.public_key()
    assert isinstance(key, PublicKey)
    later = opened.authority(None).sign(
        key, "broker", Role.BROKER, NOW + timedelta(days=60), timedelta(days=300), ["127.0.0.1"]
    )
    (fleet / "broker" / "server.pem").write_bytes(certificate_pem(later))
    serve(fleet)
    settings = settings_of(fleet / "vehicles" / "van-07", tmp_path / "other.sqlite")
    assert "the clock has to be set first" in str(check_broker(settings, "van-07"))
