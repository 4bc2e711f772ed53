"""Glances off the road, against a forward direction that is learned from where the head points most of the time."""

from __future__ import annotations

import math
from functools import partial

import pytest

from edge_app.driver_state.settings import DriverStateSettings, GlanceSettings
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import DriverState, OffRoad
from tests.driver_state.traces import (
    CLOSED,
    FRAME_RATES_HZ,
    OPEN,
    Driver,
    always,
    at,
    during,
    first_s,
    line,
    missing,
    watch,
)

GLANCE = DriverStateSettings().glance
STARTED_S = GLANCE.learn_s + 5.0


def off_road(states: list[DriverState]) -> list[DriverState]:
    return [state for state in states if state.glance.off_road]


def test_nothing_is_off_road_before_the_forward_direction_is_known() -> None:
    states = watch(Driver(yaw_deg=always(40.0)), GLANCE.learn_s + 1.0)
    early = at(states, GLANCE.learn_s - 0.5).glance
    assert early.off_road is None
    assert early.unavailable is Unavailable.NOT_CALIBRATED
    assert at(states, GLANCE.learn_s + 0.5).glance.off_road is False


def test_forward_direction_is_where_the_head_points_most_of_the_time() -> None:
    mirrors = during(35.0, *((10.0 * i, 10.0 * i + 3.0) for i in range(1, 12)), otherwise=-12.0)
    glance = watch(Driver(yaw_deg=mirrors, pitch_deg=always(7.0)), 120.0, 10.0)[-1].glance
    assert glance.forward_yaw_rad == pytest.approx(math.radians(-12.0), abs=math.radians(1.0))
    assert glance.forward_pitch_rad == pytest.approx(math.radians(7.0), abs=math.radians(1.0))


@pytest.mark.parametrize("frame_rate_hz", FRAME_RATES_HZ)
def test_forward_direction_does_not_depend_on_the_frame_rate(frame_rate_hz: float) -> None:
    driver = Driver(yaw_deg=during(20.0, (12.0, 15.0), otherwise=3.0))
    glance = watch(driver, 30.0, frame_rate_hz)[-1].glance
    assert glance.forward_yaw_rad == pytest.approx(math.radians(3.0), abs=math.radians(1.0))


def test_stare_longer_than_the_time_of_learning_does_not_become_the_road() -> None:
    stare = (STARTED_S, STARTED_S + 30.0)
    states = watch(Driver(yaw_deg=during(45.0, stare)), stare[1] + 5.0, 10.0)
    assert at(states, stare[1] - 0.2).glance.off_road is True
    assert states[-1].glance.off_road is False


def test_camera_that_was_moved_is_learned_anew() -> None:
    moved = during(40.0, (60.0, 1e9))
    states = watch(Driver(yaw_deg=moved), 60.0 + 600.0, 5.0)
    assert states[-1].glance.forward_yaw_rad == pytest.approx(math.radians(40.0), abs=0.02)


def test_yawns_do_not_raise_the_forward_direction() -> None:
    yawning = (1.0, 12.0)
    driver = Driver(pitch_deg=during(25.0, yawning), mouth=during(0.9, yawning, otherwise=0.05))
    glance = watch(driver, yawning[1] + GLANCE.learn_s + 1.0)[-1].glance
    assert glance.forward_pitch_rad == pytest.approx(0.0, abs=math.radians(1.0))


def test_closed_eyes_teach_nothing() -> None:
    nodding = (1.0, 12.0)
    driver = Driver(pitch_deg=during(-15.0, nodding), closure=during(CLOSED, nodding))
    glance = watch(driver, nodding[1] + GLANCE.learn_s + 1.0)[-1].glance
    assert glance.forward_pitch_rad == pytest.approx(0.0, abs=math.radians(1.0))


def test_sunglasses_do_not_keep_the_road_from_being_learned() -> None:
    driver = Driver(
        eyes_missing=lambda t: Unavailable.EYES_OCCLUDED, yaw_deg=during(50.0, (20.0, 25.0))
    )
    assert at(watch(driver, 26.0), 22.0).glance.why is OffRoad.HEAD_TURNED


