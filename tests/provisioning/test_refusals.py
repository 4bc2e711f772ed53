"""Who is not let in: the expired, the revoked, the foreign, the nameless; and brokers a vehicle does not believe."""

from __future__ import annotations

import shutil
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psutil
import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.telemetry.client import check_broker
from firmware_configs.provisioning.authority import Role, certificate_pem, key_pem, new_key
from firmware_configs.provisioning.fleet import Fleet
from tests.brokers import wait_until
from tests.provisioning.fleet_broker import HOST, FleetBroker, tls_of
from tests.provisioning.fleet_folder import make_fleet_folder, port_of, settings_of

pytestmark = pytest.mark.mosquitto
EVENT = Event(EventType.SLEEP, 9.0, 6.0, Level.ALARM)
NOW = datetime.now(timezone.utc).replace(microsecond=0)
Standing = tuple[Path, FleetBroker]


def sentence(folder: Path, place: Path, vehicle: str = "van-07", **changes: Any) -> str | None:
    """What `vigil doctor` says of the broker with these files."""
    return check_broker(settings_of(folder, place / "outbox.sqlite", **changes), vehicle)


def certify(fleet: Path, target: Path, identity: str, role: Role, at: datetime) -> Path:
    """A folder like a vehicle's, signed by this fleet at another hour or for another role."""
    opened = Fleet(fleet)
    key = new_key()
    certificate = opened.authority(None).sign(
        key.public_key(), identity, role, at, timedelta(days=10), ["127.0.0.1"]
    )
    shutil.copytree(fleet / "vehicles" / "van-07", target)
    (target / "vehicle.pem").write_bytes(certificate_pem(certificate))
    (target / "vehicle.key").write_bytes(key_pem(key))
    return target


def test_an_expired_certificate_is_refused(standing: Standing, tmp_path: Path) -> None:
    fleet, _ = standing
    fresh = certify(fleet, tmp_path / "fresh", "van-07", Role.VEHICLE, NOW)
    assert sentence(fresh, tmp_path) is None
    old = certify(fleet, tmp_path / "old", "van-07", Role.VEHICLE, NOW - timedelta(days=11))
    assert "hangs up" in str(sentence(old, tmp_path))


def test_a_revoked_certificate_is_refused_after_a_reload_and_the_others_are_not(
    fleet: Path, serve: Any, provision: Any, drive: Any, tmp_path: Path
) -> None:
    broker = serve(fleet)
    stolen = shutil.copytree(fleet / "vehicles" / "van-07", tmp_path / "stolen")
    riding = drive(stolen, vehicle="van-07")
    wait_until(lambda: riding.snapshot().connected, "the connection")
    provision("revoke", "van-07", "--fleet", fleet)
    broker.reload()
    assert riding.snapshot().connected  # why the sentence of `revoke` asks for a restart
    riding.close(0.5)
    wait_until(lambda: "hangs up" in str(sentence(stolen, tmp_path)), "the refusal", 5)
    assert sentence(fleet / "vehicles" / "van-08", tmp_path, "van-08") is None


def test_a_restart_ends_the_connection_of_a_revoked_vehicle(
    fleet: Path, serve: Any, provision: Any, drive: Any, tmp_path: Path
) -> None:
    broker = serve(fleet)
    stolen = shutil.copytree(fleet / "vehicles" / "van-07", tmp_path / "stolen")
    riding = drive(stolen, vehicle="van-07")
    wait_until(lambda: riding.snapshot().connected, "the connection")
    provision("revoke", "van-07", "--fleet", fleet)
    broker.stop()
    broker.start()
    riding.post_event(EVENT)
    wait_until(lambda: "hangs up" in str(riding.snapshot().last_error), "the refusal")
    assert riding.snapshot().queue_depth == 1


def test_a_second_revocation_is_seen_by_a_second_reload(
    fleet: Path, serve: Any, provision: Any, tmp_path: Path
) -> None:
    broker = serve(fleet)
    for vehicle in ("van-07", "van-08"):
        stolen = shutil.copytree(fleet / "vehicles" / vehicle, tmp_path / vehicle)
        assert sentence(stolen, tmp_path, vehicle) is None
        provision("revoke", vehicle, "--fleet", fleet)
        broker.reload()
        wait_until(
            lambda stolen=stolen, vehicle=vehicle: (
                "hangs up" in str(sentence(stolen, tmp_path, vehicle))
            ),
            f"the refusal of {vehicle}",
            5,
        )
    assert "hangs up" in str(sentence(tmp_path / "van-07", tmp_path))


