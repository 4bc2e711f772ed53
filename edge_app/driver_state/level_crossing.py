"""When a course of samples crossed a level: interpolated between the two samples about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(slots=True)
class Sample:
    t_s: float
    value: float


def first_rise_s(course: Sequence[Sample], level: float) -> float:
    """When it first came up to `level`; its beginning where it never did."""
    for before, after in pairwise(course):
        if before.value < level <= after.value:
            return _crossing_s(before, after, level)
    return course[0].t_s


def last_rise_s(course: Sequence[Sample], level: float) -> float:
    """When it last came up to `level`; its beginning where it was above from the start."""
    for before, after in reversed(list(pairwise(course))):
        if before.value < level <= after.value:
            return _crossing_s(before, after, level)
    return course[0].t_s


def last_fall_s(course: Sequence[Sample], level: float) -> float:
    """When it last fell below `level`; its end where it never did."""
    for before, after in reversed(list(pairwise(course))):
        if before.value >= level > after.value:
            return _crossing_s(before, after, level)
    return course[-1].t_s


def _crossing_s(before: Sample, after: Sample, level: float) -> float:
    share = (level - before.value) / (after.value - before.value)
    return before.t_s + share * (after.t_s - before.t_s)
