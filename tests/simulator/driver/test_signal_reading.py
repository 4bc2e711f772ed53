"""Signals without a picture: what perception would read, what it could not, and what the estimators make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.driver.references import OPEN_EYE, SHUT_EYE
from driver_simulator.driver.perception_noise import PerceptionNoise
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.driver.signal_reading import SignalSampler, angles_in_camera
from driver_simulator.scenario.viewing import Position
from driver_simulator.viewpoint import MOUNTING_DEG, camera_axes, head_in_camera
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.driver_state.state import ClosureKind, DriverState
from edge_app.face.head_rotation import angles_of
from edge_app.face.settings import PerceptionSettings
from tests.simulator.driver.scenes import instants, only, performed

QUIET = PerceptionNoise(
    openness_std=0.0,
    openness_drift=0.0,
    mouth_std=0.0,
    smile_std=0.0,
    pose_std_deg=0.0,
    pose_drift_deg=0.0,
    gaze_std_deg=0.0,
    gaze_drift_deg=0.0,
    aspect_ratio_std=0.0,
)
RATE_HZ = 30.0
NIGHT = [{"from_s": 0, "type": "night"}]
LOW_SUN = [{"from_s": 0, "type": "low_sun"}]
DARK_GLASSES = {"type": "sunglasses", "transmittance": 0.08, "infrared_transmittance": 0.7}


def read(
    *behaviours: dict[str, Any],
    from_s: float = 0.0,
    until_s: float = 30.0,
    noise: PerceptionNoise = QUIET,
    **settings: Any,
) -> list[Signals]:
    performance = performed(*behaviours, **settings)
    times = instants(from_s, until_s, RATE_HZ)
    return list(SignalSampler(performance, noise=noise).sample(times))


def values(signals: list[Signals], name: str) -> list[float]:
    return [getattr(each, name).value for each in signals]


def reasons(signals: list[Signals], name: str) -> set[Unavailable | None]:
    return {getattr(each, name).unavailable for each in signals}


def usual(signals: list[Signals], name: str) -> float:
    return float(np.median(values(signals, name)))


def states(performance: Performance, until_s: float) -> list[DriverState]:
    estimator = DriverStateEstimator(DriverStateSettings())
    signals = SignalSampler(performance).sample(instants(0, until_s, RATE_HZ))
    return [estimator.step(each) for each in signals]


def test_same_times_give_the_same_signals() -> None:
    sampler = SignalSampler(performed(seed=4))
    times = instants(0, 10, RATE_HZ)
    assert list(sampler.sample(times)) == list(sampler.sample(times.tolist()))


@pytest.mark.parametrize("position", MOUNTING_DEG)
@pytest.mark.parametrize("side", ["left", "right"])
def test_angles_are_those_of_the_viewpoint(position: Position, side: Any) -> None:
    turned = {"type": "turn_head", "from_s": 2, "duration_s": 4, "yaw_deg": 35, "roll_deg": 15}
    performance = performed({**turned, "pitch_deg": -20}, duration_s=10.0, driver_side=side)
    axes = camera_axes(position, side)
    courses = performance.courses(instants(0, 8, 5))
    seen = np.array(angles_in_camera(courses, axes)).T
    wanted = [
        angles_of(head_in_camera(moment, axes).astype(np.float32)) for moment in courses.moments()
    ]
    assert seen == pytest.approx(np.array(wanted), abs=1e-5)


def test_eyes_read_on_the_common_scale_between_open_and_shut() -> None:
    signals = read({"type": "sleep", "from_s": 10, "duration_s": 5}, from_s=11, until_s=14)
    assert usual(signals, "eye_openness_left") == pytest.approx(SHUT_EYE, abs=0.01)
    assert usual(read(), "eye_openness_right") == pytest.approx(OPEN_EYE, abs=0.06)


def test_narrow_eyes_read_lower_though_they_are_open() -> None:
    narrow, wide = (
        usual(read(person={"eye_aperture_mm": aperture_mm}), "eye_openness_left")
        for aperture_mm in (6, 13)
    )
    assert narrow < 0.65 < OPEN_EYE < wide <= 1.0


def test_lids_that_follow_a_glance_down_read_like_lids_that_close() -> None:
    def lowest(head_share: float) -> float:
        glance = {"type": "look_at", "from_s": 10, "duration_s": 4, "target": "lap"}
        signals = read({**glance, "head_share": head_share}, from_s=11, until_s=13)
        return usual(signals, "eye_openness_left")

    with_the_eyes, with_the_head = lowest(0.2), lowest(1.0)
    assert with_the_eyes < SHUT_EYE + 0.4 * (OPEN_EYE - SHUT_EYE)
    assert with_the_head > with_the_eyes + 0.2


def test_noise_has_the_deviation_that_was_asked_for() -> None:
    noise = PerceptionNoise(openness_std=0.05, openness_drift=0.0, pose_std_deg=2.0)
    with_noise, quiet = read(noise=noise), read()
    difference = np.subtract(
        values(with_noise, "eye_openness_left"), values(quiet, "eye_openness_left")
    )
    # What is above 1 is cut off.
    assert difference.std() == pytest.approx(0.05, rel=0.15)


def test_eyes_that_perception_doubts_are_uncertain() -> None:
    most = PerceptionSettings().max_eye_openness_std
    doubts = PerceptionNoise(told_openness_std=most + 0.01, told_shut_std=most + 0.01)
    assert reasons(read(until_s=2, noise=doubts), "eye_openness_left") == {Unavailable.UNCERTAIN}


def test_shut_eyes_are_told_more_surely_and_eyes_that_look_shut_less() -> None:
    """What tells the two apart, since both read low."""

    def told(span: tuple[float, float], *behaviours: dict[str, Any]) -> tuple[float, float]:
        signals = read(*behaviours, from_s=span[0], until_s=span[1])
        stds = [each.eye_openness_left.std for each in signals]
        return usual(signals, "eye_openness_left"), float(np.median(np.array(stds, dtype=float)))

    _, ahead_std = told((5.0, 6.0))
    shut, shut_std = told((13.0, 14.0), {"type": "sleep", "from_s": 10, "duration_s": 6.0})
    lap = {"type": "look_at", "from_s": 10, "duration_s": 6.0, "target": "lap", "head_share": 0.2}
    down, down_std = told((13.0, 14.0), lap)
    assert shut < down < 0.5
    assert shut_std < 0.8 * ahead_std
    assert down_std > 1.2 * ahead_std


def test_mouth_and_smile_follow_the_face() -> None:
    yawn = read({"type": "yawn", "from_s": 10, "duration_s": 6}, from_s=12.5, until_s=14)
    laugh = read({"type": "laugh", "from_s": 10, "duration_s": 4}, from_s=11, until_s=13)
    still = read()
    assert usual(yawn, "mouth_openness") > 0.85 > 0.1 > usual(still, "mouth_openness")
    assert usual(laugh, "smile") > 0.7 > 0.15 > usual(still, "smile")


def test_aspect_ratio_falls_with_the_lids_and_less_behind_glasses() -> None:
    sleep = {"type": "sleep", "from_s": 10, "duration_s": 5}
    glasses = {"eyewear": {"type": "glasses"}}
    bare, behind, awake = (
        usual(signals, "eye_aspect_ratio")
        for signals in (
            read(sleep, from_s=11.5, until_s=14),
            read(sleep, from_s=11.5, until_s=14, person=glasses),
            read(),
        )
    )
    assert bare < 0.05 < behind < 0.15 < awake


HIDDEN: dict[str, tuple[str, Unavailable, dict[str, Any]]] = {
    "dark lenses": (
        "eye_openness_left",
        Unavailable.EYES_OCCLUDED,
        {"person": {"eyewear": DARK_GLASSES}},
    ),
    "mask": ("mouth_openness", Unavailable.MOUTH_OCCLUDED, {"person": {"mask": True}}),
    "long beard": ("smile", Unavailable.MOUTH_OCCLUDED, {"person": {"beard": "long"}}),
    "low cap from above": (
        "eye_openness_right",
        Unavailable.EYES_OCCLUDED,
        {"person": {"cap": "low_cap"}, "camera": {"position": "mirror"}},
    ),
    "night": ("eye_openness_left", Unavailable.TOO_DARK, {"light": NIGHT}),
    "overexposed": (
        "eye_openness_left",
        Unavailable.OVEREXPOSED,
        {"camera": {"exposure_ev": 4}},
    ),
    "blurred": ("mouth_openness", Unavailable.BLURRED, {"camera": {"blur_px": 12}}),
    "too far": (
        "eye_aspect_ratio",
        Unavailable.LOW_RESOLUTION,
        {"camera": {"width_px": 160, "distance_m": 1.2}},
    ),
}


@pytest.mark.parametrize("what", HIDDEN)
def test_what_is_hidden_has_no_value_but_its_reason(what: str) -> None:
    name, reason, settings = HIDDEN[what]
    assert reasons(read(until_s=5, **settings), name) == {reason}


SEEN: dict[str, tuple[str, dict[str, Any]]] = {
    "dark lenses in infrared": (
        "eye_openness_left",
        {"person": {"eyewear": DARK_GLASSES}, "camera": {"spectrum": "near_infrared"}},
    ),
    "night with a lamp": (
        "eye_openness_left",
        {"light": NIGHT, "camera": {"spectrum": "near_infrared"}},
    ),
    "low cap from below": ("eye_openness_left", {"person": {"cap": "low_cap"}}),
    "short beard": ("mouth_openness", {"person": {"beard": "short"}}),
    "eyes above a mask": ("eye_openness_left", {"person": {"mask": True}}),
}


@pytest.mark.parametrize("what", SEEN)
def test_what_is_not_hidden_is_read(what: str) -> None:
    name, settings = SEEN[what]
    assert reasons(read(until_s=5, **settings), name) == {None}


def test_hands_hide_what_they_come_before() -> None:
    one_eye = read({"type": "rub_eyes", "from_s": 5, "duration_s": 4, "eye": "left"}, until_s=8)
    held = [each for each in one_eye if each.t_s > 6]
    assert reasons(held, "eye_openness_left") == {Unavailable.EYES_OCCLUDED}
    assert reasons(held, "eye_openness_right") == {None}
    yawn = {"type": "yawn", "from_s": 5, "duration_s": 6, "behind_hand": True}
    covered = read(yawn, from_s=7.5, until_s=9)
    assert reasons(covered, "mouth_openness") == {Unavailable.MOUTH_OCCLUDED}


@pytest.mark.parametrize(
    ("by", "reason"),
    [("leaning_out", Unavailable.NO_FACE), ("covering_lens", Unavailable.TOO_DARK)],
)
def test_hidden_driver_has_no_face(by: str, reason: Unavailable) -> None:
    gone = read({"type": "hide", "from_s": 5, "duration_s": 5, "by": by}, from_s=6, until_s=9)
    assert {(each.face_present, each.no_face_reason) for each in gone} == {(False, reason)}


def test_farther_eye_is_less_sure_and_then_out_of_pose() -> None:
    def turned(yaw_deg: float) -> Signals:
        behaviour = {"type": "turn_head", "from_s": 5, "duration_s": 4, "yaw_deg": yaw_deg}
        return read(behaviour, from_s=7, until_s=7.02, noise=PerceptionNoise())[0]

    some, much, all_of_it = turned(30), turned(55), turned(80)
    assert some.eye_openness_left.std > 1.2 * some.eye_openness_right.std  # type: ignore[operator]
    # Turned to the picture's right, the driver's left eye is the farther one.
    assert much.eye_openness_left.unavailable is Unavailable.OUT_OF_POSE
    assert much.eye_openness_right.value is not None
    assert turned(-55).eye_openness_right.unavailable is Unavailable.OUT_OF_POSE
    assert all_of_it.eye_openness_right.unavailable is Unavailable.OUT_OF_POSE


def test_low_sun_blinds_in_short_flashes() -> None:
    signals = read(light=LOW_SUN, until_s=60)
    blind = [each.eye_openness_left.unavailable is Unavailable.OVEREXPOSED for each in signals]
    assert 0.03 < np.mean(blind) < 0.2
    longest = max(len(run) for run in "".join("x" if b else " " for b in blind).split())
    assert longest / RATE_HZ < 0.15


def test_reflections_on_glasses_hide_the_eyes_now_and_then() -> None:
    eyewear = {"type": "glasses", "reflection": 0.8}
    signals = read(person={"eyewear": eyewear}, until_s=60)
    hidden = [each.eye_openness_left.value is None for each in signals]
    assert 0.05 < np.mean(hidden) < 0.9


def first(of: list[DriverState], holds: Callable[[DriverState], bool]) -> float:
    return next(state.t_s for state in of if holds(state))


def test_estimator_finds_a_scripted_microsleep_soon_after_it_is_one() -> None:
    performance = performed({"type": "microsleep", "from_s": 20, "duration_s": 2.0}, seed=1)
    event = only(performance, EventKind.MICROSLEEP)
    lids = DriverStateSettings().lids
    told_s = first(states(performance, 30), lambda s: s.lid_episode.kind is ClosureKind.MICROSLEEP)
    assert event.onset_s + lids.microsleep_s <= told_s
    assert told_s <= event.full_from_s + lids.microsleep_s + 0.3


def test_estimator_counts_the_blinks_that_are_told() -> None:
    performance = performed(duration_s=120.0, seed=6)
    blinks = [event for event in performance.events if event.kind is EventKind.BLINK]
    counted = states(performance, 120)[-1].blinks.count
    assert counted == pytest.approx(len(blinks), rel=0.15)


def test_estimator_sees_a_scripted_yawn() -> None:
    performance = performed({"type": "yawn", "from_s": 10, "duration_s": 6})
    (yawn,) = (s.yawn.completed for s in states(performance, 30) if s.yawn.completed)
    event = only(performance, EventKind.YAWN)
    assert event.onset_s < yawn.onset_s < event.full_from_s
    assert event.full_until_s < yawn.end_s < event.end_s


def test_missing_signal_is_never_a_number() -> None:
    for each in read(person={"mask": True}, light=LOW_SUN, until_s=5):
        for name in Signals.__slots__:
            signal = getattr(each, name)
            if isinstance(signal, Signal):
                assert (signal.value is None) == (signal.unavailable is not None)
