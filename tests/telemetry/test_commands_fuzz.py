"""A hundred thousand hostile messages through the desk's own door: nothing breaks, nothing changes, each is counted."""

from __future__ import annotations

import json
import logging
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_app.commanding.refusal import Reason
from edge_app.telemetry.command_inbox import Arrived
from edge_app.telemetry.command_messages import READING, REQUESTS
from tests.telemetry.command_desk import BASE, START, Unit, arrived, expiry, new_id, payload

PAYLOADS = 100_000
EFFECTS = sorted(set(REQUESTS) - READING)
SOUND_ARGUMENTS: dict[str, dict[str, Any]] = {
    "set": {"values": {"telemetry.state_interval_s": 2.0}},
    "reset": {"keys": "all"},
    "update_bundle": {"version": "1.2.0"},
    "upload_trace": {"newest": 3},
}
WORDS = (
    "id",
    "expires_at",
    "arguments",
    "values",
    "keys",
    "all",
    "newest",
    "version",
    "group",
    "telemetry.port",
    "1",
)


def test_hostile_messages_change_nothing(tmp_path: Path) -> None:
    logging.disable(logging.WARNING)
    try:
        unit = Unit(tmp_path)
        used = payload(SOUND_ARGUMENTS["set"])
        assert unit.take(arrived("set", used))["status"] == "done"
        for key, value in UNSETTABLE:
            assert unit.take(unsettable_message(key, value))["status"] == "refused"
        before, counted = unit.state(), unit.desk.counts.message()
        asked = 0
        for message in hostile_messages(random.Random(20261201), used):
            answer = unit.take(message)
            name = message.topic.rsplit("/", 1)[-1]
            assert not answer or answer["status"] == "refused" or name in READING, message
            unit.sent.clear()
            asked += 1
            if asked % 20_000 == 0:
                assert unit.state() == before
    finally:
        logging.disable(logging.NOTSET)
    assert asked == PAYLOADS
    assert unit.state() == before
    after = unit.desk.counts.message()
    told = sum(after.refused.values()) + after.done + after.repeated
    assert told - sum(counted.refused.values()) - counted.done == PAYLOADS
    assert after.failed == 0
    # Each way of being hostile was met.
    met = {"unknown", "oversized", "retained", "malformed", "invalid", "response_topic", "expired"}
    met |= {"valid_too_long", "id_used", "not_settable", "out_of_range"}
    assert met <= set(after.refused) <= {reason.value for reason in Reason}


def hostile_messages(chance: random.Random, used: bytes) -> Iterator[Arrived]:
    kinds = (noise, wild_json, badly_typed, mutated, torn, badly_sent, too_late_or_long, unsettable)
    for number in range(PAYLOADS):
        if number % 100 == 0:
            # An id that was used, now for something else.
            changed = json.loads(used) | {"arguments": {"keys": "all"}}
            yield arrived("reset", json.dumps(changed).encode())
        else:
            yield kinds[number % len(kinds)](chance)


def noise(chance: random.Random) -> Arrived:
    return arrived(chance.choice(EFFECTS), chance.randbytes(chance.randrange(200)))


def wild_json(chance: random.Random) -> Arrived:
    return arrived(chance.choice(EFFECTS), json.dumps(wild(chance, 4)).encode())


def badly_typed(chance: random.Random) -> Arrived:
    """All is well but one thing, which is of another type."""
    name = chance.choice(EFFECTS)
    request = json.loads(payload(SOUND_ARGUMENTS.get(name)))
    place = chance.choice(("id", "expires_at", "arguments", "more"))
    request[place] = wild(chance, 3)
    if place == "arguments":
        request["arguments"] = {"unheard_of": wild(chance, 2), **SOUND_ARGUMENTS.get(name, {})}
    return arrived(name, json.dumps(request).encode())


def mutated(chance: random.Random) -> Arrived:
    """A request that has expired, with some bytes changed, doubled or left out."""
    name = chance.choice(EFFECTS)
    content = bytearray(payload(SOUND_ARGUMENTS.get(name), valid_s=-40_000))
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(content))
        change = chance.randrange(3)
        if change == 0:
            content[place] = chance.randrange(256)
        elif change == 1:
            del content[place]
        else:
            content[place:place] = content[max(0, place - 9) : place]
    return arrived(name, bytes(content))


