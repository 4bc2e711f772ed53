"""The cues from which impairment is suspected, and what one of them reads now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from edge_app.driver_state.signals import Unavailable


class Cue(str, Enum):
    """The words under which a cue is told as a reason; the last three speak of sleepiness rather."""

    LESS_OPEN_EYES = "less_open_eyes"
    OPENING_LOST = "opening_lost"
    ROAD_CENTRE = "gaze_on_road_centre"
    HEAD_ON_ROAD = "head_on_road_centre"
    SLOW_BLINKS = "slow_blinks"
    LONG_CLOSURES = "long_closures"
    GAZE_DRIFT = "gaze_drift"
    FEW_SACCADES = "few_saccades"
    NYSTAGMUS = "nystagmus_like"
    SLOW_SACCADES = "slow_saccades"
    HEAD_SWAY = "head_sway"
    LESS_MIMICRY = "less_mimicry"
    INTOXICATION_HEAD = "intoxication_head"
    MICROSLEEPS = "microsleeps"
    PERCLOS = "perclos"
    YAWNS = "yawns"


OF_THE_EYES = frozenset(
    {
        Cue.LESS_OPEN_EYES,
        Cue.OPENING_LOST,
        Cue.ROAD_CENTRE,
        Cue.SLOW_BLINKS,
        Cue.LONG_CLOSURES,
        Cue.GAZE_DRIFT,
        Cue.FEW_SACCADES,
        Cue.NYSTAGMUS,
        Cue.SLOW_SACCADES,
        Cue.MICROSLEEPS,
        Cue.PERCLOS,
    }
)
"""Cues that cannot be seen while the eyes are hidden; the others need no more than a face."""


@dataclass(frozen=True, slots=True)
class CueReading:
    """`value` in the unit of the cue's account; None with a reason while there is none."""

    value: float | None
    coverage: float  # 0..1: seen for long enough, and well enough
    unavailable: Unavailable | None

    @staticmethod
    def of(value: float, coverage: float) -> CueReading:
        return CueReading(value, min(1.0, max(0.0, coverage)), None)

    @staticmethod
    def missing(reason: Unavailable) -> CueReading:
        return CueReading(None, 0.0, reason)


NOT_YET = CueReading.missing(Unavailable.NOT_CALIBRATED)
