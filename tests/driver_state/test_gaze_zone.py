"""What the head points at, read of scripted drivers through cameras everywhere in the cabin, on both seats."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
from pydantic import BaseModel

from calibration.camera.cabin import GazeZone
from driver_simulator.driver.signal_reading import SignalSampler
from driver_simulator.viewpoint import MOUNTING_DEG
from edge_app.driver_state.forward_direction import ForwardDirection
from edge_app.driver_state.gaze_zone import GazeZoneEstimator, GazeZoneReading
from edge_app.driver_state.gaze_zone_settings import GazeZoneSettings
from edge_app.driver_state.settings import GlanceSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.trace.snapshot import as_text, capture, restored
from tests.simulator.driver.scenes import instants, performed

RATE_HZ = 15.0
FIRST_S, EACH_S, GLANCE_S = 10.0, 6.0, 3.0
MAX_GAP_S = 0.5
# The simulator names sides by the vehicle, zones by the driver.
ON_THE_LEFT_SEAT = {
    "left_mirror": {GazeZone.OWN_MIRROR},
    "right_mirror": {GazeZone.FAR_MIRROR, GazeZone.FAR_WINDOW},
    "rear_mirror": {GazeZone.INNER_MIRROR},
    "console": {GazeZone.CONSOLE},
    "lap": {GazeZone.LAP},
    "left_window": {GazeZone.OWN_WINDOW, Unavailable.NO_FACE},
    "right_window": {GazeZone.FAR_WINDOW, GazeZone.FAR_MIRROR, Unavailable.NO_FACE},
}
ON_THE_RIGHT_SEAT = {
    **ON_THE_LEFT_SEAT,
    "left_mirror": ON_THE_LEFT_SEAT["right_mirror"],
    "right_mirror": ON_THE_LEFT_SEAT["left_mirror"],
    "left_window": ON_THE_LEFT_SEAT["right_window"],
    "right_window": ON_THE_LEFT_SEAT["left_window"],
}
AT_ZERO = Signal.of(0.0, 0.05)


def readings(
    settings: GazeZoneSettings, until_s: float, *behaviours: dict[str, Any], **scene: Any
) -> list[tuple[float, GazeZoneReading]]:
    """Of a drive whose way ahead is learned from the signals, as `GlanceEstimator` learns it."""
    forward = ForwardDirection(GlanceSettings())
    estimator = GazeZoneEstimator(settings, max_gap_s=MAX_GAP_S)
    told = []
    performance = performed(*behaviours, duration_s=max(60.0, until_s), **scene)
    for signals in SignalSampler(performance).sample(instants(0, until_s, RATE_HZ)):
        yaw, pitch = signals.head_yaw_rad, signals.head_pitch_rad
        if yaw.value is not None and pitch.value is not None:
            forward.learn(yaw.value, pitch.value, 1 / RATE_HZ, away=False)
        ahead = forward.direction or (None, None)
        told.append((signals.t_s, estimator.step(signals.t_s, yaw, pitch, *ahead)))
    return told


def mostly(told: list[tuple[float, GazeZoneReading]], from_s: float, until_s: float) -> Any:
    counted = Counter(
        reading.zone or reading.unavailable for t_s, reading in told if from_s <= t_s <= until_s
    )
    return counted.most_common(1)[0][0]


@pytest.mark.parametrize("position", MOUNTING_DEG)
@pytest.mark.parametrize("side", ["left", "right"])
def test_glances_of_an_owl_are_told_as_what_is_looked_at(position: str, side: str) -> None:
    """A head that makes 65 % of the way, as drivers' heads do to outer mirrors."""
    expected = ON_THE_LEFT_SEAT if side == "left" else ON_THE_RIGHT_SEAT
    glances = [
        {
            "type": "look_at",
            "from_s": FIRST_S + EACH_S * i,
            "duration_s": GLANCE_S,
            "target": target,
            "head_share": 0.65,
        }
        for i, target in enumerate(expected)
    ]
    until_s = FIRST_S + EACH_S * len(expected)
    told = readings(
        GazeZoneSettings(driver_side=side),  # type: ignore[arg-type]
        until_s,
        *glances,
        camera={"position": position},
        driver_side=side,
        seed=3,
    )
    for i, (target, zones) in enumerate(expected.items()):
        there_s = FIRST_S + EACH_S * i
        assert mostly(told, there_s + 1.2, there_s + 1.8) in zones, target
        assert mostly(told, there_s - 1.5, there_s - 0.2) is GazeZone.ROAD


def test_lizard_who_looks_at_the_cluster_by_the_eyes_alone_is_on_the_road() -> None:
    look = {"type": "look_at", "from_s": 12, "duration_s": 2, "target": "cluster"}
    told = readings(GazeZoneSettings(driver_side="left"), 16, {**look, "head_share": 0.0})
    assert mostly(told, 12.5, 13.5) is GazeZone.ROAD


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("seed", [2, 3])
def test_side_of_the_driver_is_learned_from_glances(side: str, seed: int) -> None:
    told = readings(GazeZoneSettings(), 240, mirror_glances=True, driver_side=side, seed=seed)
    known = [reading.driver_side for _, reading in told]
    assert known[0] is None
    assert known[-1] == side
    assert not {None, side} - set(known) and len(set(known)) == 2  # never the other one
    assert told[-1][1].driver_side_certainty > 0.95


def test_known_mount_tells_the_side_at_once() -> None:
    settings = GazeZoneSettings(camera_mount="mirror")
    scene = {"camera": {"position": "mirror"}, "driver_side": "right"}
    told = readings(settings, 8, **scene)
    assert told[-1][1].driver_side == "right"
    assert readings(GazeZoneSettings(), 8, **scene)[-1][1].driver_side is None