def test_given_direction_is_used_from_the_first_frame() -> None:
    given = GlanceSettings(forward_yaw_deg=-20.0, forward_pitch_deg=0.0)
    states = watch(Driver(yaw_deg=always(20.0)), 2.0, settings=DriverStateSettings(glance=given))
    assert states[0].glance.forward_yaw_rad == pytest.approx(math.radians(-20.0))
    assert states[-1].glance.why is OffRoad.HEAD_TURNED


def test_half_given_direction_is_used_and_the_other_half_learned() -> None:
    given = DriverStateSettings(glance=GlanceSettings(forward_yaw_deg=-20.0))
    driver = Driver(yaw_deg=always(0.0), pitch_deg=always(12.0))
    glance = watch(driver, GLANCE.learn_s + 2.0, settings=given)[-1].glance
    assert glance.forward_yaw_rad == pytest.approx(math.radians(-20.0))
    assert glance.forward_pitch_rad == pytest.approx(math.radians(12.0), abs=math.radians(1.0))


@pytest.mark.parametrize(
    ("yaw_deg", "pitch_deg", "why"),
    [
        (GLANCE.max_yaw_deg + 2, 0.0, OffRoad.HEAD_TURNED),
        (-GLANCE.max_yaw_deg - 2, 0.0, OffRoad.HEAD_TURNED),
        (0.0, -GLANCE.max_down_deg - 2, OffRoad.HEAD_DOWN),
        (0.0, GLANCE.max_up_deg + 2, OffRoad.HEAD_UP),
        (GLANCE.max_yaw_deg - 2, GLANCE.max_up_deg - 2, None),
        (0.0, -GLANCE.max_down_deg + 2, None),
        # Half turned and half bowed, within either limit.
        (0.9 * GLANCE.max_yaw_deg, -0.8 * GLANCE.max_down_deg, OffRoad.HEAD_TURNED),
        (-0.8 * GLANCE.max_yaw_deg, -0.9 * GLANCE.max_down_deg, OffRoad.HEAD_DOWN),
        (0.6 * GLANCE.max_yaw_deg, -0.7 * GLANCE.max_down_deg, None),
    ],
)
def test_head_off_the_road(yaw_deg: float, pitch_deg: float, why: OffRoad | None) -> None:
    away = (STARTED_S, STARTED_S + 2.0)
    driver = Driver(yaw_deg=during(yaw_deg, away), pitch_deg=during(pitch_deg, away))
    glance = at(watch(driver, STARTED_S + 3.0), STARTED_S + 1.0).glance
    assert glance.why is why
    assert glance.off_road is (why is not None)


@pytest.mark.parametrize("frame_rate_hz", FRAME_RATES_HZ)
def test_glance_lasts_as_long_as_the_head_is_away(frame_rate_hz: float) -> None:
    driver = Driver(yaw_deg=during(50.0, (STARTED_S, STARTED_S + 2.5)))
    away = off_road(watch(driver, STARTED_S + 5.0, frame_rate_hz))
    frame_s = 1.0 / frame_rate_hz
    assert away[0].glance.onset_s == pytest.approx(STARTED_S, abs=frame_s)
    assert away[-1].glance.off_road_s == pytest.approx(2.5, abs=frame_s + 1e-6)


def test_head_that_trembles_at_the_limit_is_one_glance() -> None:
    limit = GLANCE.max_yaw_deg

    def trembling(t_s: float) -> float:
        if not STARTED_S <= t_s < STARTED_S + 4.0:
            return 0.0
        return limit + 1.0 if int(t_s * 2) % 2 else limit - GLANCE.hysteresis_deg / 2

    away = off_road(watch(Driver(yaw_deg=trembling), STARTED_S + 6.0))
    assert len({state.glance.onset_s for state in away}) == 1
    assert away[-1].glance.off_road_s > 3.0


def test_quick_look_back_does_not_end_a_glance_and_a_real_one_does() -> None:
    def onsets(back_s: float) -> int:
        first = (STARTED_S, STARTED_S + 2.0)
        second = (first[1] + back_s, first[1] + back_s + 2.0)
        states = watch(Driver(yaw_deg=during(50.0, first, second)), STARTED_S + 6.0)
        return len({state.glance.onset_s for state in off_road(states)})

    assert onsets(GLANCE.return_s - 0.1) == 1
    assert onsets(GLANCE.return_s + 0.2) == 2


