"""The light over time: from time and seed alone, and as strong as the scenario says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from driver_simulator.picture.light import Light, LightOverTime, gain
from driver_simulator.scenario.viewing import CameraSettings, LightSpan
from edge_app.face.landmark_layout import PARTS
from tests.simulator.picture.shots import around, moment, renderer

_TO_CAMERA = np.array([0.0, 0.0, -1.0], dtype=np.float32)
_ACROSS, _DOWN = np.linspace(0.05, 0.95, 8), np.linspace(0.05, 0.95, 6)


def _over_time(*spans: dict[str, Any], **camera: Any) -> LightOverTime:
    checked = [LightSpan.model_validate({"from_s": 0, **span}) for span in spans]
    return LightOverTime(checked, CameraSettings(**camera), np.random.default_rng(1))


def _on_a_face(
    over_time: LightOverTime, t_s: float, normal: tuple[float, float, float] = (0, 0, -1)
) -> np.ndarray:
    normals = np.broadcast_to(np.array(normal, np.float32), (6, 8, 3)).copy()
    light: Light = over_time.at(t_s)
    return gain(light, over_time, normals, _TO_CAMERA, _ACROSS, _DOWN)


def test_day_is_steady() -> None:
    over_time = _over_time({"type": "day"})
    assert over_time.at(1.0) == over_time.at(500.3)


def test_the_light_depends_on_time_and_seed_alone() -> None:
    span = {"type": "low_sun"}
    one, other = _over_time(span), _over_time(span)
    one.at(3.0)
    assert np.array_equal(_on_a_face(one, 9.1), _on_a_face(other, 9.1))


@pytest.mark.parametrize("flicker_hz", [2.0, 5.0])
def test_lamps_of_a_tunnel_pass_as_often_as_is_said(flicker_hz: float) -> None:
    over_time = _over_time({"type": "tunnel", "flicker_hz": flicker_hz})
    instants = np.arange(0, 4, 1 / 120)
    level = np.array([_on_a_face(over_time, 10 + t_s).mean() for t_s in instants])
    spectrum = np.abs(np.fft.rfft(level - level.mean()))
    strongest_hz = np.fft.rfftfreq(len(level), 1 / 120)[spectrum.argmax()]
    assert strongest_hz == pytest.approx(flicker_hz, abs=0.3)


def test_low_sun_comes_and_goes_and_lights_one_side() -> None:
    over_time = _over_time({"type": "low_sun"})
    right = np.array([_on_a_face(over_time, k / 30, (0.9, 0, -0.44)).mean() for k in range(60)])
    left = np.array([_on_a_face(over_time, k / 30, (-0.9, 0, -0.44)).mean() for k in range(60)])
    lit, shaded = (right, left) if right.max() > left.max() else (left, right)
    assert lit.max() > 1.7 and lit.min() < 1.1
    assert shaded.max() < 0.7 * lit.max()


def test_night_is_dark_for_a_colour_camera_only() -> None:
    day, night = {"type": "day"}, {"type": "night"}
    assert _on_a_face(_over_time(night), 0).mean() < 0.5 * _on_a_face(_over_time(day), 0).mean()
    infrared = {"spectrum": "near_infrared"}
    by_night = _on_a_face(_over_time(night, **infrared), 0).mean()
    assert by_night == pytest.approx(_on_a_face(_over_time(day, **infrared), 0).mean(), rel=0.1)


def test_stronger_dusk_is_darker() -> None:
    levels = [
        _on_a_face(_over_time({"type": "dusk", "strength": strength}), 0).mean()
        for strength in (0.5, 1.0, 2.0)
    ]
    assert levels[0] > levels[1] > levels[2]


def test_an_exposure_step_doubles_the_light() -> None:
    usual = _on_a_face(_over_time({"type": "day"}), 0)
    brighter = _on_a_face(_over_time({"type": "day"}, exposure_ev=1.0), 0)
    # Pictures are encoded with a gamma near 2.
    assert (brighter / usual).mean() == pytest.approx(np.sqrt(2), rel=0.01)


def test_one_light_takes_over_from_the_other_without_a_leap() -> None:
    over_time = _over_time({"type": "day"}, {"from_s": 10, "type": "dusk"})
    level = [_on_a_face(over_time, t_s).mean() for t_s in np.arange(9.9, 10.7, 1 / 30)]
    assert level[0] > 1.3 * level[-1]
    assert np.abs(np.diff(level)).max() < 0.2 * (level[0] - level[-1])


def test_the_driver_is_darker_at_night_and_burnt_out_by_a_low_sun() -> None:
    spans = [
        {"from_s": 10 * place, "type": light}
        for place, light in enumerate(("day", "night", "low_sun"))
    ]
    drawer = renderer(light=spans)

    def brightest(from_s: float) -> float:
        shots = [drawer.draw(moment(from_s + 1 + k * 0.13)) for k in range(6)]
        return max(
            float(np.quantile(around(shot.image, shot.points[PARTS["oval"]]), 0.9))
            for shot in shots
            if shot.points is not None
        )

    day, night, sun = (brightest(span["from_s"]) for span in spans)
    assert night < 0.6 * day
    assert sun >= 250
