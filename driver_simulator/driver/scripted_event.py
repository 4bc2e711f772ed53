"""What happened when, to the instant: the truth that estimators are held against."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class EventKind(str, Enum):
    """Words for what a driver does. Closures are named by how long the lids touch."""

    BLINK = "blink"
    HALF_BLINK = "half_blink"  # lids that stay half open
    LONG_CLOSURE = "long_closure"  # longer than a blink, shorter than a microsleep
    MICROSLEEP = "microsleep"
    SLEEP = "sleep"
    SQUINT = "squint"
    NOD = "nod"
    GLANCE = "glance"
    HEAD_TURN = "head_turn"
    PHONE = "phone"
    YAWN = "yawn"
    TALK = "talk"
    LAUGH = "laugh"
    SING = "sing"
    EAT = "eat"
    RUB_EYES = "rub_eyes"
    SNEEZE = "sneeze"
    EXPRESSION = "expression"
    HAND = "hand"
    HIDE = "hide"
    ACKNOWLEDGE = "acknowledge"


@dataclass(frozen=True, slots=True)
class ScriptedEvent:
    """A movement away from rest and back: begins at `onset_s`, is all there from `full_from_s` to `full_until_s`.

    For closures the lids leave the open eye, touch (or reach `size`), part again, and are open; for expressions these
    are onset, apex and offset; for glances the eyes leave the road, are on the target, leave it, and are back.
    """

    kind: EventKind
    onset_s: float
    full_from_s: float
    full_until_s: float
    end_s: float
    scripted: bool  # from the scenario's file; else drawn from the statistics
    detail: str = ""  # target, expression, hand act, where there is one
    size: float = 1.0  # closure reached, angle in degrees, or intensity

    @property
    def full_s(self) -> float:
        """How long it is all there."""
        return self.full_until_s - self.full_from_s
