"""A unit that cannot see says so within ten seconds, whatever the reason."""

from __future__ import annotations

import pytest

from edge_app.alerts.event import EventType, Level
from edge_app.driver_state.signals import Unavailable
from tests.alerts.ride import ALERTS, SOON, STATE, ride, soon_after
from tests.driver_state.traces import CLOSED, Driver, during, missing

DEGRADED = ALERTS.degraded
BLIND_S = 12.0


@pytest.mark.parametrize(
    "reason", [Unavailable.NO_FACE, Unavailable.CAMERA_FAULT, Unavailable.STALE]
)
def test_missing_face_is_told_with_its_reason(reason: Unavailable) -> None:
    ridden = ride(Driver(face_missing=missing(reason, (BLIND_S, 60.0))), BLIND_S + 12.0)
    (event,) = ridden.of(EventType.DEGRADED)
    assert event.level is Level.NOTICE
    camera = reason is Unavailable.CAMERA_FAULT
    after_s = DEGRADED.camera_told_after_s if camera else DEGRADED.told_after_s
    assert soon_after(event.t_s, BLIND_S + after_s)
    assert soon_after(event.onset_s, BLIND_S)
    assert event.values["reason"] == reason.value


@pytest.mark.parametrize(
    "reason",
    [
        Unavailable.EYES_OCCLUDED,
        Unavailable.OUT_OF_POSE,
        Unavailable.TOO_DARK,
        Unavailable.OVEREXPOSED,
        Unavailable.BLURRED,
        Unavailable.LOW_RESOLUTION,
        Unavailable.UNCERTAIN,
    ],
)
def test_eyes_that_cannot_be_judged_are_told_with_their_reason(reason: Unavailable) -> None:
    ridden = ride(Driver(eyes_missing=missing(reason, (BLIND_S, 60.0))), BLIND_S + 12.0)
    (event,) = ridden.of(EventType.DEGRADED)
    assert soon_after(event.t_s, BLIND_S + DEGRADED.told_after_s)
    assert event.values["reason"] == reason.value


def test_no_setting_makes_it_later_than_ten_seconds() -> None:
    assert type(DEGRADED).model_fields["told_after_s"].metadata
    with pytest.raises(ValueError, match="less than or equal to 10"):
        type(DEGRADED)(told_after_s=11.0)


def test_too_few_frames_are_as_good_as_none() -> None:
    (event,) = ride(Driver(), 20.0, frame_rate_hz=2.0).of(EventType.DEGRADED)
    assert event.values["reason"] == Unavailable.LOW_FRAME_RATE.value
    assert event.t_s <= 10.0


def test_five_frames_a_second_with_drops_are_enough() -> None:
    assert ride(Driver(), 30.0, frame_rate_hz=3.5).events == []


def test_blind_from_the_start_is_told_as_well() -> None:
    nobody = Driver(face_missing=lambda t: Unavailable.NO_FACE)
    (event,) = ride(nobody, 12.0).of(EventType.DEGRADED)
    assert soon_after(event.t_s, DEGRADED.told_after_s)


def test_short_blindness_is_not_worth_a_notice() -> None:
    short = (BLIND_S, BLIND_S + DEGRADED.told_after_s - 0.5)
    assert ride(Driver(face_missing=missing(Unavailable.NO_FACE, short)), 30.0).events == []


def test_intermittent_face_is_told_as_if_it_were_gone() -> None:
    def flickering(t_s: float) -> Unavailable | None:
        return None if t_s < BLIND_S or t_s % 1.0 < 0.2 else Unavailable.NO_FACE

    (event,) = ride(Driver(face_missing=flickering), BLIND_S + 20.0).of(EventType.DEGRADED)
    assert soon_after(event.t_s, BLIND_S + DEGRADED.told_after_s, 0.2 + SOON)