class Head:
    """A head that is set by hand, before a camera straight ahead."""

    def __init__(self, **settings: Any) -> None:
        self.settings = GazeZoneSettings(**settings)
        self.estimator = GazeZoneEstimator(self.settings, max_gap_s=MAX_GAP_S)
        self.t_s = 0.0

    def hold(self, to_left_deg: float, up_deg: float, for_s: float) -> GazeZoneReading:
        until_s = self.t_s + for_s
        while True:
            self.t_s += 0.05
            reading = self.estimator.step(
                self.t_s,
                Signal.of(math.radians(to_left_deg), 0.03),
                Signal.of(math.radians(up_deg), 0.03),
                0.0,
                0.0,
            )
            if self.t_s >= until_s:
                return reading


MIRROR, ROAD = (30.0, -8.0), (0.0, 0.0)


def test_zone_changes_only_after_it_has_settled() -> None:
    head = Head(driver_side="left", settle_s=0.2)
    assert head.hold(*ROAD, 1.0).zone is GazeZone.ROAD
    assert head.hold(*MIRROR, 0.1).zone is GazeZone.ROAD
    assert head.hold(*MIRROR, 0.3).zone is GazeZone.OWN_MIRROR


def test_head_between_two_zones_keeps_the_one_it_came_from() -> None:
    borders = [deg / 2 for deg in range(60)]
    up, down = Head(driver_side="left"), Head(driver_side="left")
    rising = [up.hold(deg, -deg * 8 / 30, 0.5).zone for deg in borders]
    down.hold(*MIRROR, 1.0)
    falling = [down.hold(deg, -deg * 8 / 30, 0.5).zone for deg in reversed(borders)][::-1]
    assert rising[0] is falling[0] is GazeZone.ROAD
    assert rising[-1] is falling[-1] is GazeZone.OWN_MIRROR
    assert rising.index(GazeZone.OWN_MIRROR) > falling.index(GazeZone.OWN_MIRROR)


def test_unknown_side_is_told_as_what_is_missing() -> None:
    head = Head()
    assert head.hold(*ROAD, 1.0).zone is GazeZone.ROAD
    reading = head.hold(-45.0, -5.0, 1.0)
    assert reading.zone is None or reading.zone is not GazeZone.FAR_MIRROR
    assert reading.unavailable is Unavailable.NOT_CALIBRATED
    known = Head(driver_side="left")
    assert known.hold(-45.0, -5.0, 1.0).zone is GazeZone.FAR_MIRROR


def test_right_seat_is_the_mirrored_left_one() -> None:
    left, right = Head(driver_side="left"), Head(driver_side="right")
    for to_left, up in ((30, -8), (-18, -18), (-45, -5), (0, -35), (60, -2), (0, 0)):
        assert left.hold(to_left, up, 1.0).zone is right.hold(-to_left, up, 1.0).zone


def test_before_the_way_ahead_is_known_there_is_no_zone() -> None:
    estimator = GazeZoneEstimator(GazeZoneSettings(driver_side="left"), max_gap_s=MAX_GAP_S)
    reading = estimator.step(0.0, AT_ZERO, AT_ZERO, None, None)
    assert reading.zone is None and reading.unavailable is Unavailable.NOT_CALIBRATED


@pytest.mark.parametrize("side", ["left", "right"])
def test_side_that_is_set_is_told_from_the_first_moment(side: Any) -> None:
    estimator = GazeZoneEstimator(GazeZoneSettings(driver_side=side), max_gap_s=MAX_GAP_S)
    lost = Signal.missing(Unavailable.NO_FACE)
    reading = estimator.step(0.0, lost, lost, None, None)
    assert (reading.driver_side, reading.driver_side_certainty) == (side, 1.0)


def test_lost_face_is_told_with_its_reason_and_a_gap_forgets_the_zone() -> None:
    head = Head(driver_side="left", settle_s=1.0)
    head.hold(*ROAD, 1.0)
    lost = Signal.missing(Unavailable.NO_FACE)
    reading = head.estimator.step(head.t_s + 0.05, lost, lost, 0.0, 0.0)
    assert reading.zone is None and reading.unavailable is Unavailable.NO_FACE
    head.t_s += 3.0
    assert head.hold(*MIRROR, 0.0).zone is GazeZone.OWN_MIRROR  # nothing to settle against


def test_every_reading_has_a_zone_or_a_reason() -> None:
    head = Head()
    for to_left in range(-80, 81, 16):
        for up in range(-60, 61, 12):
            reading = head.hold(to_left, up, 0.2)
            assert (reading.zone is None) != (reading.unavailable is None)


def test_a_replay_can_take_it_up_where_it_was() -> None:
    head = Head()
    head.hold(*ROAD, 1.0)
    head.hold(-18.0, -18.0, 1.0)
    head.hold(*ROAD, 1.0)
    settings: dict[str, BaseModel] = {"gaze_zone": head.settings}
    fresh = GazeZoneEstimator(head.settings, max_gap_s=MAX_GAP_S)
    again = restored(capture(head.estimator, settings), settings, fresh)
    assert as_text(capture(again, settings)) == as_text(capture(head.estimator, settings))
    twin = Head()
    twin.estimator, twin.settings, twin.t_s = again, head.settings, head.t_s
    assert twin.hold(-18.0, -18.0, 1.0) == head.hold(-18.0, -18.0, 1.0)
