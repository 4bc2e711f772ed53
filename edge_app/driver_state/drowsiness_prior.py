"""What the drive alone says of sleepiness, whoever drives: time of day and time driven in, levels out."""

from __future__ import annotations

import math

from edge_app.driver_state.driving import Driving

_S_PER_H = 3600.0
# Sleepiness and sleep-related accidents peak at 2 to 6 h and, less, at 14 to 16 h (Horne and Reyner 1999). At 4 h the
# odds of an accident are 5.7 times those of 10 h (Åkerstedt et al. 2001); the process C of the three-process model
# (Åkerstedt and Folkard 1997) is lowest at 4.8 h. Centre, half width, levels: half of ln 5.7, since accidents have
# other causes too; of the afternoon, a choice.
_TROUGHS = ((4.0, 4.0, 0.75), (15.0, 2.0, 0.25))
# Lines were crossed 2.6 times as often in the last hour of four as in that of two (Sagaspe et al. 2008, at night): half
# of its logarithm as well. From the first hour on (choice).
_DRIVEN_FROM_S, _DRIVEN_FULL_S, _DRIVEN_LEVELS = 1.0 * _S_PER_H, 4.0 * _S_PER_H, 0.5
_DAY_H = 24.0


def prior_parts(driving: Driving, most: float) -> tuple[tuple[str, float], ...]:
    """(reason, levels) of each; together at most `most`. What is not known adds nothing."""
    parts = (
        ("time_of_day", _by_time_of_day(driving.time_of_day_h)),
        ("time_driven", _by_time_driven(driving.driven_s)),
    )
    total = sum(levels for _, levels in parts)
    share = min(1.0, most / total) if total > 0 else 0.0
    return tuple((reason, levels * share) for reason, levels in parts)


def _by_time_of_day(time_of_day_h: float | None) -> float:
    if time_of_day_h is None:
        return 0.0
    return sum(
        levels * _bump(_apart_h(time_of_day_h, centre_h) / half_width_h)
        for centre_h, half_width_h, levels in _TROUGHS
    )


def _by_time_driven(driven_s: float | None) -> float:
    if driven_s is None:
        return 0.0
    share = (driven_s - _DRIVEN_FROM_S) / (_DRIVEN_FULL_S - _DRIVEN_FROM_S)
    return _DRIVEN_LEVELS * min(1.0, max(0.0, share))


def _apart_h(first_h: float, second_h: float) -> float:
    apart_h = abs(first_h - second_h) % _DAY_H
    return min(apart_h, _DAY_H - apart_h)


def _bump(share: float) -> float:
    """1 at 0, 0 from 1 on, smooth between."""
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, share)))