def test_notice_ends_when_all_is_seen_for_a_while_and_not_after_a_brief_sight() -> None:
    seen_s = BLIND_S + 15.0
    brief = seen_s - 4.0
    spans = ((BLIND_S, brief), (brief + DEGRADED.clear_s - 0.5, seen_s))
    hidden = missing(Unavailable.NO_FACE, *spans)
    ridden = ride(Driver(face_missing=hidden), seen_s + 6.0)
    assert len(ridden.of(EventType.DEGRADED)) == 1
    (ended_s,) = ridden.ended(EventType.DEGRADED)
    # Two seconds of frames must be there again before their rate is one to rely on.
    assert seen_s + DEGRADED.clear_s <= ended_s <= seen_s + 2 * DEGRADED.clear_s


def test_second_blindness_is_a_second_notice() -> None:
    spans = ((BLIND_S, BLIND_S + 12.0), (BLIND_S + 20.0, BLIND_S + 32.0))
    ridden = ride(Driver(face_missing=missing(Unavailable.NO_FACE, *spans)), BLIND_S + 40.0)
    assert len(ridden.of(EventType.DEGRADED)) == 2


@pytest.mark.parametrize(("seen_s", "hidden_s"), [(0.9, 0.6), (0.95, 0.55), (0.7, 0.9)])
def test_sleeping_driver_in_a_flickering_view_is_not_met_with_silence(
    seen_s: float, hidden_s: float
) -> None:
    period_s = seen_s + hidden_s
    hidden = [(BLIND_S + i * period_s, BLIND_S + i * period_s + hidden_s) for i in range(20)]
    driver = Driver(
        closure=during(CLOSED, (BLIND_S, 60.0)),
        eyes_missing=missing(Unavailable.BLURRED, *hidden),
    )
    told = ride(driver, BLIND_S + 12.0).events
    assert told and told[0].t_s <= BLIND_S + 10.0


def test_eyes_lost_while_closed_are_warned_about() -> None:
    """A sleeping driver's head drops out of the picture."""
    driver = Driver(
        closure=during(CLOSED, (BLIND_S - 0.8, 60.0)),
        face_missing=missing(Unavailable.NO_FACE, (BLIND_S, 60.0)),
    )
    (event,) = ride(driver, BLIND_S + 12.0).of(EventType.DEGRADED)
    assert event.level is Level.WARNING
    assert soon_after(event.t_s, BLIND_S + DEGRADED.lost_eyes_told_after_s)


def test_short_closure_in_a_flickering_view_is_no_loss_of_closed_eyes() -> None:
    """What could not be seen before the eyes were shut does not count: they were open between."""
    flashes = [(BLIND_S - 4.0 + 0.4 * k, BLIND_S - 3.8 + 0.4 * k) for k in range(22)]
    driver = Driver(
        closure=during(CLOSED, (BLIND_S, BLIND_S + 0.9)),
        eyes_missing=missing(Unavailable.OVEREXPOSED, *flashes),
    )
    told = ride(driver, BLIND_S + 8.0).of(EventType.DEGRADED)
    assert {event.level for event in told} <= {Level.NOTICE}


def test_unseen_eyes_whose_lids_seem_low_are_warned_about() -> None:
    """Behind glare on glasses nobody can judge the eyes, but the outline of the lids tells something."""
    driver = Driver(
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (BLIND_S, 60.0)),
        eye_aspect_ratio=during(0.15, (BLIND_S, 60.0), otherwise=0.3),
    )
    (event,) = ride(driver, BLIND_S + 12.0).of(EventType.DEGRADED)
    assert event.level is Level.WARNING
    assert event.values["reason"] == "eyes_occluded"
    assert soon_after(event.t_s, BLIND_S + DEGRADED.lost_eyes_told_after_s)
    assert event.values["lids_low_s"] == pytest.approx(DEGRADED.lost_eyes_told_after_s, abs=0.1)


def test_unseen_eyes_whose_lids_seem_as_wide_as_ever_are_a_notice() -> None:
    driver = Driver(eyes_missing=missing(Unavailable.EYES_OCCLUDED, (BLIND_S, 60.0)))
    (event,) = ride(driver, BLIND_S + 12.0).of(EventType.DEGRADED)
    assert event.level is Level.NOTICE


