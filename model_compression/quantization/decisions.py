"""What a vehicle decides from one frame: eyes closed, mouth open, head off the road; and whether two models agree.

Asked only where the float model is sure: where its value is farther from the threshold than the deviation it states.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from calibration.driver.references import EyeReference
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Signals
from model_compression.quantization.check import Check

LEAST_EQUAL = 99.9  # per cent
LEAST_COVERAGE = 95.0  # per cent
_SETTINGS = DriverStateSettings()


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision with how far the value lies from its threshold, in stated deviations. None: unavailable."""

    yes: bool
    margin: float


def eyes_closed(signals: Signals) -> Judged | None:
    """Of the eyes that can be seen, each against the references of a driver not yet known."""
    lids, references = _SETTINGS.lids, EyeReference()
    values = []
    for signal in (signals.eye_openness_left, signals.eye_openness_right):
        if signal.value is not None:
            span = references.open - references.closed
            closed_at = references.open - lids.closed_from * span
            values.append((signal.value - closed_at, signal.std or 0.0))
    if not values:
        return None
    above = sum(value for value, _ in values) / len(values)
    return _judged(-above, sum(std for _, std in values) / len(values))


def mouth_open(signals: Signals) -> Judged | None:
    return _over(signals.mouth_openness, _SETTINGS.yawn.wide_from)


def head_off_road(signals: Signals) -> Judged | None:
    """Against the camera's own axis: the widest of the three limits decides."""
    yaw, pitch = signals.head_yaw_rad, signals.head_pitch_rad
    if yaw.value is None or pitch.value is None:
        return None
    glance = _SETTINGS.glance
    beyond = max(
        abs(yaw.value) - math.radians(glance.max_yaw_deg),
        -pitch.value - math.radians(glance.max_down_deg),
        pitch.value - math.radians(glance.max_up_deg),
    )
    return _judged(beyond, max(yaw.std or 0.0, pitch.std or 0.0))


DECISIONS: dict[str, Callable[[Signals], Judged | None]] = {
    "eyes closed": eyes_closed,
    "mouth open": mouth_open,
    "head off the road": head_off_road,
}


def decision_checks(reference: Sequence[Signals], candidate: Sequence[Signals]) -> Iterable[Check]:
    """Both of the same frames."""
    for name, judge in DECISIONS.items():
        available = sure = equal = 0
        for ours, theirs in zip(reference, candidate, strict=True):
            mine = judge(ours)
            if mine is None:
                continue
            available += 1
            if mine.margin < 1.0:
                continue
            sure += 1
            other = judge(theirs)
            equal += other is not None and other.yes == mine.yes
        yield Check(
            ("face", "eyes"),
            name,
            "share of sure decisions that are equal, per cent",
            100 * equal / sure if sure else math.nan,
            "at least",
            LEAST_EQUAL,
            sure,
        )
        yield Check(
            ("face", "eyes"),
            name,
            "share of frames in which float is sure, per cent",
            100 * sure / available if available else math.nan,
            "at least",
            LEAST_COVERAGE,
            available,
        )


def _over(signal: Signal, threshold: float) -> Judged | None:
    if signal.value is None:
        return None
    return _judged(signal.value - threshold, signal.std or 0.0)


def _judged(beyond: float, std: float) -> Judged | None:
    if not math.isfinite(beyond) or math.isnan(std):
        return None
    return Judged(beyond >= 0.0, abs(beyond) / max(std, 1e-9))
