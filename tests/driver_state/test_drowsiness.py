"""The level adds up what was seen, names it, and is withheld from a driver who was not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.driver.references import DriverReferences
from edge_app.driver_state.driving import Driving
from edge_app.driver_state.drowsiness import DrowsinessEstimator
from edge_app.driver_state.drowsiness_evidence import DrowsinessSigns
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import BlinkReading, Signal, Unavailable
from edge_app.driver_state.state import (
    UNCALIBRATED,
    Blink,
    BlinkStatistics,
    Calibration,
    ClosureKind,
    Drowsiness,
    HeadDropState,
    LidEpisode,
    LidState,
    Perclos,
    YawnState,
)
from tests.driver_state.traces import (
    CLOSED,
    OPEN,
    SHUT_MOUTH,
    Course,
    Driver,
    always,
    at,
    blinking,
    during,
    frame_times,
    missing,
    sample,
    watch,
)

DROWSINESS = DriverStateSettings().drowsiness


def drowsiness_after(
    duration_s: float, closure: Course, *, frame_rate_hz: float = 30.0, mouth: Course = SHUT_MOUTH
) -> Drowsiness:
    return watch(Driver(closure=closure, mouth=mouth), duration_s, frame_rate_hz)[-1].drowsiness


def droops(share: float) -> Course:
    """Closures of 0.8 s, as often as gives this share of time: too long for blinks, too short to be sleep."""
    every_s = 0.8 / share
    return during(CLOSED, *((every_s * i, every_s * i + 0.8) for i in range(1, 400)))


def test_wide_awake_driver_has_the_level_of_one_and_no_reasons() -> None:
    drowsiness = drowsiness_after(70.0, blinking(4.0))
    assert drowsiness.level == DROWSINESS.alert_level
    assert drowsiness.reasons == ()


def test_no_level_before_the_eyes_were_seen_for_a_while() -> None:
    states = watch(Driver(), 70.0, 10.0)
    early = at(states, DROWSINESS.min_observed_s - 1.0).drowsiness
    assert early.level is None
    assert early.unavailable is Unavailable.NOT_CALIBRATED
    assert at(states, DROWSINESS.min_observed_s + 2.0).drowsiness.level is not None


def test_driver_whom_nobody_sees_has_no_level() -> None:
    gone = missing(Unavailable.NO_FACE, (70.0, 200.0))
    drowsiness = watch(Driver(face_missing=gone), 150.0, 10.0)[-1].drowsiness
    assert drowsiness.level is None
    assert drowsiness.unavailable is Unavailable.NO_FACE


def test_moderate_perclos_adds_three_levels_and_severe_five() -> None:
    # At 10 frames/s, where the same closures are not blinks as well.
    moderate = drowsiness_after(130.0, droops(DROWSINESS.perclos_moderate), frame_rate_hz=10.0)
    severe = drowsiness_after(130.0, droops(DROWSINESS.perclos_severe * 1.1), frame_rate_hz=10.0)
    assert moderate.level == pytest.approx(DROWSINESS.alert_level + 3.0, abs=0.5)
    assert severe.level == pytest.approx(DROWSINESS.alert_level + 5.0, abs=0.1)
    assert severe.reasons == ("perclos",)


def test_slow_blinks_add_up_to_two_levels() -> None:
    quick = drowsiness_after(70.0, blinking(6.0, length_s=0.2))
    slow = drowsiness_after(70.0, blinking(6.0, length_s=0.9))  # 0.78 s between its feet
    assert "slow_blinks" not in quick.reasons
    assert "slow_blinks" in slow.reasons
    perclos_alone = drowsiness_after(70.0, blinking(6.0, length_s=0.9), frame_rate_hz=10.0)
    assert slow.level is not None and perclos_alone.level is not None
    assert slow.level - perclos_alone.level == pytest.approx(2.0, abs=0.3)


def test_yawns_add_half_a_level_each_and_two_at_most() -> None:
    def yawning(count: int) -> Course:
        return during(0.9, *((5.0 + 8.0 * i, 8.0 + 8.0 * i) for i in range(count)), otherwise=0.0)

    two = drowsiness_after(80.0, always(OPEN), frame_rate_hz=10.0, mouth=yawning(2))
    nine = drowsiness_after(80.0, always(OPEN), frame_rate_hz=10.0, mouth=yawning(9))
    assert two.level == DROWSINESS.alert_level + 1.0
    assert nine.level == DROWSINESS.alert_level + 2.0
    assert nine.reasons == ("yawns",)


@pytest.mark.parametrize(
    ("closures", "level", "reason"),
    [
        ([(60.0, 61.5)], 7.0, "microsleep"),
        ([(60.0, 61.5), (64.0, 65.5)], 8.0, "repeated_microsleeps"),
        ([(60.0, 64.0)], 9.0, "sleep"),
    ],
)
def test_sleep_sets_a_floor_and_is_the_first_reason(
    closures: list[tuple[float, float]], level: float, reason: str
) -> None:
    drowsiness = drowsiness_after(130.0, during(CLOSED, *closures), frame_rate_hz=10.0)
    assert drowsiness.level == level
    assert drowsiness.reasons[0] == reason


def test_floor_is_there_even_before_a_level_would_be() -> None:
    drowsiness = drowsiness_after(8.0, during(CLOSED, (5.0, 6.5)))
    assert drowsiness.level == 7.0


def test_floor_is_gone_after_its_window() -> None:
    states = watch(Driver(closure=during(CLOSED, (40.0, 41.5))), 420.0, 5.0)
    assert at(states, 41.0 + DROWSINESS.window_s - 5.0).drowsiness.level == 7.0
    assert states[-1].drowsiness.level == DROWSINESS.alert_level


def test_level_never_passes_nine() -> None:
    drowsiness = drowsiness_after(
        130.0,
        lambda t: max(droops(0.4)(t), during(CLOSED, (100.0, 104.0))(t)),
        mouth=during(0.9, (10.0, 13.0), (20.0, 23.0), otherwise=0.0),
    )
    assert drowsiness.level == 9.0


def test_half_the_evidence_gives_half_the_confidence() -> None:
    # At 10 frames/s the blinks cannot be timed.
    full = drowsiness_after(70.0, blinking(4.0))
    half = drowsiness_after(70.0, blinking(4.0), frame_rate_hz=10.0)
    assert half.confidence == pytest.approx(full.confidence / 2, abs=0.01)


def test_driver_whose_own_eyes_are_unknown_is_told_with_less_confidence() -> None:
    assert levels(signs())[-1].confidence == pytest.approx(0.8, abs=0.01)
    known = Calibration(1.0, 1.0, None, None, 1, DriverReferences())
    assert levels(signs(calibration=known))[-1].confidence == pytest.approx(1.0, abs=0.01)


def test_few_blinks_lower_the_confidence_and_count_in_part() -> None:
    few = levels(signs(blink_s=0.6, blink_every_s=40.0))[-1]
    many = levels(signs(blink_s=0.6, blink_every_s=4.0))[-1]
    assert few.confidence < many.confidence
    assert few.level is not None and many.level is not None
    assert DROWSINESS.alert_level < few.level < many.level


def test_level_falls_no_faster_than_a_driver_wakes() -> None:
    states = watch(
        Driver(closure=during(CLOSED, *((60 + 4 * i, 60.9 + 4 * i) for i in range(15)))),
        300.0,
        10.0,
    )
    known = [(state.t_s, state.drowsiness.level) for state in states if state.drowsiness.level]
    peak_s, peak = max(known, key=lambda entry: entry[1])
    fell = [(t_s, level) for t_s, level in known if t_s > peak_s]
    assert peak > 7.0
    for t_s, level in fell:
        least = peak - DROWSINESS.falls_per_min * (t_s - peak_s) / 60.0
        assert level >= min(peak, least) - 1e-6
    assert fell[-1][1] == pytest.approx(DROWSINESS.alert_level, abs=0.05)


def test_reasons_of_a_level_that_is_still_falling_are_those_that_raised_it() -> None:
    states = watch(
        Driver(closure=during(CLOSED, *((60 + 4 * i, 60.9 + 4 * i) for i in range(15)))),
        240.0,
        10.0,
    )
    falling = at(states, 190.0)
    assert falling.perclos.share_without_blinks == 0.0
    assert falling.drowsiness.level is not None
    assert falling.drowsiness.level > DROWSINESS.alert_level + 1.0
    assert falling.drowsiness.reasons == ("perclos",)


def test_slow_blinks_are_those_slow_for_this_driver_once_that_is_known() -> None:
    """Blinks of 0.45 s are long for most, and usual for some."""
    unknown = levels(signs(blink_s=0.45))[-1]
    usual = levels(signs(blink_s=0.45, deviations=0.0))[-1]
    slow = levels(signs(blink_s=0.28, deviations=2.5))[-1]
    assert "slow_blinks" in unknown.reasons
    assert usual.level == DROWSINESS.alert_level and usual.reasons == ()
    assert slow.level == pytest.approx(DROWSINESS.alert_level + 2.0)
    assert slow.reasons == ("slow_own_blinks",)


def test_one_wild_blink_against_the_drivers_own_changes_little() -> None:
    wild = signs(blink_s=0.25, deviations=0.0)
    wild[-1500] = replace(wild[-1500], blinks=replace(BLINK, standardised=(0.0, 1e6, 0.0)))
    assert levels(wild)[-1].level == DROWSINESS.alert_level


def test_blink_head_raises_the_level_a_little_and_lowers_it_never() -> None:
    without = levels(signs(perclos=0.1))[-1].level
    drowsy = levels(signs(perclos=0.1, reading=BlinkReading(0.0, 0.1, 0.9, 9.5, 30)))[-1]
    alert = levels(signs(perclos=0.1, reading=BlinkReading(1.0, 0.0, 0.0, 0.0, 30)))[-1]
    assert without is not None and drowsy.level is not None
    assert alert.level == without
    assert without < drowsy.level <= without + DROWSINESS.blink_head_most
    assert "blink_head" in drowsy.reasons


def test_blink_head_that_stands_on_few_blinks_counts_in_part() -> None:
    few = levels(signs(reading=BlinkReading(0.0, 0.0, 1.0, 10.0, 6)))[-1]
    assert few.level == pytest.approx(DROWSINESS.alert_level + DROWSINESS.blink_head_most / 5)


def test_hidden_eyes_leave_a_level_of_low_confidence() -> None:
    """Sunglasses: head, mouth and drive are left."""
    driving = Driving(driven_s=5 * 3600.0, time_of_day_h=4.0)
    hidden = missing(Unavailable.EYES_OCCLUDED, (0.0, 500.0))
    yawns = during(0.9, *((40.0 + 12 * i, 44.0 + 12 * i) for i in range(4)), otherwise=0.0)
    estimator = DriverStateEstimator(DriverStateSettings())
    driver = Driver(eyes_missing=hidden, mouth=yawns)
    last = [estimator.step(s, driving) for s in sample(driver, frame_times(120.0, 10.0))][-1]
    told = last.drowsiness
    assert not told.by_eyes
    assert told.level == pytest.approx(DROWSINESS.alert_level + 2.0 + DROWSINESS.prior_most)
    assert told.reasons == ("yawns", "time_of_day", "time_driven")
    assert 0.2 < told.confidence <= DROWSINESS.most_confidence_without_eyes


def test_eyes_that_become_visible_carry_the_level_again() -> None:
    hidden = missing(Unavailable.EYES_OCCLUDED, (0.0, 60.0))
    states = watch(Driver(eyes_missing=hidden), 140.0, 10.0)
    assert at(states, 59.0).drowsiness.by_eyes is False
    assert states[-1].drowsiness.by_eyes is True
    assert states[-1].drowsiness.confidence > DROWSINESS.most_confidence_without_eyes - 0.1


@settings(max_examples=12, deadline=None)
@given(
    perclos=st.floats(0.0, 0.3),
    more_perclos=st.floats(0.0, 0.3),
    head=st.floats(0.0, 10.0),
    more_head=st.floats(0.0, 10.0),
    blink_s=st.floats(0.1, 0.9),
    more_blink_s=st.floats(0.0, 0.5),
)
def test_more_of_a_sign_at_every_moment_never_gives_a_lower_level(
    perclos: float,
    more_perclos: float,
    head: float,
    more_head: float,
    blink_s: float,
    more_blink_s: float,
) -> None:
    """The fall of the level included: one that was higher once stays so no shorter."""
    less = levels(
        [
            *signs(perclos=perclos, blink_s=blink_s, seconds=40, reading=_level(head)),
            *signs(from_s=40, seconds=60, blink_s=blink_s),
        ]
    )
    more = levels(
        [
            *signs(
                perclos=perclos + more_perclos,
                blink_s=blink_s + more_blink_s,
                seconds=40,
                reading=_level(min(10.0, head + more_head)),
            ),
            *signs(from_s=40, seconds=60, blink_s=blink_s + more_blink_s),
        ]
    )
    for a, b in zip(less, more, strict=True):
        assert (a.level is None) == (b.level is None)
        if a.level is not None and b.level is not None:
            assert b.level >= a.level - 1e-9
            assert a.probability is not None and b.probability is not None
            assert b.probability >= a.probability - 1e-9


def _level(level: float) -> BlinkReading:
    return BlinkReading(1.0 - level / 10, 0.0, level / 10, level, 30)


BLINK = BlinkStatistics(
    1, Signal.of(15.0), Signal.of(0.25), Signal.of(0.1), Blink(0.0, 0.1, 0.05, 0.1, 0.9, 0.1)
)


def signs(
    *,
    perclos: float = 0.0,
    blink_s: float = 0.2,
    blink_every_s: float = 4.0,
    deviations: float | None = None,
    reading: BlinkReading | None = None,
    calibration: Calibration = UNCALIBRATED,
    seconds: int = 100,
    from_s: int = 0,
) -> list[DrowsinessSigns]:
    """One for each twentieth of a second, of a driver whose eyes are seen."""
    none = BLINK.completed
    told = []
    for index in range(from_s * 20, (from_s + seconds) * 20):
        blinks = index % round(blink_every_s * 20) == 0
        own = (0.0, deviations, 0.0) if blinks and deviations is not None else None
        told.append(
            DrowsinessSigns(
                closure=Signal.of(0.0, 0.05),
                lids=LidEpisode(LidState.OPEN, ClosureKind.NONE, None, 0.0),
                perclos=Perclos(perclos, perclos, 1.0),
                blinks=replace(
                    BLINK,
                    mean_duration_s=Signal.of(blink_s),
                    completed=none if blinks else None,
                    standardised=own,
                ),
                yawn=YawnState(False, 0, None),
                mouth_openness=Signal.of(0.05),
                head_pitch_rad=Signal.of(0.0),
                head_drops=HeadDropState(False, 0, None),
                blink_reading=reading,
                calibration=calibration,
            )
        )
    return told


def levels(told: list[DrowsinessSigns]) -> list[Drowsiness]:
    estimator = DrowsinessEstimator(DriverStateSettings())
    return [estimator.step(index / 20, moment) for index, moment in enumerate(told)]
