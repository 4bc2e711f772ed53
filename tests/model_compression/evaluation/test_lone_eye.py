"""A close-up of one eye as the bundle's eye part sees it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from model_compression.evaluation.lone_eye import BundleEye, eye_picture


class Brightness:
    """Openness is the mean of the right half less that of the left; remembers its input."""

    def __init__(self) -> None:
        self.seen: NDArray[np.float32] | None = None

    def run(self, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        self.seen = inputs["eyes"].copy()
        lopsided = self.seen[:, 0, :, 32:].mean(axis=(1, 2)) - self.seen[:, 0, :, :32].mean(
            axis=(1, 2)
        )
        return {
            "openness": np.stack([0.5 + lopsided, np.log([0.1, 0.2])], axis=1).astype(np.float32)
        }


@pytest.mark.parametrize("size", [(112, 112), (60, 110), (120, 60), (8, 9)])
def test_every_close_up_becomes_an_eye_picture(size: tuple[int, int]) -> None:
    picture = eye_picture(np.full(size, 77, dtype=np.uint8))
    assert picture.shape == (48, 64)
    assert (picture == 77).all()


def test_eye_is_read_from_both_sides() -> None:
    luma = np.tile(np.linspace(0, 255, 100).astype(np.uint8), (80, 1))
    session = Brightness()
    estimate = BundleEye(session).read_eye(luma)
    assert session.seen is not None
    assert np.array_equal(session.seen[1], session.seen[0, :, :, ::-1])
    assert estimate.value == pytest.approx(0.5, abs=1e-6)
    assert estimate.std == pytest.approx(0.2)
