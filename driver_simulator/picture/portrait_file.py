"""A portrait in two files, NAME.jpg and NAME.npz: the one that ships with Vigil is read from its package."""

from __future__ import annotations

import io
import zipfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from driver_simulator.picture.portrait import CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, Portrait
from edge_app.errors import UserError

if TYPE_CHECKING:
    # Python 3.10 has it elsewhere.
    from importlib.resources.abc import Traversable

_JPEG_QUALITY = 92
_SHIPPED, _FOLDER = "driver_simulator", "portraits"


def astronaut() -> Portrait:
    """Eileen Collins, photographed by NASA (public domain): the driver of a scenario that names no other."""
    return _read(resources.files(_SHIPPED) / _FOLDER, "astronaut")


def write_portrait(portrait: Portrait, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    cv2.imwrite(str(folder / f"{portrait.name}.jpg"), portrait.texture, quality)
    np.savez_compressed(
        folder / f"{portrait.name}.npz",
        alpha=(portrait.alpha * 255 + 0.5).astype(np.uint8),
        points=portrait.points,
        skin_bgr=portrait.skin_bgr,
        rotation=portrait.rotation,
        seen=np.packbits(portrait.seen),
    )


def _read(folder: Traversable, name: str) -> Portrait:
    try:
        coded = np.frombuffer((folder / f"{name}.jpg").read_bytes(), dtype=np.uint8)
        with np.load(io.BytesIO((folder / f"{name}.npz").read_bytes())) as numbers:
            arrays = dict(numbers)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{folder / name}: the portrait cannot be read ({error}); install Vigil again"
        ) from error
    texture = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    if texture is None:
        raise UserError(f"{folder / name}.jpg: is no picture; install Vigil again")
    size = (CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX)
    return Portrait(
        name=name,
        texture=texture.astype(np.uint8, copy=False),
        alpha=arrays["alpha"].astype(np.float32) / 255,
        points=arrays["points"],
        skin_bgr=arrays["skin_bgr"],
        rotation=arrays["rotation"],
        seen=np.unpackbits(arrays["seen"], count=size[0] * size[1]).astype(bool).reshape(size),
    )
