"""Short scenarios for the tests of the driver, and what is read off their performances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind, ScriptedEvent
from driver_simulator.scenario.scenario import Scenario

Floats = NDArray[np.float64]

# One of each type, long enough to be seen.
ONE_OF_EACH: dict[str, dict[str, Any]] = {
    "microsleep": {"duration_s": 1.5, "head_drop_deg": 12},
    "sleep": {"duration_s": 4.0, "head_drop_deg": 20},
    "long_blink": {"duration_s": 1.0, "depth": 0.7},
    "look_at": {"duration_s": 2.0, "target": "left_mirror"},
    "turn_head": {"duration_s": 3.0, "yaw_deg": -40, "pitch_deg": 10},
    "phone": {"duration_s": 4.0, "held": "up"},
    "yawn": {"duration_s": 6.0, "behind_hand": True},
    "talk": {"duration_s": 8.0},
    "laugh": {"duration_s": 4.0},
    "sing": {"duration_s": 6.0},
    "eat": {"duration_s": 10.0},
    "rub_eyes": {"duration_s": 3.0},
    "sneeze": {"duration_s": 1.2},
    "express": {"duration_s": 3.0, "expression": "fear"},
    "hide": {"duration_s": 4.0, "by": "leaning_out"},
    "squint": {"duration_s": 3.0},
    "acknowledge": {},
}


def scenario(*behaviours: dict[str, Any], **settings: Any) -> Scenario:
    given = {"name": "test", "duration_s": 60.0, "mirror_glances": False, **settings}
    return Scenario.model_validate({**given, "behaviours": list(behaviours)})


def performed(*behaviours: dict[str, Any], **settings: Any) -> Performance:
    return Performance(scenario(*behaviours, **settings))


def in_state(kss: float, *, seed: int = 0, duration_s: float = 1800.0, **state: Any) -> Performance:
    """An undisturbed drive in one state."""
    return Performance(
        scenario(state=[{"from_s": 0, "kss": kss, **state}], seed=seed, duration_s=duration_s)
    )


def instants(from_s: float, until_s: float, rate_hz: float = 200.0) -> Floats:
    return np.arange(from_s, until_s, 1.0 / rate_hz)


def events(performance: Performance, kind: EventKind) -> list[ScriptedEvent]:
    return [event for event in performance.events if event.kind is kind]


def only(performance: Performance, kind: EventKind) -> ScriptedEvent:
    """The scripted event of this kind."""
    (event,) = (event for event in events(performance, kind) if event.scripted)
    return event
