"""The parts of `benchmarks.personal_references`: each drives some people and says what came of it in rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.personal_drives import (
    SHUT_BEHIND_LENSES,
    Sight,
    alarms,
    behind_lenses,
    busy_drive,
    calibrations,
    distance,
    driven,
    open_eyes,
    parked_and_empty,
    plain_drive,
    seen,
    settings_that,
)
from calibration.driver.references import OPEN_EYE, DriverReferences
from edge_app.alerts.event import EventType
from edge_app.driver_state.signals import Signal
from edge_app.driver_state.state import Calibration
from edge_app.settings import VigilSettings

CAUGHT_WITHIN_S = 3.5  # of touching lids
CONVERGES_WITHIN_S, CONVERGED_TO = 120.0, 0.04
NEAR_DEFAULTS = 0.05
_SLEEPS_AT_S, _SLEEPS_S = 420.0, 5.0
_LATEST_WAY_S = 0.9  # in which the simulator's lids come down before sleep
_MIND = (EventType.MICROSLEEP, EventType.SLEEP)


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    driven: str
    figure: str
    bar: str = ""
    met: bool | None = None


Measure = Callable[[], list[Row]]
_HOW = {True: "learned", False: "typical references"}


def attentive(people: int, hours: float) -> Iterator[Measure]:
    for kind in ("narrow eyes", "glasses", "narrow eyes, glasses"):
        yield partial(_attentive, kind, people, hours)


def _attentive(kind: str, people: int, hours: float) -> list[Row]:
    told: Counter[str] = Counter()
    known = 0
    for seed in range(people):
        drive = busy_drive(kind, seed, hours * 3600.0)
        progress = 0.0
        for judgement in driven(seen(drive), settings_that(learn=True)):
            progress = judgement.state.calibration.progress
            told.update(event.value for _, event in alarms([judgement]))
        known += progress >= 1.0
    figure = ", ".join(f"{count} {name}" for name, count in sorted(told.items())) or "0"
    driven_h = f"{people} people, {people * hours:g} h"
    return [
        Row(
            f"attentive, {kind}: false drowsiness, microsleep or sleep",
            driven_h,
            figure,
            "0",
            not told,
        ),
        Row(f"attentive, {kind}: learned by the end", driven_h, f"{known} of {people}"),
    ]


def asleep(people: int, hours: float) -> Iterator[Measure]:
    """People who fall asleep in the eighth minute; also with lenses behind which a shut eye reads half open."""
    for kind in ("narrow eyes", "glasses", "narrow eyes, glasses"):
        for learn in (True, False):
            yield partial(_asleep, kind, people, learn, False)
    for learn in (True, False):
        yield partial(_asleep, "glasses", people, learn, True)


def _asleep(kind: str, people: int, learn: bool, lifted: bool) -> list[Row]:
    late: list[float] = []
    missed = 0
    for seed in range(people):
        sleep = {"type": "sleep", "from_s": _SLEEPS_AT_S, "duration_s": _SLEEPS_S}
        drive = plain_drive(kind, seed, _SLEEPS_AT_S + 12.0, behaviours=[sleep])
        sights: Iterator[Sight] = seen(drive)
        if lifted:
            sights = behind_lenses(sights, OPEN_EYE)
        told = [
            t_s - _SLEEPS_AT_S
            for t_s, event in alarms(driven(sights, settings_that(learn=learn)))
            if event in _MIND and t_s >= _SLEEPS_AT_S
        ]
        missed += not told
        late += told[:1]
    figure = f"{len(late)} of {people}"
    if late:
        figure += f", at the latest {max(late):.1f} s after the lids began to fall"
    what = f"asleep, {kind}{f' that lift a shut eye to {SHUT_BEHIND_LENSES}' if lifted else ''}"
    met = missed == 0 and max(late) <= CAUGHT_WITHIN_S + _LATEST_WAY_S
    return [
        Row(
            f"{what}, {_HOW[learn]}: microsleep or sleep told",
            f"{people} people",
            figure,
            f"all within {CAUGHT_WITHIN_S} s of shut lids" if learn else "",
            met if learn else None,
        )
    ]


def convergence(people: int, hours: float) -> Iterator[Measure]:
    for kind in ("usual", "narrow eyes", "glasses"):
        yield partial(_convergence, kind, people)


def _convergence(kind: str, people: int) -> list[Row]:
    whole, off = [], []
    for seed in range(people):
        drive = plain_drive(kind, seed, CONVERGES_WITHIN_S + 60.0)
        last: Calibration | None = None
        complete_s = float("inf")
        for t_s, calibration in calibrations(driven(seen(drive), settings_that(learn=True))):
            last = calibration
            if calibration.progress >= 1.0:
                complete_s = min(complete_s, t_s)
        assert last is not None
        whole.append(complete_s)
        left, right = open_eyes(drive)
        off.append(
            max(abs(last.references.left.open - left), abs(last.references.right.open - right))
        )
    return [
        Row(
            f"converges, {kind}: progress 1 after, the slowest",
            f"{people} people",
            f"{max(whole):.0f} s",
            f"at most {CONVERGES_WITHIN_S:.0f} s",
            max(whole) <= CONVERGES_WITHIN_S,
        ),
        Row(
            f"converges, {kind}: open eye off the script's, the worst after 3 min",
            f"{people} people",
            f"{max(off):.3f}",
            f"at most {CONVERGED_TO}",
            max(off) <= CONVERGED_TO,
        ),
    ]


def drowsy(people: int, hours: float) -> Iterator[Measure]:
    for kss in (7.0, 8.0, 9.0):
        yield partial(_drowsy, kss, people)


def _drowsy(kss: float, people: int) -> list[Row]:
    """Twenty minutes of a sleepy driver, then twenty of the same one after a rest."""
    drowsy_s, alert_s = 1200.0, 1200.0
    farthest, blinks, learned_later = [], 0, 0
    for seed in range(people):
        drive = plain_drive("usual", seed, drowsy_s + alert_s, kss=((0.0, kss), (drowsy_s, 2.0)))
        far, progress = 0.0, 0.0
        for t_s, calibration in calibrations(driven(seen(drive), settings_that(learn=True))):
            if t_s < drowsy_s:
                far = max(far, distance(calibration.references, DriverReferences()))
                blinks = max(blinks, calibration.references.blinks.blinks)
            progress = calibration.progress
        farthest.append(far)
        learned_later += progress >= 1.0
    return [
        Row(
            f"drowsy from the first minute, KSS {kss:g}: references in use off the typical ones, the farthest",
            f"{people} people, {people * drowsy_s / 3600:.1f} h",
            f"{max(farthest):.3f}",
            f"at most {NEAR_DEFAULTS}",
            max(farthest) <= NEAR_DEFAULTS,
        ),
        Row(
            f"drowsy from the first minute, KSS {kss:g}: blinks taken for alert ones",
            f"{people} people",
            f"{blinks}",
            "0",
            blinks == 0,
        ),
        Row(
            f"the same people alert for 20 min after KSS {kss:g}: learned",
            f"{people} people",
            f"{learned_later} of {people}",
            "all",
            learned_later == people,
        ),
    ]


def glasses(people: int, hours: float) -> Iterator[Measure]:
    yield partial(_glasses, people)


def _glasses(people: int) -> list[Row]:
    """Bare for five minutes, glasses that lift a shut eye for five, bare again for one: what is in use at each end."""
    errors_on, errors_off = [], []
    for seed in range(people):
        drive = plain_drive("usual", seed, 660.0)

        def worn(sights: Iterator[Sight]) -> Iterator[Sight]:
            for sight in sights:
                on = 300.0 <= sight.signals.t_s < 600.0
                told = replace(sight.signals, glasses=Signal.of(0.9 if on else 0.1, 0.3))
                told_sight = replace(sight, signals=told)
                yield next(iter(behind_lenses([told_sight], OPEN_EYE))) if on else told_sight

        bare: DriverReferences | None = None
        lifted: DriverReferences | None = None
        back: DriverReferences | None = None
        for t_s, calibration in calibrations(driven(worn(seen(drive)), settings_that(learn=True))):
            if t_s < 300.0:
                bare = calibration.references
            elif t_s < 600.0:
                lifted = calibration.references
            else:
                back = calibration.references
        assert bare is not None and lifted is not None and back is not None
        errors_on.append(abs(lifted.left.closed - SHUT_BEHIND_LENSES))
        errors_off.append(distance(back, bare))
    return [
        Row(
            "glasses put on: shut eye behind them, off the script's after 5 min",
            f"{people} people",
            f"{max(errors_on):.3f}",
            f"at most {CONVERGED_TO}",
            max(errors_on) <= CONVERGED_TO,
        ),
        Row(
            "glasses taken off: references off those before, after 1 min",
            f"{people} people",
            f"{max(errors_off):.3f}",
            f"at most {CONVERGED_TO}",
            max(errors_off) <= CONVERGED_TO,
        ),
    ]


def driver_change(people: int, hours: float) -> Iterator[Measure]:
    yield partial(_driver_change, people)


def _driver_change(people: int) -> list[Row]:
    """After a stop another driver sits there, or the same one."""
    noticed, kept = 0, 0
    for seed in range(people):
        for other in (seed + 100, seed):
            calibration = _after_stop(seed, other, settings_that(learn=True))
            if other == seed:
                kept += calibration.driver_number == 1
            else:
                noticed += calibration.driver_number == 2
    return [
        Row("another driver after a stop: noticed", f"{people} pairs", f"{noticed} of {people}"),
        Row("the same driver after a stop: kept", f"{people} people", f"{kept} of {people}"),
    ]


def _after_stop(seed: int, other: int, settings: VigilSettings) -> Calibration:
    def sights() -> Iterator[Sight]:
        yield from seen(plain_drive("narrow eyes", seed, 200.0))
        yield from parked_and_empty(200.0, 260.0)
        # Another hour, another noise; the same person where the seed is the same.
        yield from seen(
            plain_drive("usual" if other != seed else "narrow eyes", other, 30.0), from_s=260.0
        )

    last: Calibration | None = None
    for _, calibration in calibrations(driven(sights(), settings)):
        last = calibration
    assert last is not None
    return last


PARTS: dict[str, Callable[[int, float], Iterator[Measure]]] = {
    "attentive": attentive,
    "asleep": asleep,
    "convergence": convergence,
    "drowsy": drowsy,
    "glasses": glasses,
    "driver_change": driver_change,
}
