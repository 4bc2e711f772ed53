"""A picture as a PNG file that appears whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError


def write_png(picture: NDArray[np.uint8], path: Path) -> None:
    """picture: (H, W, 3), BGR. Raises `UserError` where the file cannot be written."""
    encoded, content = cv2.imencode(".png", picture)
    assert encoded
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content.tobytes())
        os.replace(part, path)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror or error}); choose another place"
        ) from error
