"""The driver state and signals of one frame as one flat row: what `signals.csv`, the report and the live page read.

Beside every signal stands `<name>_unavailable`: the reason why the signal has no value, empty when it has one. What
heads over time say stands in columns that begin with `experimental_`. A suspicion of impairment has columns only where
the owner has switched its advice on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from edge_app.driver_state.signals import UNREAD, Signal, Signals, TemporalHead, Unavailable
from edge_app.driver_state.state import DriverState, LidLevels, LidState, NotLearning

Cell = float | int | str
Reading = tuple[float | int | str | None, Unavailable | None]

SUFFIX = "_unavailable"


@dataclass(frozen=True, slots=True)
class Column:
    """One signal of the row: its name, how it is read from the state, and its decimals."""

    name: str
    read: Callable[[DriverState], Reading]
    digits: int = 3


def columns(
    expression_labels: tuple[str, ...] = (),
    heads: tuple[TemporalHead, ...] = (),
    *,
    impairment: bool = False,
) -> list[str]:
    """Header of the rows. Expression and heads over time have columns only where perception offers them.

    Of each head the likeliest class, then the probability of every class. impairment: with the suspicion of it.
    """
    names = ["t_s", "face"]
    for column in _of_state(impairment):
        names += [column.name, column.name + SUFFIX]
    for name, *_ in _SIGNALS:
        names += [name, name + SUFFIX]
    if expression_labels:
        names += ["expression", "expression" + SUFFIX]
    for head in heads:
        of_head = f"experimental_{head.name}"
        for name in (of_head, *(f"{of_head}_{label}" for label in head.classes)):
            names += [name, name + SUFFIX]
    return names


def row(
    state: DriverState,
    observation_present: bool,
    expression_labels: tuple[str, ...] = (),
    signals: Signals | None = None,
    heads: tuple[TemporalHead, ...] = (),
    *,
    impairment: bool = False,
) -> list[Cell]:
    """The cells of one frame, in the order of `columns` for the same; an unavailable value is ''.

    Where the `signals` of the frame are not at hand, theirs are unavailable as stale.
    """
    cells: list[Cell] = [round(state.t_s, 4), int(observation_present)]
    for column in _of_state(impairment):
        cells += _cells(column.read(state), column.digits)
    for _, read, digits in _SIGNALS:
        cells += _cells(
            (None, Unavailable.STALE) if signals is None else _signal(read(signals)), digits
        )
    if expression_labels:
        cells += _cells(_expression(state, expression_labels), 0)
    for head in heads:
        for reading in _over_time(state, head):
            cells += _cells(reading, 4)
    return cells


def blink_count(state: DriverState) -> Reading:
    """Blinks since the start; missing while none could be counted, as at a low frame rate."""
    reason = state.blinks.rate_per_min.unavailable
    if reason is Unavailable.NOT_CALIBRATED and state.closure.both.unavailable is not reason:
        # The rate needs a while; blinks are counted meanwhile.
        reason = None
    return (state.blinks.count, None) if reason is None else (None, reason)


def _cells(reading: Reading, digits: int) -> list[Cell]:
    value, reason = reading
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ["", (reason or Unavailable.UNCERTAIN).value]
    # Adding 0.0 turns -0.0 into 0.0.
    return [round(value, digits) + 0.0 if isinstance(value, float) else value, ""]


def _signal(signal: Signal) -> Reading:
    return signal.value, signal.unavailable


def _of_lids(state: DriverState, value: float | str) -> Reading:
    """What is known of the lids at this moment is missing when the lids are."""
    if state.lid_episode.lids is LidState.UNKNOWN:
        return None, state.closure.both.unavailable or state.presence.reason
    return value, None


def _level(state: DriverState, read: Callable[[LidLevels], float | None]) -> Reading:
    levels = state.lid_episode.levels
    if levels is None:
        return None, state.closure.both.unavailable or state.presence.reason
    return read(levels), Unavailable.NOT_CALIBRATED


def _windowed(state: DriverState, value: float | None) -> Reading:
    """A figure of the last minute; missing for what hides the eyes now, else for too little evidence so far."""
    return value, state.closure.both.unavailable or Unavailable.UNCERTAIN


def _of_mouth(state: DriverState, value: int) -> Reading:
    if state.mouth_openness.value is None:
        return None, state.mouth_openness.unavailable
    return value, None


def _of_head(state: DriverState, value: int) -> Reading:
    if state.head_pitch_rad.value is None:
        return None, state.head_pitch_rad.unavailable
    return value, None


def _waits_for(reason: NotLearning | None) -> str:
    return "none" if reason is None else reason.value


def _known(answer: bool | None) -> Reading:
    return (None, Unavailable.UNCERTAIN) if answer is None else (int(answer), None)


def _of_glance(state: DriverState, value: float | int | str | None) -> Reading:
    if state.glance.off_road is None:
        return None, state.glance.unavailable
    return value, None


def _forward(state: DriverState, value: float | None) -> Reading:
    return value, state.glance.unavailable or Unavailable.NOT_CALIBRATED


def _expression(state: DriverState, labels: tuple[str, ...]) -> Reading:
    if state.expression is None or not 0 <= state.expression.label_index < len(labels):
        return None, state.presence.reason
    return labels[state.expression.label_index], None


def _over_time(state: DriverState, head: TemporalHead) -> list[Reading]:
    """The likeliest class, then each class's probability."""
    for told in state.temporal:
        probabilities = told.voted.probabilities
        if told.head == head.name and len(probabilities) == len(head.classes):
            label = head.classes[told.voted.label_index]
            return [(label, None), *((share, None) for share in probabilities)]
    return [(None, state.presence.reason)] * (1 + len(head.classes))


