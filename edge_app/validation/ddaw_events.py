"""True positives and false negatives of one drive, after EU 2021/1341, Annex I, Part 2, points 5.1.4 and 5.1.5.

In: self-ratings on the Karolinska scale and the system's warnings, in seconds. Out: events, each with its clause.
Where the text leaves a choice, the choice is named in `READINGS`, which the report prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from edge_app.validation.outputs import Told

THRESHOLD_KSS = 8  # Part 1, 3.3.1: a warning is due
WARNED_RIGHTLY_KSS = 7  # Part 2, 5.1.4
LONGEST_LEARNING_S = 30 * 60.0  # Part 2, 8.2

READINGS = (
    "A warning after the rating that crosses the threshold, but before the next one, is a true positive by 5.1.4 (its"
    " previous rating is 7 or above), and then the crossing is no false negative as well. The strict figure beside it"
    " counts such a crossing as a false negative.",
    "After a false negative the test goes on: a later warning can still be a true positive, and a fall below the"
    " threshold with another rise can be another false negative (the text ends a test only with a true positive).",
    "A first rating at or above the threshold, with none before it, is no crossing: 5.1.5 speaks of a rating below the"
    " threshold and the one that follows.",
    "Where 5.1.5 excludes a test for ratings that fall below 7 at once, all its events are left out.",
    "A warning in the learning phase ends it (Part 1, 3.1.7) and counts.",
    "A warning with ratings below 7 on both sides, or on the one side there is, is a false positive; one without any"
    " rating beside it is not judged.",
)


@dataclass(frozen=True, slots=True)
class Rating:
    """One self-rating."""

    t_s: float
    kss: int


class Outcome(str, Enum):
    """What became of a crossing of the threshold, or of a warning."""

    TRUE_POSITIVE = "true positive"
    FALSE_NEGATIVE = "false negative"
    FALSE_POSITIVE = "false positive"
    OUTLIER = "true negative, outlier"
    UNRATED = "warning without a rating"


@dataclass(frozen=True, slots=True)
class DriveEvent:
    """One event. `t_s`: of the warning, else of the rating that crossed the threshold."""

    outcome: Outcome
    t_s: float
    clause: str
    ratings: tuple[Rating, ...]  # those it was judged by, in order


@dataclass(frozen=True, slots=True)
class JudgedTest:
    """All events of one drive, or why they are excluded."""

    events: tuple[DriveEvent, ...]
    excluded: str = ""

    def count(self, outcome: Outcome) -> int:
        return sum(event.outcome is outcome for event in self.events)


def judge_test(
    ratings: Sequence[Rating],
    warnings: Sequence[Told],
    *,
    active_from_s: float = 0.0,
    learning_s: float = 0.0,
    strict: bool = False,
) -> JudgedTest:
    """`ratings` and `warnings` in order of time. `strict`: a warning after the crossing rating comes too late."""
    from_s = _learned_s(warnings, active_from_s, learning_s)
    warnings = [warning for warning in warnings if warning.t_s >= from_s]
    first_right = next((w for w in warnings if _rightly(ratings, w.t_s)), None)
    ends_s = first_right.t_s if first_right is not None else float("inf")
    events: list[DriveEvent] = []
    late = False
    for at in range(1, len(ratings)):
        before, crossing = ratings[at - 1], ratings[at]
        if not before.kss < THRESHOLD_KSS <= crossing.kss or not from_s <= crossing.t_s < ends_s:
            continue
        extra = ratings[at + 1] if at + 1 < len(ratings) else None
        if first_right is not None and (extra is None or ends_s <= extra.t_s):
            late = True
            if strict:
                events.append(_event(Outcome.FALSE_NEGATIVE, "5.1.5(b)", before, crossing))
            continue
        if extra is None:
            events.append(_event(Outcome.FALSE_NEGATIVE, "5.1.5(b)", before, crossing))
        elif extra.kss >= THRESHOLD_KSS:
            clause = "5.1.5(b), first indent"
            events.append(_event(Outcome.FALSE_NEGATIVE, clause, before, crossing, extra))
        elif extra.kss == WARNED_RIGHTLY_KSS:
            clause = "5.1.5(b), second indent"
            events.append(_event(Outcome.OUTLIER, clause, before, crossing, extra))
        else:
            told = f"{before.kss}-{crossing.kss}-{extra.kss} at {crossing.t_s / 60:.0f} min"
            return JudgedTest((), f"5.1.5(b), third indent: ratings {told}")
    events += [_warned(ratings, warning.t_s) for warning in warnings if warning.t_s < ends_s]
    if first_right is not None and not (strict and late):
        around = tuple(r for r in _beside(ratings, ends_s) if r is not None)
        events.append(DriveEvent(Outcome.TRUE_POSITIVE, ends_s, "5.1.4", around))
    return JudgedTest(tuple(sorted(events, key=lambda event: event.t_s)))


def _learned_s(warnings: Sequence[Told], active_from_s: float, learning_s: float) -> float:
    """When results begin to count (Part 2, 8.2, and Part 1, 3.1.7)."""
    until_s = active_from_s + min(learning_s, LONGEST_LEARNING_S)
    ended_by = [w.t_s for w in warnings if active_from_s <= w.t_s < until_s]
    return min([until_s, *ended_by])


def _rightly(ratings: Sequence[Rating], t_s: float) -> bool:
    return any(r is not None and r.kss >= WARNED_RIGHTLY_KSS for r in _beside(ratings, t_s))


def _warned(ratings: Sequence[Rating], t_s: float) -> DriveEvent:
    """A warning that no rating bears out."""
    around = tuple(rating for rating in _beside(ratings, t_s) if rating is not None)
    outcome = Outcome.FALSE_POSITIVE if around else Outcome.UNRATED
    return DriveEvent(outcome, t_s, "8.1" if around else "none", around)


def _beside(ratings: Sequence[Rating], t_s: float) -> tuple[Rating | None, Rating | None]:
    """The last rating up to `t_s` and the next one."""
    earlier = [rating for rating in ratings if rating.t_s <= t_s]
    later = [rating for rating in ratings if rating.t_s > t_s]
    return (earlier[-1] if earlier else None), (later[0] if later else None)


def _event(
    outcome: Outcome, clause: str, before: Rating, crossing: Rating, *extra: Rating
) -> DriveEvent:
    return DriveEvent(outcome, crossing.t_s, clause, (before, crossing, *extra))
