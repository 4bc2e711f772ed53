"""A suspicion grows slowly, knows what it has not seen, and leaves to sleepiness what sleepiness explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from math import log

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from calibration.driver.references import DriverReferences, EyeReference
from edge_app.driver_state.driving import Driving
from edge_app.driver_state.impairment import ImpairmentEstimator, ImpairmentSigns
from edge_app.driver_state.impairment_accounts import (
    ACCOUNTS,
    confidence_of,
    evidence_of,
    reasons_of,
)
from edge_app.driver_state.impairment_cue import NOT_YET, Cue, CueReading
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import HeadReading, Signals, Unavailable
from edge_app.driver_state.state import Impairment
from edge_app.trace.snapshot import as_text, capture, restored
from tests.driver_state.impaired import (
    IMPAIRED,
    IMPAIRMENT,
    SETTINGS,
    SLEEPY,
    SOBER,
    Habits,
    drive,
    last,
    signs,
)

SLEEP_SIGNS = {Cue.MICROSLEEPS, Cue.PERCLOS, Cue.YAWNS}


@pytest.fixture(scope="module")
def impaired() -> list[tuple[float, float | None]]:
    return [(t_s, told.suspicion) for t_s, told in drive(IMPAIRED, 360.0)]


def test_nothing_is_suspected_before_minutes_have_been_seen(impaired) -> None:
    first_s = next(t_s for t_s, suspicion in impaired if suspicion is not None)
    assert IMPAIRMENT.min_observed_s <= first_s <= IMPAIRMENT.min_observed_s + 2.0


def test_driver_who_set_off_impaired_is_suspected_though_nothing_changes(impaired) -> None:
    assert impaired[-1][1] > 0.3
    assert last(SOBER).suspicion < IMPAIRMENT.prior


def test_odds_move_no_faster_than_the_setting_allows(impaired) -> None:
    told = [suspicion for _, suspicion in impaired if suspicion is not None][:: 20 * 60]
    for before, after in pairwise(told):
        moved = log(after / (1 - after)) - log(before / (1 - before))
        # Beside the odds against sober, the sleepy account takes a share.
        assert abs(moved) <= 2 * IMPAIRMENT.max_step_per_min


def test_suspicion_fades_when_the_cues_do() -> None:
    forgetful = IMPAIRMENT.model_copy(update={"memory_s": 180.0})
    estimator = ImpairmentEstimator(SETTINGS.model_copy(update={"impairment": forgetful}))
    high = drive(IMPAIRED, 300.0, estimator=estimator)[-1][1].suspicion
    low = drive(SOBER, 450.0, estimator=estimator, from_s=300.0)[-1][1].suspicion
    assert low < 0.2 * high


def test_sleepy_driver_is_not_called_impaired() -> None:
    told = [suspected.suspicion for _, suspected in drive(SLEEPY, 240.0)]
    # Nor on the way, while the odds still move.
    assert max(suspicion for suspicion in told if suspicion is not None) < IMPAIRMENT.prior


def test_cues_that_both_explain_are_told_to_be_like_drowsiness() -> None:
    both = replace(SLEEPY, sway_deg=1.6, drift_deg=3.0, jump_every_s=1.4)
    assert last(both).like_drowsiness
    assert not last(SOBER).like_drowsiness
    assert not last(IMPAIRED).like_drowsiness


@pytest.mark.parametrize("missing", ["gaze", "eyes", "head"])
def test_missing_cues_lower_the_confidence(missing: str) -> None:
    assert last(replace(SOBER, **{missing: False})).confidence < last(SOBER).confidence - 0.1


def test_low_frame_rate_lowers_the_confidence() -> None:
    assert last(SOBER, frame_rate_hz=10.0).confidence < last(SOBER).confidence - 0.1


def test_glasses_lower_the_confidence() -> None:
    def with_glasses(seen: ImpairmentSigns) -> ImpairmentSigns:
        glasses = replace(seen.signals.smile, value=0.9)
        return replace(seen, signals=replace(seen.signals, glasses=glasses))

    assert last(SOBER, change=with_glasses).confidence < last(SOBER).confidence


def test_with_hardly_anything_in_sight_no_suspicion_is_told() -> None:
    told = last(replace(IMPAIRED, gaze=False, eyes=False, head=False))
    assert told.suspicion is None
    assert told.unavailable is Unavailable.UNCERTAIN


def test_hiding_while_the_vehicle_moves_clears_nothing() -> None:
    def hidden(seen: ImpairmentSigns) -> ImpairmentSigns:
        gone = Signals.without_face(seen.signals.t_s, Unavailable.NO_FACE)
        return replace(seen, signals=gone)

    fast, standing = Driving(speed_kmh=100.0), Driving(speed_kmh=0.0)
    after = []
    for driving in (fast, standing):
        estimator = ImpairmentEstimator(SETTINGS)
        before = drive(IMPAIRED, 200.0, estimator=estimator, driving=fast)[-1][1].suspicion
        gone_s = SETTINGS.lids.usual_memory_s + 5.0
        drive(SOBER, gone_s, estimator=estimator, from_s=200.0, driving=driving, change=hidden)
        after.append(drive(SOBER, 1.0, estimator=estimator, from_s=240.0, driving=fast)[-1][1])
    assert after[0].suspicion >= before
    assert after[1].suspicion is None  # another may have taken the wheel


def test_cues_that_are_hidden_later_are_not_forgotten_but_trusted_less() -> None:
    estimator = ImpairmentEstimator(SETTINGS)
    before = drive(IMPAIRED, 240.0, estimator=estimator)[-1][1]
    hidden = replace(IMPAIRED, gaze=False, eyes=False)
    told = drive(hidden, 900.0, estimator=estimator, from_s=240.0, frame_rate_hz=4.0)
    soon, late = told[60 * 4][1], told[-1][1]
    assert soon.confidence == pytest.approx(before.confidence, abs=0.05)
    assert late.confidence < 0.6 * before.confidence
    assert late.suspicion is None or late.suspicion > 0.8 * before.suspicion


def test_another_driver_begins_anew() -> None:
    estimator = ImpairmentEstimator(SETTINGS)
    drive(IMPAIRED, 200.0, estimator=estimator)
    told = drive(
        SOBER,
        2.0,
        estimator=estimator,
        from_s=200.0,
        change=lambda seen: replace(seen, driver_number=2),
    )
    assert told[-1][1].suspicion is None


def test_slow_traffic_is_not_watched() -> None:
    crawling = Driving(speed_kmh=IMPAIRMENT.min_speed_kmh - 1.0)
    assert last(IMPAIRED, driving=crawling).suspicion is None


def test_own_eyes_learned_while_impaired_do_not_count_as_sober() -> None:
    learned_impaired = EyeReference(open=IMPAIRED.openness)
    learned_alert = EyeReference(open=0.90)

    def told(reference: EyeReference | None) -> Impairment:
        own = None if reference is None else DriverReferences(left=reference, right=reference)
        return last(IMPAIRED, change=lambda seen: replace(seen, own=own))

    assert told(learned_impaired) == told(None)
    assert "opening_lost" in told(learned_alert).reasons


def test_head_of_the_bundle_counts_a_little_where_it_speaks() -> None:
    def saying(drunk: float) -> float:
        reading = HeadReading("intoxication", (1.0 - drunk, drunk))
        spoken = last(
            IMPAIRED,
            change=lambda seen: replace(seen, signals=replace(seen.signals, temporal=(reading,))),
        )
        return log(spoken.suspicion / (1.0 - spoken.suspicion))

    assert 0.3 < saying(1.0) - saying(0.0) <= 2 * ACCOUNTS[Cue.INTOXICATION_HEAD].most


READINGS = st.dictionaries(
    st.sampled_from(list(Cue)),
    st.builds(CueReading.of, st.floats(-1e6, 1e6), st.floats(-1.0, 2.0)) | st.just(NOT_YET),
)


@given(readings=READINGS, limit=st.floats(0.1, 5.0))
def test_no_cue_says_more_than_its_limit_whatever_it_reads(
    readings: Mapping[Cue, CueReading], limit: float
) -> None:
    evidence = {cue: evidence_of(cue, reading, limit) for cue, reading in readings.items()}
    for cue, one in evidence.items():
        most = min(limit, ACCOUNTS[cue].most) + 1e-9
        assert abs(one.impaired) <= most and abs(one.sleepy) <= most
        if readings[cue].value is None:
            assert one.impaired == one.sleepy == 0.0
        assert 0.0 <= confidence_of(readings, 1.0, 0.3) <= 1.0
    assert not SLEEP_SIGNS & {Cue(word) for word in reasons_of(evidence)}


@given(
    habits=st.builds(
        Habits,
        openness=st.floats(0.0, 1.0),
        blink_s=st.floats(0.17, 2.0),
        sway_deg=st.floats(0.0, 60.0),
        drift_deg=st.floats(0.0, 60.0),
        perclos=st.floats(0.0, 1.0),
        yawns=st.integers(0, 60),
        gaze=st.booleans(),
        head=st.booleans(),
    )
)
@hypothesis_settings(max_examples=6, deadline=None)
def test_suspicion_and_confidence_are_shares(habits: Habits) -> None:
    for _, told in drive(habits, 190.0, frame_rate_hz=5.0):
        assert told.suspicion is None or 0.0 <= told.suspicion <= 1.0
        assert 0.0 <= told.confidence <= 1.0
        assert (told.suspicion is None) == (told.unavailable is not None)


def test_memory_is_bounded() -> None:
    estimator = ImpairmentEstimator(SETTINGS)
    named = {"driver_state": SETTINGS}
    sizes = []
    busy = replace(SLEEPY, long_closure_every_s=2.0)
    for index in range(3):
        drive(busy, 500.0, estimator=estimator, from_s=500.0 * index, frame_rate_hz=4.0)
        sizes.append(len(as_text(capture(estimator, named))))
    assert sizes[-1] < 1.05 * sizes[0]


def test_taken_up_from_a_snapshot_it_goes_on_the_same() -> None:
    settings = DriverStateSettings()
    named = {"driver_state": settings}
    one = ImpairmentEstimator(settings)
    drive(IMPAIRED, 190.0, estimator=one)
    other = restored(capture(one, named), named, ImpairmentEstimator(settings))
    for index in range(1000):
        seen = signs(IMPAIRED, 190.0 + index / 20.0, 20.0)
        assert one.step(seen) == other.step(seen)
