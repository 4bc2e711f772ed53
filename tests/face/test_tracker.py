"""The tracker's decisions, with a perception that follows a script."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Literal

import pytest

from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceObservation
from edge_app.face.settings import PerceptionSettings
from edge_app.face.tracker import FaceTracker
from tests.face.faces import ScriptedPerception, detection, frame, observation

SETTINGS = PerceptionSettings()


def test_detector_runs_once_and_then_once_a_second() -> None:
    perception = ScriptedPerception()
    tracker = FaceTracker(perception, SETTINGS)
    for index in range(91):
        assert tracker.step(frame(index / 30)) is not None
    assert perception.searched == 1 + int(3.0 / SETTINGS.recheck_interval_s)
    assert len(perception.crops) == 91


def test_no_face_is_none_and_searched_for_in_every_frame() -> None:
    perception = ScriptedPerception(faces=[])
    tracker = FaceTracker(perception, SETTINGS)
    assert [tracker.step(frame(index / 30)) for index in range(5)] == [None] * 5
    assert perception.searched == 5


def test_doubtful_crop_is_searched_again_in_the_same_frame() -> None:
    # The face jumps to the other side: the old crop is empty, the detector finds it at once.
    perception = ScriptedPerception(faces=[detection((100.0, 240.0))])
    face_px = 100.0

    def look(crop: FaceCrop) -> FaceObservation:
        presence = 1.0 if abs(crop.center_x_px - face_px) < 50 else 0.0
        return observation(center_px=(crop.center_x_px, 240.0), presence=presence)

    perception.look = look
    tracker = FaceTracker(perception, SETTINGS)
    assert tracker.step(frame(0.0)) is not None
    face_px = 500.0
    perception.faces = [detection((500.0, 240.0))]
    seen = tracker.step(frame(1 / 30))
    assert seen is not None
    assert seen.next_crop.center_x_px == 500.0
    assert tracker.handed_over


@pytest.mark.parametrize("how", ["lost", "forgotten"])
@pytest.mark.parametrize(
    ("found_px", "other"), [(320.0, False), (360.0, False), (500.0, True), (100.0, True)]
)
def test_face_found_elsewhere_after_a_loss_is_another(
    how: str, found_px: float, other: bool
) -> None:
    perception = ScriptedPerception(faces=[detection((320.0, 240.0))])
    tracker = FaceTracker(perception, SETTINGS)
    assert tracker.step(frame(0.0)) is not None
    assert not tracker.handed_over
    if how == "lost":
        perception.faces, perception.look = [], lambda crop: observation(presence=0.0)
        for index in range(1, 60):
            assert tracker.step(frame(index / 30)) is None
            assert not tracker.handed_over
    else:
        tracker.forget()
    perception.faces, perception.look = [detection((found_px, 240.0))], None
    assert tracker.step(frame(2.0)) is not None
    assert tracker.handed_over == other
    tracker.step(frame(2.1))
    assert not tracker.handed_over


def test_coarse_detection_gets_a_second_look_from_its_own_landmarks() -> None:
    def look(crop: FaceCrop) -> FaceObservation:
        found = abs(crop.center_y_px - 260.0) < 1.0
        return observation(center_px=(320.0, 260.0), presence=1.0 if found else 0.3)

    tracker = FaceTracker(ScriptedPerception(look=look), SETTINGS)
    assert tracker.step(frame(0.0)) is not None


def test_crop_of_a_detection_is_refined_once() -> None:
    # The landmarks would go on moving it; it is not chased.
    perception = ScriptedPerception(
        look=lambda crop: observation(center_px=(crop.center_x_px + 20.0, 240.0), side_px=200.0)
    )
    tracker = FaceTracker(perception, SETTINGS)
    assert tracker.step(frame(0.0)) is not None
    assert [crop.center_x_px for crop in perception.crops] == [320.0, 340.0]


def test_second_look_that_loses_the_face_does_not_count() -> None:
    def look(crop: FaceCrop) -> FaceObservation:
        return observation(
            center_px=(400.0, 240.0), presence=1.0 if crop.center_x_px == 320.0 else 0.0
        )

    perception = ScriptedPerception(look=look)
    assert FaceTracker(perception, SETTINGS).step(frame(0.0)) is not None
    assert len(perception.crops) == 2


@pytest.mark.parametrize(
    "wild",
    [
        FaceCrop(320.0, 400.0, 200.0, 0.0),
        FaceCrop(320.0, 240.0, 20.0, 0.0),
        FaceCrop(320.0, 240.0, 900.0, 0.0),
        FaceCrop(float("nan"), 240.0, 200.0, 0.0),
    ],
)
def test_landmarks_that_leap_are_searched_again_in_the_same_frame(wild: FaceCrop) -> None:
    asked: FaceCrop | None = None

    def look(crop: FaceCrop) -> FaceObservation:
        return replace(observation(), next_crop=asked or crop)

    perception = ScriptedPerception(look=look)
    tracker = FaceTracker(perception, SETTINGS)
    tracker.step(frame(0.0))
    asked = wild
    tracker.step(frame(1 / 30))
    assert perception.searched == 2


def test_tracker_that_has_drifted_off_the_face_is_brought_back_before_the_second_is_over() -> None:
    # What is tracked might just be a face; the detector knows a better one beside it.
    def look(crop: FaceCrop) -> FaceObservation:
        sure = crop.center_x_px > 400
        return replace(
            observation(center_px=(crop.center_x_px, 240.0), presence=1.0 if sure else 0.6),
            next_crop=crop,
        )

    perception = ScriptedPerception(faces=[detection((150.0, 240.0), 100.0)], look=look)
    tracker = FaceTracker(perception, SETTINGS)
    tracker.step(frame(0.0))
    perception.faces = [detection((450.0, 240.0))]
    seen = [tracker.step(frame(index / 30)) for index in range(1, 12)]
    places = [one.next_crop.center_x_px for one in seen if one is not None]
    assert places[0] == 150.0
    assert places[-1] == 450.0
    assert perception.searched == 2


def test_crop_follows_a_small_move_slowly_and_a_large_one_at_once() -> None:
    shift_px = 0.0

    def look(crop: FaceCrop) -> FaceObservation:
        return observation(center_px=(320.0 + shift_px, 240.0), side_px=200.0)

    perception = ScriptedPerception(look=look)
    tracker = FaceTracker(perception, SETTINGS)
    tracker.step(frame(0.0))
    shift_px = 2.0
    tracker.step(frame(1 / 30))
    tracker.step(frame(2 / 30))
    assert perception.crops[1] == perception.crops[0]
    assert 320.0 < perception.crops[2].center_x_px < 321.5  # two thirds of the way, and then less
    shift_px = 30.0
    tracker.step(frame(3 / 30))
    tracker.step(frame(4 / 30))
    assert perception.crops[4].center_x_px == 350.0


def test_crop_comes_to_rest_in_the_middle_of_a_face_that_holds_still() -> None:
    perception = ScriptedPerception(look=lambda crop: observation(center_px=(321.0, 240.0)))
    tracker = FaceTracker(perception, PerceptionSettings(recheck_interval_s=60))
    for index in range(60):
        tracker.step(frame(index / 30))
    assert perception.crops[-1].center_x_px == pytest.approx(321.0, abs=0.01)


@pytest.mark.parametrize("shift_px", [1.0, 2.0, 3.0, 4.0, 6.0])
def test_rounding_errors_of_the_landmarks_stay_rounding_errors(shift_px: float) -> None:
    # Of two models that say the same but for the last bits, neither may hold a crop that the other moves.
    def crops(error_px: float) -> list[FaceCrop]:
        moves = itertools.cycle([0.0, shift_px + error_px, -shift_px - error_px])
        told = itertools.accumulate(moves, initial=320.0)
        perception = ScriptedPerception(
            look=lambda crop: observation(center_px=(next(told), 240.0), side_px=200.0)
        )
        tracker = FaceTracker(perception, PerceptionSettings(recheck_interval_s=60))
        for index in range(90):
            tracker.step(frame(index / 30))
        return perception.crops

    pairs = zip(crops(-1e-6), crops(1e-6), strict=True)
    assert max(abs(a.center_x_px - b.center_x_px) for a, b in pairs) < 1e-4


@pytest.mark.parametrize("frame_rate_hz", [5, 30])
def test_crop_settles_by_time_and_not_by_frames(frame_rate_hz: int) -> None:
    perception = ScriptedPerception(look=lambda crop: observation(center_px=(320.0, 240.0)))
    tracker = FaceTracker(perception, PerceptionSettings(recheck_interval_s=60))
    tracker.step(frame(0.0))
    perception.look = lambda crop: observation(center_px=(320.2, 240.0))
    for index in range(1, frame_rate_hz + 2):
        tracker.step(frame(index / frame_rate_hz))
    assert 320.2 - perception.crops[-1].center_x_px == pytest.approx(
        0.2 * math.exp(-1 / 0.3), rel=0.3
    )


def test_recheck_drops_a_doubtful_face_that_the_detector_does_not_confirm() -> None:
    perception = ScriptedPerception(look=lambda crop: observation(presence=0.7))
    tracker = FaceTracker(perception, SETTINGS)
    assert tracker.step(frame(0.0)) is not None
    perception.faces = []
    assert tracker.step(frame(0.5)) is not None
    assert tracker.step(frame(1.1)) is None


def test_recheck_keeps_a_sure_face_that_escapes_the_detector() -> None:
    perception = ScriptedPerception()
    tracker = FaceTracker(perception, SETTINGS)
    tracker.step(frame(0.0))
    perception.faces = []
    assert tracker.step(frame(1.1)) is not None


def test_recheck_moves_to_the_face_that_is_the_drivers() -> None:
    # What was tracked turns out to be beside the largest face.
    perception = ScriptedPerception(faces=[detection((150.0, 240.0), 100.0)])
    tracker = FaceTracker(perception, SETTINGS)
    tracker.step(frame(0.0))
    perception.faces = [detection((150.0, 240.0), 100.0), detection((450.0, 240.0), 220.0)]
    seen = tracker.step(frame(1.1))
    assert seen is not None
    assert seen.next_crop.center_x_px == 450.0
    assert tracker.handed_over
    tracker.step(frame(1.2))
    assert not tracker.handed_over


def test_recheck_keeps_the_tracked_face_when_the_other_is_none_at_a_closer_look() -> None:
    def look(crop: FaceCrop) -> FaceObservation:
        return replace(
            observation(
                center_px=(crop.center_x_px, 240.0), presence=0.0 if crop.center_x_px > 300 else 1.0
            ),
            next_crop=crop,
        )

    perception = ScriptedPerception(faces=[detection((150.0, 240.0), 100.0)], look=look)
    tracker = FaceTracker(perception, SETTINGS)
    tracker.step(frame(0.0))
    perception.faces = [detection((450.0, 240.0), 220.0)]
    for t_s in (1.1, 1.2):
        seen = tracker.step(frame(t_s))
        assert seen is not None
        assert seen.next_crop.center_x_px == 150.0
        assert not tracker.handed_over


@pytest.mark.parametrize(
    ("side", "center_x_px"), [("auto", 480.0), ("left", 160.0), ("right", 480.0)]
)
def test_driver_is_the_largest_face_on_the_drivers_side(
    side: Literal["auto", "left", "right"], center_x_px: float
) -> None:
    faces = [detection((160.0, 240.0), 120.0), detection((480.0, 240.0), 200.0)]
    tracker = FaceTracker(ScriptedPerception(faces=faces), PerceptionSettings(driver_side=side))
    seen = tracker.step(frame(0.0))
    assert seen is not None
    assert seen.next_crop.center_x_px == center_x_px


def test_passenger_alone_is_not_the_driver() -> None:
    passenger = ScriptedPerception(faces=[detection((480.0, 240.0))])
    tracker = FaceTracker(passenger, PerceptionSettings(driver_side="left"))
    assert tracker.step(frame(0.0)) is None


def test_search_goes_on_behind_what_is_no_face_at_a_closer_look() -> None:
    def look(crop: FaceCrop) -> FaceObservation:
        presence = 1.0 if crop.center_x_px < 200 else 0.1
        return observation(center_px=(crop.center_x_px, 240.0), presence=presence)

    headrest, driver = detection((500.0, 240.0), side_px=260.0), detection((120.0, 240.0))
    tracker = FaceTracker(ScriptedPerception(faces=[headrest, driver], look=look), SETTINGS)
    seen = tracker.step(frame(0.0))
    assert seen is not None
    assert seen.next_crop.center_x_px == 120.0


@pytest.mark.parametrize(("score", "found"), [(0.95, True), (0.5, True), (0.2, False)])
def test_what_the_detector_doubts_must_look_the_more_like_a_face(score: float, found: bool) -> None:
    place = replace(detection((320.0, 240.0)), score=score)
    perception = ScriptedPerception(faces=[place], look=lambda crop: observation(presence=0.7))
    seen = FaceTracker(perception, SETTINGS).step(frame(0.0))
    assert (seen is not None) == found


def test_certain_look_outweighs_the_detectors_doubt() -> None:
    place = replace(detection((320.0, 240.0)), score=0.2)
    perception = ScriptedPerception(faces=[place], look=lambda crop: observation(presence=0.95))
    assert FaceTracker(perception, SETTINGS).step(frame(0.0)) is not None


def test_search_looks_at_a_few_candidates_only() -> None:
    perception = ScriptedPerception(
        faces=[detection((40.0 * place, 240.0)) for place in range(12)],
        look=lambda crop: observation(center_px=(crop.center_x_px, 240.0), presence=0.1),
    )
    assert FaceTracker(perception, SETTINGS).step(frame(0.0)) is None
    assert len(perception.crops) <= 8


def test_forgotten_face_is_searched_for_anew() -> None:
    perception = ScriptedPerception()
    tracker = FaceTracker(perception, SETTINGS)
    tracker.step(frame(0.0))
    tracker.forget()
    tracker.step(frame(1 / 30))
    assert perception.searched == 2


def test_driver_who_looks_away_is_not_handed_over_to_the_passenger() -> None:
    perception = ScriptedPerception(
        faces=[detection((160.0, 240.0))],
        look=lambda crop: observation(center_px=(crop.center_x_px, 240.0), side_px=crop.side_px),
    )
    tracker = FaceTracker(perception, SETTINGS)
    assert tracker.step(frame(0.0)) is not None
    # The turned head escapes the detector, which sees the passenger alone.
    perception.faces = [detection((500.0, 240.0))]
    for index in range(1, 100):
        seen = tracker.step(frame(index / 30))
        assert seen is not None and seen.next_crop.center_x_px == 160.0
