"""What goes into a message comes out of it, to the last bit; and older messages can still be read."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from edge_app.driver_state.signals import HeadReading, Signal, Signals, Unavailable
from edge_app.trace.messages import SIGNALS, decode_signals
from tests.trace.drives import nap

(START,) = nap(0.0)


@pytest.mark.parametrize("value", [0.1 + 0.2, 5e-324, 1e22, -0.0, math.inf, -math.inf])
def test_numbers_keep_every_bit(value: float) -> None:
    signals = replace(START.signals, smile=Signal(value, value, None))
    back = SIGNALS.decode(SIGNALS.encode(signals))
    assert repr(back) == repr(signals)


def test_not_a_number_is_kept_and_is_json() -> None:
    data = SIGNALS.encode(replace(START.signals, smile=Signal(math.nan, 0.1, None)))
    assert json.loads(data)["smile"]["value"] == "NaN"
    value = SIGNALS.decode(data).smile.value
    assert value is not None and math.isnan(value)


def test_expression_probabilities_are_kept() -> None:
    signals = replace(START.signals, expression=(0.1, 0.2, 0.7))
    assert SIGNALS.decode(SIGNALS.encode(signals)) == signals


def test_what_heads_over_time_said_is_kept() -> None:
    readings = (
        HeadReading("drowsiness", (0.1 + 0.2, 0.7)),
        HeadReading("intoxication", (1.0, 0.0)),
    )
    signals = replace(START.signals, temporal=readings, temporal_anew=True)
    assert decode_signals(SIGNALS.encode(signals)) == signals


def test_message_from_before_there_were_heads_over_time_can_be_read() -> None:
    older = json.loads(SIGNALS.encode(START.signals))
    del older["temporal"], older["temporal_anew"], older["smile"]
    back = decode_signals(json.dumps(older).encode())
    assert (back.temporal, back.temporal_anew) == ((), False)


def test_a_signal_that_was_not_known_then_is_uncertain_now() -> None:
    older = json.loads(SIGNALS.encode(START.signals))
    del older["eye_aspect_ratio"]
    expected = replace(START.signals, eye_aspect_ratio=Signal.missing(Unavailable.UNCERTAIN))
    assert decode_signals(json.dumps(older).encode()) == expected


def test_a_signal_of_a_later_version_is_passed_over() -> None:
    later = {**json.loads(SIGNALS.encode(START.signals)), "phone_in_hand": {"value": 0.3}}
    assert decode_signals(json.dumps(later).encode()) == START.signals


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"t_s": "now"}', b"[" * 5000])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="validation error"):
        decode_signals(data)


def test_a_moment_without_a_face_is_a_message_too() -> None:
    signals = Signals.without_face(1.0, Unavailable.NO_FACE)
    assert SIGNALS.decode(SIGNALS.encode(signals)) == signals
