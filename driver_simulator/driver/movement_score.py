"""What a driver performs, written down part by part: movements, hands, absences, and the events they make up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from driver_simulator.driver.course import Knot, Lanes
from driver_simulator.driver.moment import HandAct
from driver_simulator.driver.moment_courses import ACTIONS
from driver_simulator.driver.scripted_event import EventKind, ScriptedEvent

# Lids: `blink` as each eye's lid does it; `shut` is reached however the lids rest; `narrow` adds to how they rest.
LIDS = ("blink", "lids_shut", "lids_narrow", "lids_narrow_left", "lids_narrow_right", "lids_wide")
# Line of sight against the way ahead, head against the way ahead, head from its usual place.
POSTURE = (
    "gaze_yaw",
    "gaze_pitch",
    "head_yaw",
    "head_pitch",
    "head_roll",
    "shift_right",
    "shift_up",
    "shift_nearer",
)
PARTS = (*LIDS, *POSTURE, *ACTIONS)


@dataclass(frozen=True, slots=True)
class Shape:
    """A movement's four instants: leaves rest, is there, leaves, is back."""

    onset_s: float
    full_from_s: float
    full_until_s: float
    end_s: float

    def knots(self, value: float) -> tuple[Knot, ...]:
        return (
            Knot(self.onset_s, 0.0),
            Knot(self.full_from_s, value),
            Knot(self.full_until_s, value),
            Knot(self.end_s, 0.0),
        )

    @staticmethod
    def within(from_s: float, duration_s: float, there_s: float, back_s: float) -> Shape:
        """Ways there and back of these lengths, or shorter ones where there is no time for them."""
        scale = min(1.0, 0.9 * duration_s / (there_s + back_s))
        end_s = from_s + duration_s
        return Shape(from_s, from_s + scale * there_s, end_s - scale * back_s, end_s)


class MovementScore:
    """Collects movements by part of the body; each begins and ends at rest (0)."""

    def __init__(self) -> None:
        self.parts: dict[str, Lanes] = {
            part: Lanes("sum" if part in POSTURE else "largest") for part in PARTS
        }
        self.hands: dict[HandAct, Lanes] = {}
        self.out_of_view: list[tuple[float, float]] = []
        self.events: list[ScriptedEvent] = []

    def move(self, part: str, knots: Sequence[Knot]) -> None:
        self.parts[part].add(knots)

    def hold(self, part: str, shape: Shape, value: float) -> None:
        if value != 0.0:
            self.move(part, shape.knots(value))

    def reach(self, act: HandAct, shape: Shape) -> None:
        self.hands.setdefault(act, Lanes("largest")).add(shape.knots(1.0))

    def tell(
        self,
        kind: EventKind,
        shape: Shape,
        *,
        scripted: bool,
        detail: str = "",
        size: float = 1.0,
    ) -> None:
        self.events.append(
            ScriptedEvent(
                kind,
                shape.onset_s,
                shape.full_from_s,
                shape.full_until_s,
                shape.end_s,
                scripted,
                detail,
                size,
            )
        )
