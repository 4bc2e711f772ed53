"""Closures and their names, by how long the eyes have been seen closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.driver.references import EyeReference
from edge_app.driver_state.closure import closure_of
from edge_app.driver_state.lid_episode import LidEpisodeEstimator
from edge_app.driver_state.scale_change import ScaleChange
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.driver_state.state import ClosureKind, DriverState, LidState, OffRoad
from tests.driver_state.traces import (
    CLOSED,
    FRAME_RATES_HZ,
    OPEN,
    Driver,
    always,
    at,
    during,
    first_s,
    frame_times,
    line,
    missing,
    replay,
    sample,
    watch,
)

LIDS = DriverStateSettings().lids


def kinds(states: list[DriverState]) -> set[ClosureKind]:
    return {state.lid_episode.kind for state in states}


def named(kind: ClosureKind, states: list[DriverState]) -> float | None:
    return first_s(states, lambda state: state.lid_episode.kind is kind)


@pytest.mark.parametrize("frame_rate_hz", FRAME_RATES_HZ)
def test_closure_is_a_microsleep_after_its_time_and_sleep_after_its(frame_rate_hz: float) -> None:
    states = watch(Driver(closure=during(CLOSED, (4.0, 9.0))), 10.0, frame_rate_hz)
    for kind, after_s in (
        (ClosureKind.LONG_CLOSURE, LIDS.long_closure_s),
        (ClosureKind.MICROSLEEP, LIDS.microsleep_s),
        (ClosureKind.SLEEP, LIDS.sleep_s),
    ):
        named_s = named(kind, states)
        assert named_s is not None
        assert 0.0 <= named_s - (4.0 + after_s) + 1e-6 < 1.0 / frame_rate_hz


@pytest.mark.parametrize("frame_rate_hz", FRAME_RATES_HZ)
def test_lid_that_takes_a_tenth_of_a_second_to_fall_delays_the_name_by_no_more(
    frame_rate_hz: float,
) -> None:
    falling = line((4.03, OPEN), (4.13, CLOSED), (7.0, CLOSED), (7.1, OPEN))
    named_s = named(ClosureKind.MICROSLEEP, watch(Driver(closure=falling), 8.0, frame_rate_hz))
    assert named_s is not None
    assert 4.03 <= named_s - LIDS.microsleep_s <= 4.13 + 1.0 / frame_rate_hz


def test_closure_just_short_of_a_microsleep_is_none() -> None:
    states = watch(Driver(closure=during(CLOSED, (4.0, 4.0 + LIDS.microsleep_s - 0.05))), 8.0)
    assert ClosureKind.MICROSLEEP not in kinds(states)


def test_frame_that_shows_open_eyes_never_makes_it_sleep() -> None:
    closed = during(CLOSED, (4.0, 4.0 + LIDS.sleep_s - 0.05))
    assert ClosureKind.SLEEP not in kinds(watch(Driver(closure=closed), 9.0, 5.0))


def test_blink_has_the_name_of_a_blink() -> None:
    states = watch(Driver(closure=during(CLOSED, (4.0, 4.2))), 6.0)
    assert kinds(states) == {ClosureKind.NONE, ClosureKind.BLINK}


def test_gap_stretches_no_closure() -> None:
    driver = Driver(closure=during(CLOSED, (4.0, 9.0)))
    unseen = [t_s for t_s in frame_times(9.0) if not 4.6 < t_s < 6.9]
    states = replay(sample(driver, unseen))
    assert at(states, 6.95).lid_episode.closed_s < 0.1
    assert named(ClosureKind.MICROSLEEP, states) == pytest.approx(
        6.9 + LIDS.microsleep_s, abs=1.5 / 30
    )


@pytest.mark.parametrize("way", ["no frames", "eyes occluded"])
def test_opening_that_nobody_saw_does_not_join_two_closures(way: str) -> None:
    closed = during(CLOSED, (4.0, 4.7), (5.3, 6.0))
    hidden = (4.7, 5.3)
    if way == "no frames":
        times_s = [t_s for t_s in frame_times(8.0) if not hidden[0] <= t_s < hidden[1]]
        states = replay(sample(Driver(closure=closed), times_s))
    else:
        eyes_missing = missing(Unavailable.EYES_OCCLUDED, hidden)
        states = watch(Driver(closure=closed, eyes_missing=eyes_missing), 8.0)
    assert ClosureKind.MICROSLEEP not in kinds(states)


def test_one_open_frame_beside_a_gap_ends_the_closure() -> None:
    closed = during(CLOSED, (4.0, 4.7), (5.2, 5.9))
    times_s = [t_s for t_s in frame_times(8.0) if not 4.7 <= t_s < 5.15]
    states = replay(sample(Driver(closure=closed), times_s))
    assert ClosureKind.MICROSLEEP not in kinds(states)


def test_single_frame_read_as_open_does_not_end_a_closure() -> None:
    closed = during(CLOSED, (4.0, 5.0), (5.03, 7.5))
    states = watch(Driver(closure=closed), 9.0)
    named_s = named(ClosureKind.SLEEP, states)
    assert named_s == pytest.approx(4.0 + LIDS.sleep_s, abs=1.5 / 30)


def test_fluttering_lids_are_not_one_closure() -> None:
    flutter = during(CLOSED, *((4.0 + 0.2 * i, 4.0 + 0.2 * i + 0.1) for i in range(30)))
    states = watch(Driver(closure=flutter), 12.0)
    assert kinds(states) <= {ClosureKind.NONE, ClosureKind.BLINK}


def test_lids_that_sink_on_after_a_blink_are_cast_down_and_no_microsleep() -> None:
    # Shut for a moment, then the gaze stays low: the lids come back to 85 % and wander there.
    sunk = line((4.0, OPEN), (4.1, CLOSED), (4.3, CLOSED), (4.4, 0.84), (5.9, 0.82), (6.0, OPEN))
    states = watch(Driver(closure=sunk), 9.0)
    assert ClosureKind.MICROSLEEP not in kinds(states)
    state = at(states, 5.6)
    assert state.lid_episode.lids is LidState.CAST_DOWN
    assert state.glance.off_road is True
    assert state.glance.why is OffRoad.LIDS_CAST_DOWN


def test_half_closed_lids_are_cast_down() -> None:
    half = (LIDS.cast_down_from + LIDS.closed_until) / 2
    state = at(watch(Driver(closure=during(half, (4.0, 6.0))), 7.0), 5.0)
    assert state.lid_episode.lids is LidState.CAST_DOWN
    assert state.lid_episode.kind is ClosureKind.NONE


def test_closure_counts_after_two_seconds_even_if_its_depth_drifts() -> None:
    # Squeezed to 1.05, then relaxing: too much for "holds its depth".
    drift = line((4.0, OPEN), (4.05, 1.05), (4.4, 1.05), (4.9, 0.85), (8.0, 0.85), (8.1, OPEN))
    states = watch(Driver(closure=drift), 10.0)
    named_s = named(ClosureKind.MICROSLEEP, states)
    assert named_s == pytest.approx(4.05 + LIDS.drifting_microsleep_s, abs=0.05)


IN_DOUBT, SURE = 1.2 * LIDS.max_shut_openness_std, 0.9 * LIDS.max_shut_openness_std


def test_closure_in_doubt_counts_after_two_seconds() -> None:
    """Open eyes turned far from the camera read shut, with deviations that shut ones do not have."""
    closed = during(CLOSED, (4.0, 6.5))
    for std, after_s in ((IN_DOUBT, LIDS.drifting_microsleep_s), (SURE, LIDS.microsleep_s)):
        states = watch(Driver(closure=closed, eye_std=always(std)), 8.0)
        assert named(ClosureKind.MICROSLEEP, states) == pytest.approx(4.0 + after_s, abs=1.5 / 30)
        assert at(states, 4.9).lid_episode.doubted is (std == IN_DOUBT)
        assert not at(states, 6.3).lid_episode.doubted
        assert not at(states, 7.5).lid_episode.doubted


def test_a_few_frames_in_doubt_delay_no_microsleep() -> None:
    driver = Driver(
        closure=during(CLOSED, (4.0, 5.5)),
        eye_std=during(0.15, (4.1, 4.2), (4.6, 4.7), otherwise=0.06),
    )
    assert named(ClosureKind.MICROSLEEP, watch(driver, 8.0)) == pytest.approx(
        4.0 + LIDS.microsleep_s, abs=1.5 / 30
    )


@pytest.mark.parametrize(
    ("why_one_eye", "after_s"),
    [
        (Unavailable.EYES_OCCLUDED, LIDS.microsleep_s),
        (Unavailable.UNCERTAIN, LIDS.microsleep_s),
        (Unavailable.OUT_OF_POSE, LIDS.drifting_microsleep_s),
    ],
)
def test_one_eye_is_enough_unless_the_head_is_turned_far_aside(
    why_one_eye: Unavailable, after_s: float
) -> None:
    driver = Driver(closure=during(CLOSED, (4.0, 6.5)), eye_std=always(SURE))
    one_eyed = [
        replace(signals, eye_openness_left=Signal.missing(why_one_eye))
        for signals in sample(driver, frame_times(8.0))
    ]
    assert named(ClosureKind.MICROSLEEP, replay(one_eyed)) == pytest.approx(
        4.0 + after_s, abs=1.5 / 30
    )


def test_narrow_eyes_are_not_told_with_less_certainty() -> None:
    """Openness 0.5 to 0.2 with a deviation of 0.09: a third of this driver's scale, and as sure as anybody's."""
    narrow = {"open": 0.5, "closed": 0.2}
    settings = DriverStateSettings.model_validate({"lids": {"left": narrow, "right": narrow}})
    eye = during(0.2, (4.0, 6.5), otherwise=0.5)
    read = [
        replace(
            signals,
            eye_openness_left=Signal.of(eye(signals.t_s), SURE),
            eye_openness_right=Signal.of(eye(signals.t_s), SURE),
        )
        for signals in sample(Driver(), frame_times(8.0))
    ]
    assert named(ClosureKind.MICROSLEEP, replay(read, settings)) == pytest.approx(
        4.0 + LIDS.microsleep_s, abs=1.5 / 30
    )


def test_any_closure_is_sleep_after_its_time() -> None:
    drift = line((4.0, OPEN), (4.05, CLOSED), (4.3, CLOSED), (4.5, 0.85), (8.0, 0.81), (8.1, OPEN))
    named_s = named(ClosureKind.SLEEP, watch(Driver(closure=drift), 10.0))
    assert named_s == pytest.approx(4.05 + LIDS.sleep_s, abs=0.05)


def test_neither_smile_nor_turned_head_delays_a_closure_but_a_yawn_does() -> None:
    closed = (4.0, 7.5)
    driver = Driver(
        closure=during(CLOSED, closed),
        smile=during(0.9, (3.5, 8.0)),
        yaw_deg=during(25.0, (3.5, 8.0)),
        pitch_deg=during(20.0, (3.5, 8.0)),
    )
    yawning = replace(driver, mouth=during(0.9, (3.5, 8.0), otherwise=0.05))
    for who, after_s in ((driver, LIDS.microsleep_s), (yawning, LIDS.yawning_microsleep_s)):
        assert named(ClosureKind.MICROSLEEP, watch(who, 9.0)) == pytest.approx(
            closed[0] + after_s, abs=1.5 / 30
        )


def test_lids_are_unknown_while_no_eye_is_seen() -> None:
    driver = Driver(eyes_missing=missing(Unavailable.TOO_DARK, (3.0, 6.0)))
    assert at(watch(driver, 7.0), 4.0).lid_episode.lids is LidState.UNKNOWN


@pytest.mark.parametrize("every", [2, 3])
def test_frames_that_cannot_be_read_do_not_hide_a_closure(every: int) -> None:
    """At night every second picture may be blurred: an unreadable frame is as good as a dropped one."""
    signals = sample(Driver(closure=during(CLOSED, (4.0, 9.0))), frame_times(10.0, 30.0))
    reason = Signal.missing(Unavailable.BLURRED)
    blurred = [
        signal
        if number % every
        else replace(signal, eye_openness_left=reason, eye_openness_right=reason)
        for number, signal in enumerate(signals)
    ]
    states = replay(blurred)
    for kind, after_s in (
        (ClosureKind.MICROSLEEP, LIDS.microsleep_s),
        (ClosureKind.SLEEP, LIDS.sleep_s),
    ):
        assert named(kind, states) == pytest.approx(4.0 + after_s, abs=2 * every / 30.0)


@pytest.mark.parametrize("noise", [0.03, 0.05])
@pytest.mark.parametrize("frame_rate_hz", [10.0, 30.0])
@pytest.mark.parametrize("depth", [0.9, 1.0, 1.1])
def test_noise_of_perception_hides_no_closure(
    noise: float, frame_rate_hz: float, depth: float
) -> None:
    """`noise`: standard deviation of the openness; 0.05 is what perception claims of itself."""
    for seed in range(10):
        driver = Driver(closure=during(depth, (4.0, 8.0)))
        states = replay(noisy(sample(driver, frame_times(9.0, frame_rate_hz)), noise, seed))
        slept_s, nodded_s = named(ClosureKind.SLEEP, states), named(ClosureKind.MICROSLEEP, states)
        assert nodded_s is not None and nodded_s < 4.0 + LIDS.drifting_microsleep_s + 0.35
        assert slept_s is not None and slept_s == pytest.approx(4.0 + LIDS.sleep_s, abs=0.35)


def test_noise_of_perception_makes_no_closure_of_open_eyes() -> None:
    signals = noisy(sample(Driver(), frame_times(120.0)), 0.05, 1)
    assert kinds(replay(signals)) == {ClosureKind.NONE}


@pytest.mark.parametrize("openness_of_open_eyes", [0.40, 0.45, 0.5, 0.7, 1.0])
def test_narrow_eyes_are_not_cast_down_all_day(openness_of_open_eyes: float) -> None:
    signals = [
        replace(
            signal,
            eye_openness_left=Signal.of(openness_of_open_eyes, 0.05),
            eye_openness_right=Signal.of(openness_of_open_eyes, 0.05),
        )
        for signal in sample(Driver(), frame_times(60.0))
    ]
    states = replay(noisy(signals, 0.02, 1))
    assert {state.lid_episode.lids for state in states} == {LidState.OPEN}


def test_closure_shallower_than_this_driver_has_shown_is_no_microsleep() -> None:
    """Who shuts the eyes to 1.2 looks down at 0.95."""
    down = (8.0, 9.8)
    shown = during(1.2, (4.0, 4.2), (6.0, 6.2))
    driver = Driver(closure=lambda t_s: 0.95 if down[0] <= t_s < down[1] else shown(t_s))
    assert ClosureKind.MICROSLEEP not in kinds(watch(driver, 11.0))


def noisy(signals: list[Signals], std: float, seed: int) -> list[Signals]:
    """The same, with white noise on the openness of each eye."""
    rng = np.random.default_rng(seed)

    def shaken(signal: Signal) -> Signal:
        if signal.value is None:
            return signal
        value = signal.value + float(rng.normal(0.0, std))
        return Signal.of(min(1.0, max(0.0, value)), std)

    return [
        replace(
            moment,
            eye_openness_left=shaken(moment.eye_openness_left),
            eye_openness_right=shaken(moment.eye_openness_right),
        )
        for moment in signals
    ]


def test_levels_of_this_driver_move_with_the_references() -> None:
    """Eyes that read 1.2 when shut and 0.5 when open, until references that fit them better are in use."""
    deep, usual = 1.2, 0.5
    driver = Driver(closure=lambda t_s: deep if 6.0 <= t_s < 6.3 else usual)
    lids = LidEpisodeEstimator(DriverStateSettings())
    for signals in sample(driver, frame_times(12.0)):
        closure = closure_of(signals.eye_openness_left, EyeReference())
        before = lids.step(signals.t_s, closure, 0.0, signals.mouth_openness).levels
    assert before is not None and before.own_deep_from is not None
    assert before.own_deep_from == pytest.approx(LIDS.own_closed_from * deep, abs=0.01)
    change = ScaleChange(offset=-0.2, factor=1.1)
    moved = Signal.of(change.of(usual))
    after = lids.step(13.0, moved, 0.0, signals.mouth_openness, change).levels
    assert after is not None
    assert after.own_deep_from == pytest.approx(LIDS.own_closed_from * change.of(deep), abs=0.01)
    assert after.cast_down_from == pytest.approx(
        max(LIDS.cast_down_from, change.of(usual) + LIDS.cast_down_above_usual), abs=0.01
    )
