"""Pictures of a board, drawn once for all tests that look at them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from calibration.camera.lens import Lens
from tests.calibration.camera.boards import BoardCamera

USB = Lens("usb", 640, 480, 554.0, 554.6, 326.0, 236.0, (-0.28, 0.09, 0.0008, -0.0006, 0.0))


@pytest.fixture(scope="session")
def usb_camera() -> BoardCamera:
    """A usual lens with a barrel's distortion, its middle a little off."""
    return BoardCamera(USB)


@pytest.fixture(scope="session")
def usb_pictures(usb_camera: BoardCamera) -> list[NDArray[np.uint8]]:
    return [usb_camera.see(*pose) for pose in usb_camera.poses()]