def test_blink_is_no_glance() -> None:
    states = watch(Driver(closure=during(CLOSED, (STARTED_S, STARTED_S + 0.3))), STARTED_S + 2.0)
    assert off_road(states) == []


def test_lids_cast_down_count_from_where_they_sank() -> None:
    low = line((STARTED_S, OPEN), (STARTED_S + 0.1, 0.65), (STARTED_S + 3.0, 0.65))
    states = watch(Driver(closure=low), STARTED_S + 3.0)
    told_s = first_s(states, lambda state: bool(state.glance.off_road))
    assert told_s == pytest.approx(STARTED_S + 0.1 + GLANCE.blink_s, abs=0.1)
    assert states[-1].glance.why is OffRoad.LIDS_CAST_DOWN
    assert states[-1].glance.off_road_s == pytest.approx(2.9, abs=0.1)


def test_lids_that_a_laugh_pushes_down_are_a_glance_only_after_a_while() -> None:
    """Cheeks push them to two thirds for as long as it lasts; so does who smiles at a telephone."""
    low = during(0.62, (10.0, 18.0))
    for smile, from_s in ((0.85, 10.0 + GLANCE.laugh_s), (0.1, 10.0)):
        states = watch(Driver(closure=low, smile=during(smile, (9.8, 18.0), otherwise=0.1)), 20.0)
        glance = at(states, 17.0).glance
        assert glance.why is OffRoad.LIDS_CAST_DOWN
        assert glance.onset_s == pytest.approx(from_s, abs=0.1)


def test_smile_that_flickers_is_one_laugh() -> None:
    flickers = Driver(
        closure=during(0.62, (10.0, 18.0)),
        smile=lambda t_s: 0.7 if round(t_s * 30) % 10 < 6 else 0.4,
    )
    onset_s = at(watch(flickers, 20.0), 17.0).glance.onset_s
    assert onset_s == pytest.approx(10.0 + GLANCE.laugh_s, abs=0.1)


def test_laugh_in_a_glance_does_not_end_it() -> None:
    driver = Driver(closure=during(0.62, (10.0, 18.0)), smile=during(0.85, (12.0, 18.0)))
    assert at(watch(driver, 20.0), 13.0).glance.onset_s == pytest.approx(10.0, abs=0.1)


def test_blink_in_a_laugh_makes_no_glance_of_it() -> None:
    blinks = during(1.0, (10.5, 10.7), (11.5, 11.65))
    driver = Driver(
        closure=lambda t_s: max(blinks(t_s), 0.62 if 10.0 <= t_s < 12.0 else 0.0),
        smile=during(0.85, (9.8, 12.0), otherwise=0.1),
    )
    assert not any(state.glance.off_road for state in watch(driver, 14.0))


def test_hidden_head_is_neither_on_nor_off_the_road() -> None:
    hidden = missing(Unavailable.UNCERTAIN, (STARTED_S, STARTED_S + 3.0))
    glance = at(watch(Driver(pose_missing=hidden), STARTED_S + 3.0), STARTED_S + 1.0).glance
    assert glance.off_road is None
    assert glance.unavailable is Unavailable.UNCERTAIN


def test_glances_sum_up_over_half_a_minute() -> None:
    spans = [(STARTED_S + 10.0 * i, STARTED_S + 10.0 * i + 2.0) for i in range(6)]
    states = watch(Driver(yaw_deg=during(50.0, *spans)), STARTED_S + 60.0)
    assert at(states, spans[2][1]).glance.off_road_s_in_window == pytest.approx(6.0, abs=0.1)
    assert at(states, spans[5][1]).glance.off_road_s_in_window == pytest.approx(6.0, abs=0.1)


# A camera to the driver's right: the road is at 20 degrees, the left window beyond its sight.
ROAD_DEG = 20.0
TURN_S = 0.5


def turning_out_of_sight(lost_deg: float, *, back_s: float) -> Driver:
    """Turns to 90 degrees from the camera from `STARTED_S` on; no face is found beyond `lost_deg`."""

    def yaw_deg(t_s: float) -> float:
        out = min(1.0, max(0.0, (t_s - STARTED_S) / TURN_S))
        home = min(1.0, max(0.0, (t_s - back_s) / TURN_S))
        return ROAD_DEG + (90.0 - ROAD_DEG) * (out - home)

    return Driver(
        yaw_deg=yaw_deg,
        face_missing=lambda t_s: Unavailable.NO_FACE if yaw_deg(t_s) > lost_deg else None,
    )


