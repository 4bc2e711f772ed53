"""Frames on a bus become speed, ignition, gear and steering; wrong names are told before anything runs."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

pytest.importorskip("can", reason="the extra `can` is not installed")
pytest.importorskip("cantools", reason="the extra `can` is not installed")

from edge_app.alerts.motion import MotionEstimator
from edge_app.alerts.settings import ParkingSettings
from edge_app.errors import UserError
from edge_app.vehicle.bus_settings import CanProviderSettings
from edge_app.vehicle.providers import open_provider
from edge_app.vehicle.state import VehicleState
from tests.brokers import wait_until
from tests.vehicle.buses import DBC, Bus, SlcanAdapter
from tests.vehicle.waiting import await_state

SPEED = {"signal": "VehicleSpeed"}
IGNITION = {"signal": "IgnitionPosition", "means_true": ["On", "Start"]}
REVERSE = {"signal": "GearLever", "means_true": ["R"]}
STEERING = {"signal": "SteeringWheelAngle"}
ALL = {
    "speed_kmh": SPEED,
    "ignition_on": IGNITION,
    "reverse": REVERSE,
    "steering_wheel_rad": STEERING,
}


def settings(channel: str = "none", **changes) -> CanProviderSettings:
    values = {"interface": "virtual", "channel": channel, "database": DBC, **changes}
    return CanProviderSettings.model_validate(values if set(changes) & set(ALL) else values | ALL)


@pytest.fixture
def bus():
    bus = Bus()
    yield bus
    bus.close()


@pytest.fixture
def listen(bus):
    opened = []

    def listen(**changes):
        opened.append(open_provider(settings(bus.channel, **changes)))
        wait_until(lambda: opened[-1]._link.connected, "the bus")
        return opened[-1]

    yield listen
    for provider in opened:
        provider.close()


def drive(bus: Bus, kmh: float = 72.5, ignition: object = "On", gear: object = "D") -> None:
    bus.send("Motion", VehicleSpeed=kmh)
    bus.send("Body", IgnitionPosition=ignition, GearLever=gear)
    bus.send("Steering", Page=1, SteeringWheelAngle=-45.0)


def test_what_the_dbc_file_says_becomes_the_state(bus, listen):
    provider = listen()
    assert provider.read(0.0) == VehicleState()
    drive(bus)
    state = await_state(provider, lambda s: s.steering_wheel_rad is not None, "the last frame")
    assert (state.speed_kmh, state.ignition_on, state.reverse) == (72.5, True, False)
    assert state.steering_wheel_rad == pytest.approx(-math.pi / 4)
    wait_until(lambda: provider.trouble() is None, "no trouble")


@pytest.mark.parametrize(
    ("ignition", "gear", "expected"),
    [
        ("Off", "P", (False, False)),
        ("Accessory", "R", (False, True)),
        ("Start", "N", (True, False)),
        ("SNA", "SNA", (None, None)),
    ],
)
def test_words_of_the_dbc_file_are_ignition_and_reverse(bus, listen, ignition, gear, expected):
    provider = listen()
    drive(bus, 0.0, ignition, gear)
    state = await_state(provider, lambda s: s.steering_wheel_rad is not None, "the last frame")
    assert (state.ignition_on, state.reverse) == expected


def test_value_that_means_neither_is_unknown_where_both_are_named(bus, listen):
    provider = listen(
        speed_kmh=SPEED,
        reverse={"signal": "GearLever", "means_true": [1], "means_false": ["D", 0]},
    )
    for gear, expected in (("R", True), ("N", None), ("D", False)):
        bus.send("Body", GearLever=gear)
        await_state(provider, lambda s, e=expected: s.reverse is e, f"gear {gear}")


def test_unit_of_the_dbc_file_and_a_factor_give_km_h(bus, listen):
    by_unit = listen(speed_kmh={"signal": "WheelSpeed"})
    by_factor = listen(speed_kmh={"signal": "Torque", "factor": 0.5, "offset": 1.0})
    bus.send("Motion", WheelSpeed=20.0, Torque=40.0)
    await_state(by_unit, lambda s: s.speed_kmh == pytest.approx(72.0), "m/s times 3.6")
    await_state(by_factor, lambda s: s.speed_kmh == pytest.approx(21.0), "half and one")


def test_number_beyond_the_dbc_files_range_is_unknown(bus, listen):
    provider = listen()
    bus.send(
        "Motion", VehicleSpeed=310.0
    )  # a vehicle could, but the file says that this one cannot
    bus.send("Body", GearLever="D")
    await_state(provider, lambda s: s.reverse is False, "the later frame")
    assert provider.read(0.0).speed_kmh is None
    bus.send("Motion", VehicleSpeed=300.0)
    await_state(provider, lambda s: s.speed_kmh == 300.0, "speed")


def test_frames_of_others_short_frames_and_other_pages_tell_nothing(bus, listen):
    import can

    provider = listen()
    bus.bus.send(can.Message(arbitration_id=0x700, is_extended_id=False, data=[1] * 8))
    bus.bus.send(can.Message(arbitration_id=289, is_extended_id=True, data=[1] * 8))
    bus.bus.send(can.Message(arbitration_id=289, is_extended_id=False, data=[1]))
    bus.bus.send(can.Message(arbitration_id=289, is_extended_id=False, is_remote_frame=True))
    bus.bus.send(can.Message(arbitration_id=289, is_error_frame=True))
    bus.send("Steering", Page=2, Temperature=20)
    bus.send("Body", GearLever="R")
    state = await_state(provider, lambda s: s.reverse is True, "the last frame")
    assert (state.speed_kmh, state.steering_wheel_rad) == (None, None)


def test_silent_bus_means_unknown_and_its_return_means_known(bus, listen):
    """What is unknown is to the ladder what the default says: fast, forwards, not parked."""
    provider, motion = listen(stale_after_s=0.2), MotionEstimator(ParkingSettings())
    bus.send("Motion", VehicleSpeed=0.0)
    bus.send("Body", IgnitionPosition="Off", GearLever="R")
    state = await_state(provider, lambda s: s.reverse is True, "standing, off, in reverse")
    parked = motion.step(0.0, state)
    assert parked.parked
    assert not parked.watches_ahead_from(50.0)
    lost = motion.step(1.0, await_state(provider, lambda s: s == VehicleState(), "unknown"))
    assert not lost.parked
    assert lost.watches_ahead_from(50.0)
    await_state(provider, lambda s: s.speed_kmh == 30.0, "speed again", lambda: drive(bus, 30.0))


def test_reading_never_waits_for_the_bus(bus, listen):
    provider = listen()
    for _ in range(500):
        drive(bus)
    began_s = time.perf_counter()
    for _ in range(1000):
        provider.read(0.0)
    assert (time.perf_counter() - began_s) / 1000 < 0.002


def test_adapter_that_is_unplugged_takes_its_values_with_it_and_comes_back(tmp_path):
    pytest.importorskip("serial", reason="the extra `can` is not installed")
    adapter, frames = SlcanAdapter(tmp_path / "adapter"), Bus()
    provider = open_provider(
        settings(
            str(adapter.path), interface="slcan", bitrate=500_000, options={"sleep_after_open": 0}
        )
    )
    try:
        wait_until(lambda: "cannot be opened" in (provider.trouble() or ""), "no adapter")
        for kmh in (40.0, 90.0):
            adapter.plug_in()
            frame = frames.frame("Motion", VehicleSpeed=kmh)
            await_state(
                provider,
                lambda s, kmh=kmh: s.speed_kmh == kmh,
                "speed",
                lambda frame=frame: adapter.send(frame),
            )
            wait_until(lambda: provider.trouble() is None, "no trouble")
            adapter.unplug()
            began_s = time.monotonic()
            await_state(provider, lambda s: s == VehicleState(), "everything unknown")
            assert time.monotonic() - began_s < 1.5  # sooner than by age
            wait_until(lambda: provider.trouble() is not None, "trouble")
    finally:
        provider.close()
        adapter.unplug()
        frames.close()


def test_provider_may_be_closed_twice_and_knows_nothing_then(bus, listen):
    provider = listen()
    drive(bus)
    await_state(provider, lambda s: s.speed_kmh == 72.5, "speed")
    provider.close()
    provider.close()
    assert provider.read(0.0) == VehicleState()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"database": Path("/nowhere/car.dbc")}, "/nowhere/car.dbc cannot be read .no such file"),
        ({"database": Path(__file__)}, "is no file of a kind that cantools reads"),
        ({"interface": "socketcam"}, "interface socketcam .*did you mean socketcan"),
        (
            {"speed_kmh": {"signal": "VehicelSpeed"}},
            r"speed_kmh\.signal: .*car\.dbc has no signal VehicelSpeed; did you mean VehicleSpeed",
        ),
        ({"speed_kmh": {"signal": "xyz"}}, "has no signal xyz; it has Counter, GearLever"),
        ({"speed_kmh": {"signal": "Counter"}}, r"in several messages \(Motion, Body\); name one"),
        (
            {"speed_kmh": {"signal": "Counter", "message": "Boby"}},
            "has no message Boby; did you mean Body",
        ),
        ({"speed_kmh": {"signal": "Torque"}}, "Torque has the unit 'nm' .*; set factor"),
        (
            {"reverse": {"signal": "GearLever", "means_true": ["Reverse"]}},
            "has no word Reverse; it has D, N, P, R, SNA",
        ),
        (
            {"reverse": {"signal": "GearLever", "means_true": ["R"], "means_false": [1]}},
            "1 cannot mean yes and no",
        ),
    ],
)
def test_what_can_never_work_is_one_sentence(changes, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        open_provider(settings(**changes))
    assert "\n" not in str(caught.value)


def test_missing_package_names_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "can", None)
    with pytest.raises(UserError, match=r"pip install 'vigil-driver-monitoring\[can\]'"):
        open_provider(settings())


def test_missing_cantools_names_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cantools", None)
    with pytest.raises(UserError, match=r"pip install 'vigil-driver-monitoring\[can\]'"):
        open_provider(settings())


def test_mapping_of_nothing_and_a_word_that_yaml_took_for_a_boolean_are_refused():
    with pytest.raises(ValidationError, match="name at least one of"):
        CanProviderSettings(database=DBC)
    with pytest.raises(ValidationError, match="YAML reads On"):
        settings(ignition_on={"signal": "IgnitionPosition", "means_true": [True]})


def test_bus_that_tells_nothing_is_told_of_once_it_had_time_to(bus, listen):
    provider = listen()
    wait_until(lambda: provider.trouble() is None, "no trouble")
    assert "tells nothing; is the ignition on" in provider.trouble_after(0.1)
    drive(bus)
    assert provider.trouble_after(5.0) is None


@pytest.mark.parametrize(("kind", "listens"), [("can", True), ("obd", False)])
def test_bus_that_is_down_is_brought_up_without_a_voice_where_vigil_only_listens(kind, listens):
    from edge_app.vehicle.bus_settings import CanProviderSettings, ObdProviderSettings
    from edge_app.vehicle.can_bus import CanBus
    from edge_app.vehicle.link import LinkError

    kinds = {"can": CanProviderSettings, "obd": ObdProviderSettings}
    settings = kinds[kind].model_construct(channel="can93", interface="socketcan")
    with pytest.raises(LinkError) as caught:
        CanBus(settings, [])
    assert "sudo ip link set can93 up" in str(caught.value)
    assert ("listen-only on" in str(caught.value)) is listens