def torn(chance: random.Random) -> Arrived:
    name = chance.choice(EFFECTS)
    content = payload(SOUND_ARGUMENTS.get(name))
    return arrived(name, content[: chance.randrange(len(content))])


def badly_sent(chance: random.Random) -> Arrived:
    """A sound request, sent as none may be."""
    name = chance.choice(EFFECTS)
    sound = arrived(name, payload(SOUND_ARGUMENTS.get(name)))
    letters = "".join(chance.choices(string.printable, k=chance.randrange(1, 30)))
    return chance.choice(
        (
            lambda: replace(sound, retained=True),
            lambda: replace(sound, size_bytes=chance.randrange(8193, 10**9), payload=b""),
            lambda: replace(sound, topic=f"{BASE}/command/{letters}"),
            lambda: replace(sound, topic=letters),
            lambda: replace(sound, topic=f"vigil/v1/car-8/command/{name}"),
            lambda: replace(sound, response_topic=letters),
            lambda: replace(sound, response_topic=f"{sound.topic}/result{letters}#"),
            lambda: replace(sound, correlation=chance.randbytes(200)),
        )
    )()


def too_late_or_long(chance: random.Random) -> Arrived:
    name = chance.choice((*EFFECTS, *READING))
    valid_s = chance.choice((-chance.random() * 1e9, 301 + chance.random() * 1e9))
    return arrived(name, payload(SOUND_ARGUMENTS.get(name), valid_s=valid_s))


UNSETTABLE = (
    ("telemetry.publish_impairment", 1),
    ("telemetry.port", 1),
    ("alerts.distraction.glance_fast_s", 99),
)
IDS = {key: new_id() for key, _ in UNSETTABLE}


def unsettable(chance: random.Random) -> Arrived:
    """Sound in all but what it asks for. It is remembered, so it is one of the same few each time."""
    return unsettable_message(*chance.choice(UNSETTABLE))


def unsettable_message(key: str, value: float) -> Arrived:
    return arrived("set", payload({"values": {key: value}}, request_id=IDS[key]))


def wild(chance: random.Random, depth: int) -> Any:
    makers: tuple[Callable[[], Any], ...] = (
        lambda: None,
        lambda: chance.random() < 0.5,
        lambda: chance.randrange(-(10**20), 10**20),
        lambda: chance.uniform(-1e300, 1e300),
        lambda: chance.choice(WORDS),
        lambda: "".join(map(chr, chance.choices(range(1, 0x2FFF), k=chance.randrange(20)))),
        lambda: float("nan"),
        lambda: [wild(chance, depth - 1) for _ in range(chance.randrange(4))],
        lambda: {chance.choice(WORDS): wild(chance, depth - 1) for _ in range(chance.randrange(5))},
    )
    return chance.choice(makers if depth else makers[:6])()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(EFFECTS),
    arguments=JSON.filter(lambda value: value != {}),
    values=st.dictionaries(st.text(max_size=12), JSON, max_size=3),
)
def test_arguments_of_no_command_are_never_taken(
    tmp_path_factory: Any, name: str, arguments: Any, values: dict[str, Any]
) -> None:
    unit = units(tmp_path_factory)
    before = unit.state()
    nested = {"values": {f"!{key}": value for key, value in values.items()}}
    for said in (arguments, nested, {"keys": list(nested["values"])}):
        request = {"id": new_id(), "expires_at": expiry(START.wall_s + 60), "arguments": said}
        answer = unit.take(arrived(name, json.dumps(request).encode()))
        assert answer["reason"] in ("invalid", "malformed")
    assert unit.state() == before


_UNITS: list[Unit] = []


def units(tmp_path_factory: Any) -> Unit:
    if not _UNITS:
        _UNITS.append(Unit(tmp_path_factory.mktemp("fuzz")))
    return _UNITS[0]
