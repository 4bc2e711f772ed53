"""The check of single pictures: black, overexposed, frozen, garbage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from edge_app.camera.faults import CameraFault, PictureCheck
from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.driver_state.signals import Unavailable

SETTINGS = CameraSettings()
SIZE = (480, 640)


def noisy(level: int, seed: int = 0, shape: tuple[int, ...] = (*SIZE, 3)) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(level, 2.0, shape)
    return np.clip(noise, 0, 255).astype(np.uint8)


def fault_of(image: NDArray[np.uint8]) -> CameraFault | None:
    return PictureCheck(SETTINGS).step(Frame(image, 0.0, 0))


def test_ordinary_picture_has_no_fault() -> None:
    assert fault_of(noisy(110)) is None
    assert fault_of(noisy(110, shape=SIZE)) is None


def test_covered_lens_with_hot_pixels_is_black() -> None:
    image = noisy(3)
    image[::97, ::89] = 255
    assert fault_of(image) is CameraFault.BLACK


def test_night_picture_with_a_dim_face_is_not_black() -> None:
    image = noisy(2)
    image[160:320, 270:370] = noisy(25, shape=(160, 100, 3))
    assert fault_of(image) is None


def test_sun_in_the_lens_is_overexposed_but_a_bright_window_is_not() -> None:
    image = noisy(110)
    image[:, :300] = 255
    assert fault_of(image) is None
    image[:, :620] = 255
    assert fault_of(image) is CameraFault.OVEREXPOSED


def test_picture_that_repeats_is_frozen_after_the_set_time_and_no_longer_once_it_moves() -> None:
    check = PictureCheck(SETTINGS)
    still = noisy(110)
    faults = {t_s: check.step(Frame(still.copy(), t_s, 0)) for t_s in np.arange(0.0, 9.0, 0.05)}
    frozen_s = [t_s for t_s, fault in faults.items() if fault is CameraFault.FROZEN]
    assert min(frozen_s) == pytest.approx(SETTINGS.frozen_after_s)
    assert len(frozen_s) == sum(t_s >= min(frozen_s) for t_s in faults)
    assert check.step(Frame(noisy(110, seed=1), 9.0, 0)) is None


def test_picture_held_for_seven_seconds_is_not_yet_frozen() -> None:
    check = PictureCheck(SETTINGS)
    still = noisy(110)
    assert all(check.step(Frame(still, t_s, 0)) is None for t_s in np.arange(0.0, 7.05, 0.033))


def test_noise_of_a_parked_scene_is_not_frozen() -> None:
    check = PictureCheck(SETTINGS)
    assert all(check.step(Frame(noisy(110, seed=t), float(t), t)) is None for t in range(20))


def test_frozen_picture_is_told_in_time_to_warn_within_ten_seconds() -> None:
    assert CameraSettings().frozen_after_s < 10.0


def test_size_that_changes_is_a_fault_until_it_has_held() -> None:
    check = PictureCheck(SETTINGS)
    assert check.step(Frame(noisy(110), 0.0, 0)) is None
    other = [check.step(Frame(noisy(110, shape=(240, 320, 3)), t_s, 0)) for t_s in (0.1, 0.6, 1.0)]
    assert other == [CameraFault.WRONG_SIZE] * 3
    assert check.step(Frame(noisy(110, shape=(240, 320, 3)), 1.2, 0)) is None


def test_single_picture_of_another_size_does_not_become_the_usual_one() -> None:
    check = PictureCheck(SETTINGS)
    check.step(Frame(noisy(110), 0.0, 0))
    assert check.step(Frame(noisy(110, shape=(240, 320)), 0.1, 0)) is CameraFault.WRONG_SIZE
    assert check.step(Frame(noisy(110), 0.2, 0)) is None
    assert check.step(Frame(noisy(110, shape=(240, 320)), 5.0, 0)) is CameraFault.WRONG_SIZE


@pytest.mark.parametrize("shape", [(0, 0, 3), (480, 8, 3), (480, 640, 4), (480, 640, 3, 1), (9,)])
def test_garbage_shape_is_wrong_size(shape: tuple[int, ...]) -> None:
    assert fault_of(np.full(shape, 100, np.uint8)) is CameraFault.WRONG_SIZE


def test_every_fault_has_its_reason() -> None:
    reasons = {fault: fault.unavailable for fault in CameraFault}
    assert reasons.pop(CameraFault.BLACK) is Unavailable.TOO_DARK
    assert reasons.pop(CameraFault.OVEREXPOSED) is Unavailable.OVEREXPOSED
    assert reasons.pop(CameraFault.LATE) is Unavailable.STALE
    assert set(reasons.values()) == {Unavailable.CAMERA_FAULT}


pictures = st.one_of(
    hnp.arrays(
        st.sampled_from([np.uint8, np.uint16, np.float32]),
        hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=70),
        fill=st.integers(0, 255),
    ),
    st.builds(
        lambda height, width, level: np.full((height, width, 3), level, np.uint8),
        st.integers(1, 200),
        st.integers(1, 200),
        st.integers(0, 255),
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(pictures, st.floats()), max_size=6))
def test_no_picture_and_no_time_breaks_the_check(
    steps: list[tuple[NDArray[np.uint8], float]],
) -> None:
    check = PictureCheck(SETTINGS)
    for image, t_s in steps:
        before = image.copy()
        fault = check.step(Frame(image, t_s, 0))
        assert fault is None or isinstance(fault, CameraFault)
        np.testing.assert_array_equal(image, before)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=60))
def test_frozen_depends_on_time_not_on_frame_rate(steps_s: list[float]) -> None:
    check = PictureCheck(SETTINGS)
    still = np.full((64, 64), 100, np.uint8)
    t_s = 0.0
    for step_s in [0.0, *steps_s]:
        t_s += step_s
        expected = CameraFault.FROZEN if t_s >= SETTINGS.frozen_after_s else None
        assert check.step(Frame(still, t_s, 0)) is expected
