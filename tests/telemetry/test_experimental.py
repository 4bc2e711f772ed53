"""What heads over time say goes to the fleet only where the owner asked for it, and is called experimental."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from edge_app.driver_state.signals import TemporalHead, Unavailable
from edge_app.driver_state.state import DriverState, VotedClasses, VotedHead
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.messages import StateMessage
from edge_app.telemetry.schemas import json_schemas
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.state_message import Seen, compose_state
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.state import VehicleState
from tests.views.drivers import driver

NOW = Instant(1000.0, 1_800_000_000.0, True)
DROWSINESS = TemporalHead("drowsiness", ("alert", "drowsy"), "none", of_emotion=False)
INTOXICATION = TemporalHead(
    "intoxication", ("sober", "drunk"), "on 7 drives of one person", of_emotion=False
)
EMOTION = TemporalHead("expression_over_time", ("calm", "glad"), "none", of_emotion=True)
HEADS = (DROWSINESS, INTOXICATION, EMOTION)
SAYING = replace(
    driver(),
    temporal=(
        VotedHead("expression_over_time", VotedClasses((0.5, 0.5), 0)),
        VotedHead("drowsiness", VotedClasses((0.123456, 0.876544), 1)),
        VotedHead("intoxication", VotedClasses((1.0, 0.0), 0)),
    ),
)


def sent(state: DriverState, heads: tuple[TemporalHead, ...] = HEADS, **settings: Any) -> Any:
    """`experimental` of the message as it leaves the vehicle, after a look at the published schema."""
    message = compose_state(
        Seen(state, (), VehicleState(), "ok"), NOW, "boot", TelemetrySettings(**settings), heads
    )
    told = json.loads(message.encoded())
    StateMessage.model_validate(told)
    schema = json_schemas()["state"]
    assert set(schema["required"]) == set(told)
    of_head = schema["$defs"]["ExperimentalMessage"]
    for entry in (told["experimental"] or {}).values():
        assert set(of_head["required"]) == set(of_head["properties"]) == set(entry)
    return told["experimental"]


def test_nothing_is_published_unless_it_is_switched_on() -> None:
    assert sent(SAYING) is None
    assert sent(SAYING, publish_expression=True) is None


def test_each_head_is_told_with_its_classes_and_on_what_it_was_validated() -> None:
    told = sent(SAYING, publish_experimental=True)
    assert told["drowsiness"] == {
        "label": "drowsy",
        "probabilities": {"alert": 0.1235, "drowsy": 0.8765},
        "unavailable": None,
        "validated": "none",
    }
    assert told["intoxication"]["validated"] == "on 7 drives of one person"


def test_emotions_are_published_only_where_expression_is_too() -> None:
    assert set(sent(SAYING, publish_experimental=True)) == {"drowsiness", "intoxication"}
    both = sent(SAYING, publish_experimental=True, publish_expression=True)
    assert both["expression_over_time"]["label"] == "calm"


def test_what_is_an_emotion_the_bundle_s_reader_says_and_no_name() -> None:
    other = replace(EMOTION, name="drowsiness")
    assert sent(SAYING, (other,), publish_experimental=True) == {}


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (driver(absent=Unavailable.NO_FACE), "no_face"),
        (driver(), "uncertain"),
        (
            replace(driver(), temporal=(VotedHead("drowsiness", VotedClasses((1.0,), 0)),)),
            "uncertain",
        ),
    ],
    ids=["no face", "nothing said", "of other classes"],
)
def test_head_that_says_nothing_says_why(state: DriverState, reason: str) -> None:
    assert sent(state, (DROWSINESS,), publish_experimental=True) == {
        "drowsiness": {
            "label": None,
            "probabilities": None,
            "unavailable": reason,
            "validated": "none",
        }
    }


def test_models_without_such_heads_have_none_to_tell() -> None:
    assert sent(driver(), (), publish_experimental=True) == {}


@pytest.mark.mosquitto
def test_it_arrives_where_it_is_switched_on(
    broker: Any, subscribe: Any, make_settings: Any
) -> None:
    fleet = subscribe(broker.port)
    settings = make_settings(broker.port, publish_experimental=True)
    telemetry = Telemetry(settings, "car-7", {"vigil": "test"}, HEADS)
    telemetry.start()
    try:
        fleet.wait_for("/status")
        telemetry.post_state(SAYING, [], VehicleState(), "ok")
        told = fleet.wait_for("/state")[0]["experimental"]
    finally:
        telemetry.close(0.5)
    assert told["drowsiness"]["label"] == "drowsy"
