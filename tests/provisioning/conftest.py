"""A fleet made by the command itself, its broker, and vehicles that are the real telemetry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_app.telemetry.telemetry import Telemetry
from tests.brokers import wait_until
from tests.provisioning.fleet_broker import FleetBroker, Peer, tls_of
from tests.provisioning.fleet_folder import (
    make_fleet_folder,
    port_of,
    run_provision,
    settings_of,
)

VEHICLES = ("van-07", "van-08")
collect_ignore: list[str] = []
try:
    import cryptography  # noqa: F401
except ModuleNotFoundError:
    collect_ignore += [path.name for path in Path(__file__).parent.glob("test_*.py")]


@pytest.fixture
def provision() -> Callable[..., str]:
    return run_provision


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Two vehicles, the reader `fleet`, a broker on this machine."""
    return make_fleet_folder(tmp_path / "fleet", VEHICLES)


@pytest.fixture(scope="module")
def standing(
    mosquitto_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, FleetBroker]]:
    """A fleet and its running broker, for tests that change neither."""
    place = tmp_path_factory.mktemp("standing")
    folder = make_fleet_folder(place / "fleet", VEHICLES)
    broker = FleetBroker(mosquitto_path, folder, port_of(folder), place)
    broker.start()
    yield folder, broker
    broker.stop()


@pytest.fixture
def serve(mosquitto_path: str, tmp_path: Path) -> Iterator[Callable[[Path], FleetBroker]]:
    """Starts the broker of a fleet."""
    started: list[FleetBroker] = []

    def start(folder: Path) -> FleetBroker:
        place = tmp_path / f"broker-{len(started)}"
        place.mkdir()
        broker = FleetBroker(mosquitto_path, folder, port_of(folder), place)
        broker.start()
        started.append(broker)
        return broker

    yield start
    for broker in started:
        broker.stop()


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Callable[..., Telemetry]]:
    """Starts the telemetry of a vehicle whose files lie in a folder; closed with the test."""
    started: list[Telemetry] = []

    def start(folder: Path, vehicle: str | None = None, **changes: Any) -> Telemetry:
        outbox = tmp_path / f"outbox-{len(started)}" / "outbox.sqlite"
        settings = settings_of(folder, outbox, **changes)
        telemetry = Telemetry(settings, vehicle or folder.name, {"vigil": "test"})
        telemetry.start()
        started.append(telemetry)
        return telemetry

    yield start
    for telemetry in started:
        telemetry.close(0.5)


@pytest.fixture
def connect() -> Iterator[Callable[..., Peer]]:
    made: list[Peer] = []

    def make(*arguments: Any, **options: Any) -> Peer:
        made.append(Peer(*arguments, **options))
        return made[-1]

    yield make
    for peer in made:
        peer.close()


@pytest.fixture
def reader(standing: tuple[Path, FleetBroker], connect: Any) -> Peer:
    """The fleet's reader at the standing broker, subscribed to everything."""
    folder, broker = standing
    peer = connect(broker.port, tls_of(folder / "readers" / "fleet", "reader"))
    assert peer.accepted
    peer.subscribe("vigil/v1/#")
    return peer


@pytest.fixture
def wait() -> Callable[..., None]:
    return wait_until
