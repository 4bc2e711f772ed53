"""Live state under VSS names: what is said, when, and that mapping and overlay file tell the same tree."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge_app.alerts.event import ActiveAlert, EventType, Level
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import ClosureKind, DriverState, Impairment
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.messages import StateMessage
from edge_app.telemetry.settings import TelemetrySettings, VssSettings
from edge_app.telemetry.state_message import Seen, compose_state
from edge_app.telemetry.telemetry import Telemetry
from edge_app.telemetry.vss import OVERLAY, OVERLAY_BRANCH, STANDARD, VssSpeaker, vss_values
from edge_app.vehicle.state import VehicleState
from tests.views.drivers import driver

OVERLAY_FILE = Path(__file__).resolve().parents[2] / "firmware_configs" / "vss_overlay.vspec"
NOW = Instant(1.0, 1_796_000_000.0, True)
BASE = "vigil/v1/car-7"
SWITCHED_ON = TelemetrySettings(vss=VssSettings(enabled=True, refresh_interval_s=10.0))
SUSPECTED = Impairment(0.4, 0.8, ("gaze",), None)


def told(
    state: DriverState,
    *alerts: ActiveAlert,
    settings: TelemetrySettings = SWITCHED_ON,
) -> StateMessage:
    return compose_state(Seen(state, alerts, VehicleState(), "ok"), NOW, "boot", settings)


def drowsy(level: float, probability: float | None = None) -> DriverState:
    state = driver(1.0)
    drowsiness = replace(state.drowsiness, level=level, probability=probability)
    return replace(state, drowsiness=drowsiness)


def values(state: DriverState, *alerts: ActiveAlert) -> dict[str, Any]:
    return vss_values(told(state, *alerts))


@pytest.mark.parametrize(("level", "percent"), [(1.0, 0.0), (5.0, 50.0), (9.0, 100.0)])
def test_fatigue_is_the_level_in_percent(level: float, percent: float) -> None:
    said = values(drowsy(level))
    assert said["Vehicle.Driver.FatigueLevel"] == percent
    assert said["Vehicle.Driver.Vigil.DrowsinessLevel"] == level


def test_distraction_is_the_share_of_half_a_minute_off_the_road() -> None:
    said = values(driver(1.0, off_road_s=6.0))
    assert said["Vehicle.Driver.DistractionLevel"] == 20.0
    assert said["Vehicle.Driver.IsEyesOnRoad"] is False
    assert values(driver(1.0, off_road_s=45.0))["Vehicle.Driver.DistractionLevel"] == 100.0


def test_sleeping_eyes_are_not_on_the_road_but_blinking_ones_are() -> None:
    def closed(kind: ClosureKind) -> DriverState:
        state = driver(1.0, closure=0.95)
        return replace(state, lid_episode=replace(state.lid_episode, kind=kind))

    assert values(closed(ClosureKind.BLINK))["Vehicle.Driver.IsEyesOnRoad"] is True
    assert values(closed(ClosureKind.SLEEP))["Vehicle.Driver.IsEyesOnRoad"] is False


def test_attentive_is_looking_at_the_road_and_not_sleepy() -> None:
    path = "Vehicle.Driver.AttentiveProbability"
    assert values(drowsy(7.0, probability=0.25))[path] == 75.0
    looking_away = replace(
        driver(1.0, off_road_s=2.0), drowsiness=drowsy(2.0, probability=0.01).drowsiness
    )
    assert values(looking_away)[path] == 0.0
    assert path not in values(drowsy(7.0, probability=None))


def test_what_is_not_known_is_not_said() -> None:
    said = values(driver(1.0, absent=Unavailable.NO_FACE))
    assert said["Vehicle.Driver.Vigil.IsFacePresent"] is False
    assert said["Vehicle.Driver.Vigil.IsEyesAvailable"] is False
    for unknown in (
        "Vehicle.Driver.FatigueLevel",
        "Vehicle.Driver.IsEyesOnRoad",
        "Vehicle.Driver.DistractionLevel",
        "Vehicle.Driver.AttentiveProbability",
        "Vehicle.Driver.Vigil.Perclos",
        "Vehicle.Driver.Vigil.EyesClosedDuration",
        "Vehicle.Driver.Vigil.OffRoadDuration",
    ):
        assert unknown not in said


def test_loudest_alert_is_told() -> None:
    notice = ActiveAlert(EventType.DEGRADED, Level.NOTICE, 0.0, "mask")
    alarm = ActiveAlert(EventType.SLEEP, Level.ALARM, 0.0, "eyes_closed")
    path = "Vehicle.Driver.Vigil.AlertLevel"
    assert values(driver(1.0))[path] == "none"
    assert values(driver(1.0), notice, alarm)[path] == "alarm"


def test_suspicion_of_impairment_leaves_only_where_state_tells_it() -> None:
    path = "Vehicle.Driver.Vigil.ImpairmentSuspicion"
    suspected = replace(driver(1.0), impairment=SUSPECTED)
    advice = ActiveAlert(EventType.IMPAIRMENT, Level.ADVICE, 0.0, "cues")
    kept = vss_values(told(suspected, advice))
    assert path not in kept
    assert kept["Vehicle.Driver.Vigil.AlertLevel"] == "none"
    published = TelemetrySettings(publish_impairment=True)
    assert vss_values(told(suspected, advice, settings=published))[path] == 40.0


def paths(speaker: VssSpeaker, t_s: float, state: DriverState) -> list[str]:
    return [json.loads(outgoing.payload)["path"] for outgoing in speaker.step(t_s, told(state))]


def test_only_news_is_published_and_everything_again_after_a_while() -> None:
    speaker = VssSpeaker(SWITCHED_ON, BASE)
    all_known = list(values(drowsy(3.0)))
    assert paths(speaker, 0.0, drowsy(3.0)) == all_known
    assert paths(speaker, 1.0, drowsy(3.0)) == []
    changed = ["Vehicle.Driver.FatigueLevel", "Vehicle.Driver.Vigil.DrowsinessLevel"]
    assert paths(speaker, 2.0, drowsy(4.0)) == changed
    assert paths(speaker, 10.0, drowsy(4.0)) == [path for path in all_known if path not in changed]
    assert paths(speaker, 12.0, drowsy(4.0)) == changed


def test_a_value_known_again_is_news() -> None:
    speaker = VssSpeaker(SWITCHED_ON, BASE)
    paths(speaker, 0.0, driver(1.0))
    paths(speaker, 1.0, driver(1.0, eyes_missing=Unavailable.EYES_OCCLUDED))
    assert "Vehicle.Driver.Vigil.Perclos" in paths(speaker, 2.0, driver(1.0))


def test_signal_is_written_as_viss_does() -> None:
    first = VssSpeaker(SWITCHED_ON, BASE).step(0.0, told(drowsy(5.0)))
    by_topic = {outgoing.topic: outgoing for outgoing in first}
    fatigue = by_topic[f"{BASE}/vss/Vehicle/Driver/FatigueLevel"]
    assert json.loads(fatigue.payload) == {
        "path": "Vehicle.Driver.FatigueLevel",
        "dp": {"value": "50.0", "ts": NOW.wall.isoformat().replace("+00:00", "Z")},
    }
    assert (fatigue.qos, fatigue.retain, fatigue.expiry_s) == (0, False, 10)
    face = by_topic[f"{BASE}/vss/Vehicle/Driver/Vigil/IsFacePresent"]
    assert json.loads(face.payload)["dp"]["value"] == "true"


def test_off_unless_switched_on() -> None:
    assert VssSpeaker(TelemetrySettings(), BASE).step(0.0, told(driver(1.0))) == ()


@pytest.mark.mosquitto
def test_signals_arrive_at_a_subscriber(
    broker: Any, subscribe: Any, make_settings: Any, wait: Any
) -> None:
    fleet = subscribe(broker.port)
    telemetry = Telemetry(make_settings(broker.port, vss=VssSettings(enabled=True)), "car-7", {})
    telemetry.start()
    try:
        wait(lambda: telemetry.snapshot().connected, "a connection")
        telemetry.post_state(drowsy(5.0), [], VehicleState(), "ok")
        (fatigue,) = fleet.wait_for("/vss/Vehicle/Driver/FatigueLevel")
    finally:
        telemetry.close(0.5)
    assert fatigue["dp"]["value"] == "50.0"


def overlay_leaves() -> dict[str, dict[str, Any]]:
    tree = yaml.safe_load(OVERLAY_FILE.read_text(encoding="utf-8"))
    return {path: node for path, node in tree.items() if node["type"] != "branch"}


def test_overlay_file_holds_the_leaves_of_the_mapping() -> None:
    leaves = overlay_leaves()
    assert set(leaves) == {signal.path for signal in OVERLAY}
    for signal in OVERLAY:
        leaf = leaves[signal.path]
        assert (leaf["datatype"], leaf.get("unit")) == (signal.datatype, signal.unit)


def test_overlay_is_well_formed() -> None:
    tree = yaml.safe_load(OVERLAY_FILE.read_text(encoding="utf-8"))
    for path, node in tree.items():
        parent = path.rpartition(".")[0]
        assert not parent or tree[parent]["type"] == "branch", f"{path} hangs in the air"
        assert node["description"].strip()
        assert set(node) <= {
            *("type", "datatype", "unit", "min", "max"),
            *("allowed", "description", "comment"),
        }
        name = path.rpartition(".")[2]
        assert name[0].isupper() and name.isalnum()
        if node.get("datatype") == "boolean":
            assert name.startswith("Is")
    alert = tree[f"{OVERLAY_BRANCH}.AlertLevel"]
    assert alert["allowed"] == ["none", *(level.word for level in Level)]


def test_every_value_keeps_to_its_datatype_and_range() -> None:
    types = {"float": (float, int), "boolean": (bool,), "uint16": (int,), "string": (str,)}
    leaves = overlay_leaves()
    states = [drowsy(9.0, 1.0), driver(1.0, off_road_s=99.0), driver(1.0, closure=1.0)]
    signals = {signal.path: signal for signal in (*STANDARD, *OVERLAY)}
    for state in states:
        for path, value in values(state).items():
            assert isinstance(value, types[signals[path].datatype])
            if isinstance(value, str):
                continue
            if signals[path].unit == "percent":
                assert 0 <= value <= 100
            leaf = leaves.get(path, {})
            assert leaf.get("min", value) <= value <= leaf.get("max", value)