@pytest.mark.parametrize(
    ("lost_deg", "frame_rate_hz"),
    # Fewer frames do not show the shorter way out.
    [*((60.0, rate) for rate in FRAME_RATES_HZ), (48.0, 15.0), (48.0, 30.0)],
)
def test_head_that_turns_out_of_sight_is_off_the_road_until_it_is_seen(
    lost_deg: float, frame_rate_hz: float
) -> None:
    back_s = STARTED_S + 6.0
    states = watch(turning_out_of_sight(lost_deg, back_s=back_s), back_s + 2.0, frame_rate_hz)
    unseen = at(states, back_s - 0.2).glance
    assert unseen.why is OffRoad.HEAD_TURNED
    assert unseen.onset_s == pytest.approx(STARTED_S, abs=TURN_S + 2 / frame_rate_hz)
    assert unseen.off_road_s == pytest.approx(
        back_s - 0.2 - STARTED_S, abs=TURN_S + 3 / frame_rate_hz
    )
    assert states[-1].glance.off_road is False


def test_readings_of_a_face_that_is_being_lost_do_not_end_its_way_out() -> None:
    def yaw_deg(t_s: float) -> float:
        if t_s < STARTED_S:
            return ROAD_DEG
        return 45.0 if t_s < STARTED_S + 0.2 else 5.0

    lost = missing(Unavailable.NO_FACE, (STARTED_S + 0.3, STARTED_S + 5.0))
    states = watch(Driver(yaw_deg=yaw_deg, face_missing=lost), STARTED_S + 4.0)
    assert states[-1].glance.why is OffRoad.HEAD_TURNED


@pytest.mark.parametrize(
    ("yaw_deg", "reason"),
    [
        (ROAD_DEG, Unavailable.NO_FACE),  # leans out of the picture
        (-5.0, Unavailable.NO_FACE),  # turned towards the camera and lost there
        (45.0, Unavailable.TOO_DARK),  # it is the picture that is lost
        (45.0, Unavailable.CAMERA_FAULT),
    ],
)
def test_face_that_is_lost_otherwise_is_no_glance(yaw_deg: float, reason: Unavailable) -> None:
    turned = during(yaw_deg, (STARTED_S, 1e9), otherwise=ROAD_DEG)
    lost = missing(reason, (STARTED_S + 0.3, STARTED_S + 5.0))
    states = watch(Driver(yaw_deg=turned, face_missing=lost), STARTED_S + 4.0)
    assert states[-1].glance.off_road is None
    assert states[-1].glance.unavailable is reason


def test_face_that_slides_out_of_the_picture_and_is_misread_is_no_glance() -> None:
    """As a drawn face was read that left in half a second: no head turns to and fro like that."""
    yaws_deg = [-6.0, -8.0, -21.0, -14.0, -49.0, -22.5, -27.0, 6.0]
    pitches_deg = [0.0, 0.0, -4.0, 0.0, -17.0, 0.0, -9.0, -14.0]

    def read(degrees: list[float], t_s: float) -> float:
        at = round((t_s - STARTED_S) * 30)
        return degrees[at] if 0 <= at < len(degrees) else 0.0

    driver = Driver(
        yaw_deg=partial(read, yaws_deg),
        pitch_deg=partial(read, pitches_deg),
        face_missing=missing(
            Unavailable.NO_FACE, (STARTED_S + len(yaws_deg) / 30, STARTED_S + 9.0)
        ),
    )
    states = watch(driver, STARTED_S + 4.0)
    assert states[-1].glance.off_road is None


def test_face_that_is_lost_well_after_a_glance_is_no_glance() -> None:
    mirror = during(45.0, (STARTED_S, STARTED_S + 1.0), otherwise=ROAD_DEG)
    lost = missing(Unavailable.NO_FACE, (STARTED_S + 1.7, STARTED_S + 6.0))
    states = watch(Driver(yaw_deg=mirror, face_missing=lost), STARTED_S + 5.0)
    assert states[-1].glance.off_road is None
