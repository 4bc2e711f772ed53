"""The vehicle around the driver: mirrored with the driver's side, and moving only outside the windows."""

from __future__ import annotations

import numpy as np
import pytest

from driver_simulator.picture.cabin import build_cabin
from driver_simulator.picture.projection import projection_of
from driver_simulator.picture.scenery import travelled_m
from driver_simulator.scenario.scenario import VehicleSpan
from tests.simulator.picture.shots import change, moment, renderer, scenario


def test_the_cabin_of_a_driver_on_the_right_is_the_mirror_image() -> None:
    camera = scenario({"position": "dash_centre"}).camera
    left, right = (
        build_cabin(projection_of(camera, side), side, np.random.default_rng(2))
        for side in ("left", "right")
    )
    assert np.abs(left.colour - right.colour[:, ::-1]).mean() < 1.5
    assert np.abs(left.window - right.window[:, ::-1]).mean() < 0.01


@pytest.mark.parametrize("position", ["steering_column", "dash_centre", "a_pillar", "mirror"])
def test_every_camera_sees_a_window(position: str) -> None:
    camera = scenario({"position": position}).camera
    cabin = build_cabin(projection_of(camera, "left"), "left", np.random.default_rng(2))
    assert 0.03 < cabin.window.mean() < 0.6


def test_only_what_is_outside_passes_by() -> None:
    drawer = renderer({"position": "dash_centre"})
    earlier, later = (drawer.frame(moment(t_s, in_view=False)) for t_s in (1.0, 1.2))
    camera = scenario({"position": "dash_centre"}).camera
    window = build_cabin(
        projection_of(camera, "left"), "left", np.random.default_rng([3, 1])
    ).window
    moved = change(earlier, later)
    assert moved[window > 0.9].mean() > 1
    assert moved[window == 0].max() == 0


def test_nothing_passes_by_at_standstill() -> None:
    drawer = renderer(vehicle=[{"from_s": 0, "speed_kmh": 0}])
    one, other = (drawer.frame(moment(t_s, in_view=False)) for t_s in (1.0, 9.0))
    assert np.array_equal(one, other)


def test_the_way_is_the_sum_over_all_speeds() -> None:
    spans = (
        VehicleSpan(from_s=0, speed_kmh=36),
        VehicleSpan(from_s=10, speed_kmh=0),
        VehicleSpan(from_s=20, speed_kmh=18, reverse=True),
    )
    assert travelled_m(spans, 5) == pytest.approx(50)
    assert travelled_m(spans, 15) == pytest.approx(100)
    assert travelled_m(spans, 22) == pytest.approx(90)


def test_the_outside_is_dark_at_night() -> None:
    drawer = renderer(
        {"position": "dash_centre"},
        light=[{"from_s": 0, "type": "day"}, {"from_s": 10, "type": "night"}],
    )
    day, night = (
        float(np.quantile(drawer.frame(moment(t_s, in_view=False)), 0.97)) for t_s in (5.0, 15.0)
    )
    assert night < 0.4 * day
