"""Each cue reads what it is named after, and not what looks a little like it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from edge_app.driver_state.fading_histogram import FadingHistogram
from edge_app.driver_state.impairment_cue import Cue
from edge_app.driver_state.impairment_gaze import GazeCues
from edge_app.driver_state.impairment_head import HeadSwayCue
from edge_app.driver_state.impairment_mimicry import MimicryCue
from edge_app.driver_state.impairment_nystagmus import NystagmusCue
from edge_app.driver_state.impairment_saccades import SaccadeCue
from edge_app.driver_state.impairment_scanning import ScanningCue
from edge_app.driver_state.impairment_settings import ImpairmentSettings
from edge_app.driver_state.signals import Signal, Unavailable

SETTINGS = ImpairmentSettings()
GAP_S, RATE_HZ = 0.5, 30.0
FRAME_S = 1.0 / RATE_HZ
STILL = Signal.of(0.0, 0.05)
Course = Callable[[float], float]


def angle(degrees: float) -> Signal:
    return Signal.of(math.radians(degrees), 0.05)


def steady(_: float) -> float:
    return 0.0


def scanning(t_s: float) -> float:
    """Fixations of 0.4 s, to and fro without a favoured side."""
    return random.Random(int(t_s / 0.4)).gauss(0.0, 3.0)


def beating(slow_deg_per_s: float) -> Course:
    """Two beats a second: a glide to one side, and a jump back."""
    return lambda t_s: slow_deg_per_s * (t_s % 0.5)


def nystagmus(course: Course, noise_deg: float = 0.6, seed: int = 1) -> float | None:
    cue, chance = NystagmusCue(SETTINGS, GAP_S), random.Random(seed)
    for index in range(int(120 * RATE_HZ)):
        t_s = index * FRAME_S
        gaze = angle(course(t_s) + chance.gauss(0.0, noise_deg))
        cue.step(t_s, FRAME_S if index else 0.0, gaze, can_time=True)
    return cue.reading().value


def test_gliding_and_jumping_back_is_nystagmus_like() -> None:
    assert nystagmus(beating(12.0)) > 0.8
    assert nystagmus(beating(-12.0)) > 0.8


@pytest.mark.parametrize("course", [steady, scanning])
def test_steady_and_scanning_eyes_are_not(course: Course) -> None:
    assert nystagmus(course) < 0.1


def test_nystagmus_needs_a_frame_rate() -> None:
    cue = NystagmusCue(SETTINGS, GAP_S)
    for index in range(600):
        cue.step(index * 0.1, 0.1, STILL, can_time=False)
    assert cue.reading().unavailable is Unavailable.LOW_FRAME_RATE


def saccades(slowness: float, rate_hz: float) -> SaccadeCue:
    """25 degrees to and fro every 2 s, each `slowness` times as long as the main sequence has it."""
    cue = SaccadeCue(SETTINGS)
    takes_s = slowness * (0.021 + 0.0022 * 25.0)
    for index in range(int(120 * rate_hz)):
        t_s = index / rate_hz
        turn, into_s = divmod(t_s, 2.0)
        share = min(1.0, into_s / takes_s)
        at_deg = 25.0 * (share if int(turn) % 2 else 1.0 - share)
        cue.step(t_s, STILL, angle(at_deg), rate_hz)
    return cue


def test_slow_saccades_read_slow_at_a_fast_camera() -> None:
    usual, slow = (saccades(slowness, 60.0).reading().value for slowness in (1.0, 1.3))
    assert usual == pytest.approx(1.0, abs=0.1)
    assert slow == pytest.approx(1.3, abs=0.1)


def test_saccades_cannot_be_timed_at_30_frames() -> None:
    assert saccades(1.3, 30.0).reading().unavailable is Unavailable.LOW_FRAME_RATE


def sway(pitch: Course, *, mouth: float = 0.05) -> float | None:
    cue = HeadSwayCue(SETTINGS)
    for index in range(int(240 * RATE_HZ)):
        nod = angle(pitch(index * FRAME_S))
        cue.step(FRAME_S, nod, nod, Signal.of(mouth), looks_ahead=True)
    return cue.reading().value


def waving(size_deg: float, every_s: float) -> Course:
    return lambda t_s: size_deg * math.sin(2 * math.pi * t_s / every_s)


def test_sway_grows_with_the_size_of_slow_movement() -> None:
    assert sway(waving(3.0, 5.0)) - sway(waving(1.0, 5.0)) == pytest.approx(math.log(3.0), abs=0.1)


def test_shaking_by_the_road_is_no_sway() -> None:
    shaken = sway(lambda t_s: waving(1.0, 5.0)(t_s) + waving(1.0, 0.17)(t_s))
    assert shaken == pytest.approx(sway(waving(1.0, 5.0)), abs=0.15)


def test_nodding_on_purpose_now_and_then_is_no_sway() -> None:
    def with_looks(t_s: float) -> float:
        return waving(1.0, 5.0)(t_s) - (15.0 if t_s % 15.0 < 1.2 else 0.0)

    assert sway(with_looks) == pytest.approx(sway(waving(1.0, 5.0)), abs=0.15)


def test_who_talks_is_not_judged_by_sway() -> None:
    assert sway(waving(3.0, 5.0), mouth=0.5) is None


def gaze(yaw: Course, *, offered: bool = True, rate_hz: float = RATE_HZ) -> GazeCues:
    cues = GazeCues(SETTINGS, GAP_S)
    missing = Signal.missing(Unavailable.EYES_OCCLUDED)
    for index in range(int(240 * rate_hz)):
        t_s = index / rate_hz
        eyes = angle(yaw(t_s)) if offered else missing
        cues.step(
            t_s,
            1.0 / rate_hz,
            (STILL, STILL),
            (eyes, STILL if offered else missing),
            can_time=rate_hz >= SETTINGS.min_frame_rate_hz,
            behind_glasses=False,
        )
    return cues


def looking_away(share: float) -> Course:
    return lambda t_s: 30.0 if t_s % 10.0 < 10.0 * share else 0.0


@pytest.mark.parametrize("share", [0.05, 0.2, 0.35])
def test_share_of_the_road_centre_is_the_time_not_looked_away(share: float) -> None:
    told = gaze(looking_away(share)).readings()[Cue.ROAD_CENTRE]
    assert told.value == pytest.approx(1.0 - share, abs=0.02)


def test_where_gaze_is_not_offered_the_head_stands_in() -> None:
    told = gaze(looking_away(0.2), offered=False).readings()
    assert told[Cue.ROAD_CENTRE].unavailable is Unavailable.EYES_OCCLUDED
    assert told[Cue.HEAD_ON_ROAD].value == pytest.approx(1.0)
    assert told[Cue.GAZE_DRIFT].value is None


def test_drift_is_read_through_the_scanning() -> None:
    calm = gaze(scanning).readings()[Cue.GAZE_DRIFT].value
    drifting = gaze(lambda t_s: scanning(t_s) + waving(5.0, 6.0)(t_s)).readings()
    assert drifting[Cue.GAZE_DRIFT].value > calm + 0.3


def test_glances_are_no_drift() -> None:
    calm = gaze(scanning).readings()[Cue.GAZE_DRIFT].value
    glancing = gaze(lambda t_s: scanning(t_s) + looking_away(0.15)(t_s)).readings()
    assert glancing[Cue.GAZE_DRIFT].value == pytest.approx(calm, abs=0.1)


@pytest.mark.parametrize("rate_hz", [30.0, 60.0])
def test_jumps_of_the_eyes_are_counted_at_any_frame_rate(rate_hz: float) -> None:
    cue, chance = ScanningCue(SETTINGS), random.Random(3)
    for index in range(int(200 * rate_hz)):
        t_s = index / rate_hz
        at = angle(5.0 * (int(t_s / 0.8) % 2) + chance.gauss(0.0, 0.4))
        cue.step(t_s, 1.0 / rate_hz, (at, STILL), can_time=True)
    assert math.exp(cue.reading().value) == pytest.approx(1.0 / 0.8, rel=0.1)


def test_lively_face_reads_higher_than_a_weary_one_and_a_still_one_says_nothing() -> None:
    def height(smile: float) -> float | None:
        cue = MimicryCue()
        for index in range(int(120 * RATE_HZ)):
            smiles = index * FRAME_S % 10.0 < 2.0
            cue.step(Signal.of(0.05), Signal.of(smile if smiles else 0.1))
        return cue.reading().value

    assert height(0.8) > height(0.4) + 0.3
    assert height(0.1) is None


def test_quantiles_of_the_histogram_follow_the_last_minutes() -> None:
    histogram = FadingHistogram(0.0, 10.0, 100, memory_s=60.0)
    assert histogram.quantile(0.5) is None
    for _ in range(6000):
        histogram.step(2.0, 0.1)
    for _ in range(200):
        histogram.step(9.0, 0.1)  # 20 s: not yet half of what is remembered
    assert histogram.quantile(0.5) == pytest.approx(2.0, abs=0.1)
    for _ in range(1000):
        histogram.step(9.0, 0.1)
    assert histogram.quantile(0.5) == pytest.approx(9.0, abs=0.1)


def test_excursions_beyond_the_histogram_count_at_its_ends() -> None:
    histogram = FadingHistogram(0.0, 1.0, 10, memory_s=60.0)
    for value in (-1e9, 1e9, 0.55, 0.55, 0.55):
        histogram.step(value, 1.0)
    assert histogram.quantile(0.5) == pytest.approx(0.55, abs=0.06)
