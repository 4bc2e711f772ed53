"""A suspicion of impairment, and all that would give it away, stays in the vehicle unless the owner says otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_app.alerts.event import ActiveAlert, Event, EventType, Level
from edge_app.driver_state.state import Impairment
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.kept_in_vehicle import event_leaves
from edge_app.telemetry.messages import StateMessage
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings
from edge_app.telemetry.state_message import Seen, compose_state
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.state import VehicleState
from tests.views.drivers import driver

NOW = Instant(1000.0, 1_800_000_000.0, True)
SUSPECTED = replace(driver(), impairment=Impairment(0.62, 0.71, ("head_sway",), None, True))
ADVICE = ActiveAlert(EventType.IMPAIRMENT, Level.ADVICE, 3.0, "head_sway")
DROWSY = ActiveAlert(EventType.DROWSINESS, Level.ADVICE, 4.0, "perclos")
TELLING = (
    Event(EventType.IMPAIRMENT, 5.0, 3.0, Level.ADVICE, {"suspicion_percent": 62}),
    Event(EventType.ALERT_ENDED, 9.0, 5.0, values={"alert": "impairment"}),
    Event(EventType.ALERT_ACKNOWLEDGED, 6.0, 5.0, values={"alert": "impairment"}),
)
OTHERS = (
    Event(EventType.DROWSINESS, 5.0, 3.0, Level.ADVICE, {"drowsiness_level": 7.2}),
    Event(EventType.ALERT_ENDED, 9.0, 5.0, values={"alert": "drowsiness"}),
)


def sent(**settings: Any) -> dict[str, Any]:
    seen = Seen(SUSPECTED, (ADVICE, DROWSY), VehicleState(), "ok")
    told = json.loads(compose_state(seen, NOW, "boot", TelemetrySettings(**settings)).encoded())
    StateMessage.model_validate(told)
    return told


def test_live_state_says_nothing_of_it_unless_switched_on() -> None:
    told = sent(publish_expression=True, publish_experimental=True)
    assert told.pop("impairment") is None
    assert [alert["type"] for alert in told["alerts"]] == ["drowsiness"]
    assert "impairment" not in json.dumps(told)
    assert "head_sway" not in json.dumps(told)


def test_live_state_tells_it_where_switched_on() -> None:
    told = sent(publish_impairment=True)
    assert told["impairment"] == {
        "suspicion_percent": 62.0,
        "confidence": 0.71,
        "reasons": ["head_sway"],
        "unavailable": None,
        "like_drowsiness": True,
    }
    assert [alert["type"] for alert in told["alerts"]] == ["impairment", "drowsiness"]


@pytest.mark.parametrize("event", TELLING)
def test_events_that_tell_of_it_leave_only_where_switched_on(event: Event) -> None:
    assert not event_leaves(event, TelemetrySettings())
    assert event_leaves(event, TelemetrySettings(publish_impairment=True))


@pytest.mark.parametrize("event", OTHERS)
def test_other_events_leave_anyway(event: Event) -> None:
    assert event_leaves(event, TelemetrySettings())


@pytest.mark.parametrize("publish", [False, True])
def test_what_stays_in_the_vehicle_does_not_even_reach_the_outbox(
    tmp_path: Path, publish: bool
) -> None:
    path = tmp_path / "outbox.sqlite"
    settings = TelemetrySettings(
        enabled=True,
        host="127.0.0.1",
        port=1,
        outbox=OutboxSettings(path=path),
        publish_impairment=publish,
    )
    telemetry = Telemetry(settings, "van-7", {})
    telemetry.start()
    for event in (*TELLING, *OTHERS):
        telemetry.post_event(event)
    telemetry.close()
    stored = b"".join(p.read_bytes() for p in tmp_path.glob("outbox.sqlite*"))
    assert (b"suspicion_percent" in stored) is publish
    assert stored.count(b'"alert":"drowsiness"') >= 1