def test_warning_of_low_lids_becomes_a_notice_when_they_are_wide_again() -> None:
    """Sunglasses are put on, and what the outline of the lids says behind them settles."""
    driver = Driver(
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (BLIND_S, 60.0)),
        eye_aspect_ratio=during(0.15, (BLIND_S, BLIND_S + 3.0), otherwise=0.3),
    )
    ridden = ride(driver, BLIND_S + 12.0)
    warning, notice = ridden.of(EventType.DEGRADED)
    assert (warning.level, notice.level) == (Level.WARNING, Level.NOTICE)
    assert soon_after(ridden.ended(EventType.DEGRADED)[0], BLIND_S + 3.2 + DEGRADED.clear_s)


def test_looking_down_long_after_the_eyes_were_last_seen_is_no_warning() -> None:
    """Whoever wears sunglasses may look at the speedometer."""
    down_s = BLIND_S + STATE.lids.usual_memory_s + 1.0
    driver = Driver(
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (BLIND_S, 90.0)),
        eye_aspect_ratio=during(0.15, (down_s, down_s + 4.0), otherwise=0.3),
    )
    (event,) = ride(driver, down_s + 10.0).of(EventType.DEGRADED)
    assert event.level is Level.NOTICE


def test_lids_that_were_always_narrow_do_not_seem_low() -> None:
    driver = Driver(
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (BLIND_S, 60.0)),
        eye_aspect_ratio=during(0.15, (0.0, 60.0)),
    )
    (event,) = ride(driver, BLIND_S + 12.0).of(EventType.DEGRADED)
    assert event.level is Level.NOTICE


def test_short_losses_now_and_then_are_not_told() -> None:
    glimpses = [(BLIND_S + 1.5 * i, BLIND_S + 1.5 * i + 0.2) for i in range(40)]
    driver = Driver(eyes_missing=missing(Unavailable.OUT_OF_POSE, *glimpses))
    assert ride(driver, 60.0).of(EventType.DEGRADED) == []


def test_mask_is_told_within_ten_seconds_and_ends_when_it_is_taken_off() -> None:
    masked = (BLIND_S, BLIND_S + 20.0)
    driver = Driver(mouth_missing=missing(Unavailable.MOUTH_OCCLUDED, masked))
    ridden = ride(driver, masked[1] + 5.0)
    (event,) = ridden.of(EventType.DEGRADED)
    assert event.level is Level.NOTICE
    assert event.values["reason"] == "mouth_occluded"
    assert soon_after(event.t_s, BLIND_S + DEGRADED.told_after_s)
    (ended_s,) = ridden.ended(EventType.DEGRADED)
    assert soon_after(ended_s, masked[1] + DEGRADED.clear_s)


def test_eating_is_no_hidden_mouth() -> None:
    bites = [(BLIND_S + 2.5 * k, BLIND_S + 2.5 * k + 1.0) for k in range(30)]
    driver = Driver(mouth_missing=missing(Unavailable.MOUTH_OCCLUDED, *bites))
    assert ride(driver, bites[-1][1] + 3.0).of(EventType.DEGRADED) == []


def test_eyes_lost_behind_a_mask_are_told_though_the_mouth_was() -> None:
    driver = Driver(
        mouth_missing=missing(Unavailable.MOUTH_OCCLUDED, (BLIND_S, 90.0)),
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (BLIND_S + 15.0, 90.0)),
    )
    told = ride(driver, BLIND_S + 30.0).of(EventType.DEGRADED)
    assert [event.values["reason"] for event in told] == ["mouth_occluded", "eyes_occluded"]


def test_hidden_mouth_is_not_told_again_after_the_eyes_were_lost_meanwhile() -> None:
    lost = (BLIND_S + 15.0, BLIND_S + 30.0)
    driver = Driver(
        mouth_missing=missing(Unavailable.MOUTH_OCCLUDED, (BLIND_S, 90.0)),
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, lost),
    )
    ridden = ride(driver, lost[1] + 15.0)
    told = ridden.of(EventType.DEGRADED)
    assert [event.values["reason"] for event in told] == ["mouth_occluded", "eyes_occluded"]
    (ended_s,) = ridden.ended(EventType.DEGRADED)
    # Two seconds of frames must be there again before their rate is one to rely on.
    assert lost[1] + DEGRADED.clear_s <= ended_s <= lost[1] + 2 * DEGRADED.clear_s