_COLUMNS = (
    Column("closure_left", lambda s: _signal(s.closure.left)),
    Column("closure_right", lambda s: _signal(s.closure.right)),
    Column("closure", lambda s: _signal(s.closure.both)),
    Column("lids", lambda s: _of_lids(s, s.lid_episode.lids.value)),
    Column("closure_kind", lambda s: _of_lids(s, s.lid_episode.kind.value)),
    Column("eyes_closed_s", lambda s: _of_lids(s, s.lid_episode.closed_s)),
    Column("own_deep_from", lambda s: _level(s, lambda levels: levels.own_deep_from)),
    Column("deep_s", lambda s: _level(s, lambda levels: levels.deep_s)),
    Column("cast_down_from", lambda s: _level(s, lambda levels: levels.cast_down_from)),
    Column("perclos", lambda s: _windowed(s, s.perclos.share), 4),
    Column("perclos_without_blinks", lambda s: _windowed(s, s.perclos.share_without_blinks), 4),
    Column("perclos_coverage", lambda s: (s.perclos.coverage, None)),
    Column("blink_count", blink_count),
    Column("blink_rate_per_min", lambda s: _signal(s.blinks.rate_per_min), 1),
    Column("blink_mean_duration_s", lambda s: _signal(s.blinks.mean_duration_s)),
    Column("blink_mean_reopening_s", lambda s: _signal(s.blinks.mean_reopening_s)),
    Column("mouth_openness", lambda s: _signal(s.mouth_openness)),
    Column("yawn_in_progress", lambda s: _of_mouth(s, int(s.yawn.in_progress))),
    Column("yawn_count_10_min", lambda s: (s.yawn.count_10_min, None)),
    Column("head_yaw_rad", lambda s: _signal(s.head_yaw_rad), 4),
    Column("head_pitch_rad", lambda s: _signal(s.head_pitch_rad), 4),
    Column("head_roll_rad", lambda s: _signal(s.head_roll_rad), 4),
    Column("forward_yaw_rad", lambda s: _forward(s, s.glance.forward_yaw_rad), 4),
    Column("forward_pitch_rad", lambda s: _forward(s, s.glance.forward_pitch_rad), 4),
    Column("off_road", lambda s: _of_glance(s, int(bool(s.glance.off_road)))),
    Column("off_road_why", lambda s: _of_glance(s, s.glance.why.value if s.glance.why else "none")),
    Column("off_road_s", lambda s: _of_glance(s, s.glance.off_road_s)),
    Column("off_road_30_s", lambda s: (s.glance.off_road_s_in_window, None)),
    Column("face_absent_s", lambda s: (s.presence.absent_s, None)),
    Column("eyes_unavailable_s", lambda s: (s.presence.eyes_unavailable_s, None)),
    Column("lids_low_s", lambda s: (s.presence.lids_low_s, None)),
    Column("drowsiness_level", lambda s: (s.drowsiness.level, s.drowsiness.unavailable), 2),
    Column("drowsiness_confidence", lambda s: (s.drowsiness.confidence, None)),
    Column("drowsiness_reasons", lambda s: (" ".join(s.drowsiness.reasons), None)),
    Column(
        "drowsiness_probability",
        lambda s: (s.drowsiness.probability, s.drowsiness.unavailable or Unavailable.UNCERTAIN),
        4,
    ),
    Column("drowsiness_by_eyes", lambda s: (int(s.drowsiness.by_eyes), None)),
    Column("head_drop_in_progress", lambda s: _of_head(s, int(s.head_drops.in_progress))),
    Column("head_drop_count_10_min", lambda s: (s.head_drops.count_10_min, None)),
    Column("calibration_progress", lambda s: (s.calibration.progress, None)),
    Column("calibration_confidence", lambda s: (s.calibration.confidence, None)),
    Column("calibration_waits_for", lambda s: (_waits_for(s.calibration.not_learning), None)),
    Column("glasses_worn", lambda s: _known(s.calibration.glasses)),
    Column("driver_number", lambda s: (s.calibration.driver_number, None)),
    Column("valid_frame_rate_hz", lambda s: (s.valid_frame_rate_hz, None), 1),
)
_IMPAIRMENT = (
    Column("impairment_suspicion", lambda s: (s.impairment.suspicion, s.impairment.unavailable)),
    Column("impairment_confidence", lambda s: (s.impairment.confidence, None)),
    Column("impairment_reasons", lambda s: (" ".join(s.impairment.reasons), None)),
    Column("impairment_like_drowsiness", lambda s: (int(s.impairment.like_drowsiness), None)),
)


def _of_state(impairment: bool) -> tuple[Column, ...]:
    return (*_COLUMNS, *_IMPAIRMENT) if impairment else _COLUMNS


def _blink_level(signals: Signals) -> Signal:
    """0 alert, 5 low vigilance, 10 drowsy, by the learned head on blinks."""
    told = signals.blink_reading
    return UNREAD if told is None else Signal.of(told.level)


# What perception says of this one frame, before the state makes anything of it.
_SIGNALS: tuple[tuple[str, Callable[[Signals], Signal], int], ...] = (
    ("eye_openness_left", lambda s: s.eye_openness_left, 3),
    ("eye_openness_right", lambda s: s.eye_openness_right, 3),
    ("smile", lambda s: s.smile, 3),
    ("gaze_yaw_rad", lambda s: s.gaze_yaw_rad, 4),
    ("gaze_pitch_rad", lambda s: s.gaze_pitch_rad, 4),
    ("eye_aspect_ratio", lambda s: s.eye_aspect_ratio, 3),
    ("glasses", lambda s: s.glasses, 3),
    ("blink_reading", _blink_level, 2),
)