def test_the_same_name_from_a_foreign_authority_of_the_same_name_is_refused(
    standing: Standing, tmp_path: Path
) -> None:
    fleet, _ = standing
    foreign = make_fleet_folder(tmp_path / "foreign", ("van-07",)) / "vehicles" / "van-07"
    shutil.copy(fleet / "authority" / "ca.pem", foreign / "ca.pem")
    assert "hangs up" in str(sentence(foreign, tmp_path, port=port_of(fleet)))


def test_the_brokers_certificate_is_no_vehicles(standing: Standing, tmp_path: Path) -> None:
    fleet, _ = standing
    posing = certify(fleet, tmp_path / "posing", "van-07", Role.BROKER, NOW)
    assert "hangs up" in str(sentence(posing, tmp_path))


def test_without_a_certificate_nobody_is_let_in(standing: Standing, connect: Any) -> None:
    fleet, broker = standing
    nameless = ssl.create_default_context(cafile=str(fleet / "authority" / "ca.pem"))
    assert not connect(broker.port, nameless, username="fleet").accepted


def test_plain_text_is_refused_and_no_other_port_is_open(
    standing: Standing, connect: Any, tmp_path: Path
) -> None:
    fleet, broker = standing
    assert not connect(broker.port, None, username="fleet").accepted
    assert "does its port expect TLS" in str(
        sentence(fleet / "vehicles" / "van-07", tmp_path, tls=None)
    )
    assert broker.process is not None
    listening = {
        each.laddr.port
        for each in psutil.Process(broker.process.pid).net_connections("tcp")
        if each.status == psutil.CONN_LISTEN
    }
    assert listening == {broker.port}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_1_1_is_refused_and_1_3_is_agreed_on(standing: Standing) -> None:
    fleet, broker = standing

    def version(highest: ssl.TLSVersion) -> str | None:
        tls = tls_of(fleet / "vehicles" / "van-07")
        tls.set_ciphers("DEFAULT:@SECLEVEL=0")
        tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, highest
        with (
            socket.create_connection((HOST, broker.port), 5) as plain,
            tls.wrap_socket(plain, server_hostname=HOST) as secured,
        ):
            return secured.version()

    assert version(ssl.TLSVersion.MAXIMUM_SUPPORTED) == "TLSv1.3"
    assert version(ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises(ssl.SSLError):
        version(ssl.TLSVersion.TLSv1_1)


@pytest.fixture
def pose() -> Any:
    """Serves TLS with the certificate of a folder, as a false broker would."""
    doors: list[socket.socket] = []

    def start(certificate: Path, key: Path) -> int:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        door = socket.create_server((HOST, 0))
        doors.append(door)

        def receive() -> None:
            while True:
                try:
                    visitor, _ = door.accept()
                except OSError:
                    return
                try:
                    with tls.wrap_socket(visitor, server_side=True) as secured:
                        secured.recv(1)
                except OSError:
                    visitor.close()

        threading.Thread(target=receive, daemon=True).start()
        return int(door.getsockname()[1])

    yield start
    for door in doors:
        door.shutdown(socket.SHUT_RDWR)
        door.close()


def test_a_vehicle_believes_no_other_vehicle_that_poses_as_the_broker(
    fleet: Path, pose: Callable[[Path, Path], int], tmp_path: Path
) -> None:
    other = fleet / "vehicles" / "van-08"
    port = pose(other / "vehicle.pem", other / "vehicle.key")
    victim = fleet / "vehicles" / "van-07"
    assert "not trusted" in str(sentence(victim, tmp_path, port=port))
    posing = certify(fleet, tmp_path / "no-host", "127.0.0.1", Role.VEHICLE, NOW)
    port = pose(posing / "vehicle.pem", posing / "vehicle.key")
    assert "purpose" in str(sentence(victim, tmp_path, port=port))


def test_a_vehicle_believes_no_broker_of_another_fleet_or_under_another_name(
    fleet: Path, pose: Callable[[Path, Path], int], tmp_path: Path
) -> None:
    victim = fleet / "vehicles" / "van-07"
    foreign = make_fleet_folder(tmp_path / "foreign", ()) / "broker"
    port = pose(foreign / "server.pem", foreign / "server.key")
    assert "not trusted" in str(sentence(victim, tmp_path, port=port))
    own = fleet / "broker"
    port = pose(own / "server.pem", own / "server.key")
    assert "not trusted" in str(sentence(victim, tmp_path, port=port, host="localhost"))
