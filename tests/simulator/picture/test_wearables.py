"""What is worn on the head: what it hides, and what a near-infrared camera sees through it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from driver_simulator.picture.near_infrared import infrared_portrait
from driver_simulator.picture.wearables import overlays_of
from driver_simulator.scenario.person import PersonSettings
from edge_app.face.landmark_layout import NOSE_BASE, PARTS
from tests.simulator.picture.shots import around, driver

_EYES, _LIPS = ("eyelid_left", "eyelid_right"), ("lips_outer",)


def _left_of_face(
    person: dict[str, Any], parts: tuple[str, ...], *, infrared: bool = False, seed: int = 1
) -> float:
    """Share of the light of these parts that comes through all that is worn."""
    gain = np.ones(driver().alpha.shape, dtype=np.float32)
    settings = PersonSettings.model_validate(person)
    for overlay in overlays_of(settings, driver(), infrared=infrared, seed=seed):
        gain = gain * overlay.gain.mean(axis=2)
    shares = [around(gain, driver().points[PARTS[part]]).mean() for part in parts]
    return float(np.mean(shares))


def _sunglasses(**fields: float) -> dict[str, Any]:
    return {"eyewear": {"type": "sunglasses", **fields}}


@pytest.mark.parametrize("transmittance", [0.05, 0.2, 0.45])
def test_sunglasses_dim_the_eyes_by_their_transmittance(transmittance: float) -> None:
    left = _left_of_face(_sunglasses(transmittance=transmittance), _EYES)
    assert left == pytest.approx(transmittance, rel=0.25)


def test_an_infrared_camera_sees_through_sunglasses_that_pass_infrared() -> None:
    glasses = _sunglasses(transmittance=0.05, infrared_transmittance=0.8)
    assert _left_of_face(glasses, _EYES) < 0.1
    assert _left_of_face(glasses, _EYES, infrared=True) > 0.6


def test_clear_glasses_hide_neither_eyes_nor_mouth() -> None:
    glasses = {"eyewear": {"type": "glasses"}}
    assert _left_of_face(glasses, _EYES) > 0.8
    assert _left_of_face(glasses, _LIPS) > 0.97


def test_a_window_is_mirrored_as_strongly_as_is_said() -> None:
    def light(reflection: float) -> float:
        person = PersonSettings.model_validate(
            {"eyewear": {"type": "glasses", "reflection": reflection}}
        )
        (overlay,) = overlays_of(person, driver(), infrared=False, seed=1)
        return float(around(overlay.add, driver().points[PARTS["iris_left"]]).mean())

    assert light(0.0) < 20
    assert light(1.0) > light(0.5) > 50


def test_a_mask_hides_mouth_and_nose_and_leaves_the_eyes() -> None:
    assert _left_of_face({"mask": True}, _LIPS) < 0.02
    assert _left_of_face({"mask": True}, _EYES) > 0.97
    (overlay,) = overlays_of(PersonSettings(mask=True), driver(), infrared=False, seed=1)
    assert around(overlay.gain, driver().points[NOSE_BASE : NOSE_BASE + 1]).mean() < 0.02


def test_a_short_beard_leaves_the_lips_and_a_long_one_hides_them() -> None:
    assert _left_of_face({"beard": "short"}, _LIPS) > 0.6
    assert _left_of_face({"beard": "long"}, _LIPS) < 0.15


def test_a_beard_and_a_mask_follow_the_jaw_and_glasses_do_not() -> None:
    person = PersonSettings.model_validate(
        {"beard": "short", "mask": True, "eyewear": {"type": "glasses"}}
    )
    overlays = overlays_of(person, driver(), infrared=False, seed=1)
    assert [overlay.follows_skin for overlay in overlays] == [True, True, False]


def test_a_cap_leaves_the_eyes_and_a_low_one_hides_them() -> None:
    assert _left_of_face({"cap": "cap"}, _EYES) > 0.6
    assert _left_of_face({"cap": "low_cap"}, _EYES) < 0.2


def test_the_same_seed_chooses_the_same_things() -> None:
    person = PersonSettings.model_validate({**_sunglasses(), "beard": "short"})
    first, again = (overlays_of(person, driver(), infrared=False, seed=7) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.add, other.add) and np.array_equal(one.gain, other.gain)


@pytest.mark.parametrize(("bright", "low", "high"), [(False, 0, 90), (True, 150, 255)])
def test_pupils_are_dark_or_bright_in_infrared(bright: bool, low: float, high: float) -> None:
    seen = infrared_portrait(driver(), bright_pupils=bright)
    x, y = np.round(driver().points[PARTS["iris_left"]][0]).astype(int)
    # Beside the lamp's glint.
    assert low <= seen.texture[y + 2, x - 2].mean() <= high


def test_skin_of_any_tone_is_alike_in_infrared() -> None:
    pale = infrared_portrait(driver(), bright_pupils=False)
    dark = driver()
    dark = type(dark)(
        name="dark",
        texture=(dark.texture * 0.45).astype(np.uint8),
        alpha=dark.alpha,
        points=dark.points,
        skin_bgr=dark.skin_bgr * np.float32(0.45),
        rotation=dark.rotation,
        seen=dark.seen,
    )
    seen = infrared_portrait(dark, bright_pupils=False)
    cheek = driver().points[NOSE_BASE : NOSE_BASE + 1] + np.array([[45.0, -5.0]])
    assert around(seen.texture, cheek, 6).mean() == pytest.approx(
        around(pale.texture, cheek, 6).mean(), rel=0.05
    )
