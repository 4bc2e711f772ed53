"""A frame of a video with the faces in it, each a square of a picture: what the networks are shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop

Picture = NDArray[np.uint8]  # (H, W, 3) BGR


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    picture: Picture  # the whole frame, or a face cut out by others
    square: FaceCrop | None = None  # of the frame; None: all of the picture is the face

    @property
    def around(self) -> FaceCrop:
        """The square; of a face cut out by others the one that holds all of it."""
        if self.square is not None:
            return self.square
        height, width = self.picture.shape[:2]
        return FaceCrop(width / 2, height / 2, float(max(height, width)), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class SeenFrame:
    index: int  # of the video's own frames
    t_s: float  # from the first of them
    faces: tuple[Face, ...] = ()  # the largest first
    rescued: bool = False  # only the second detector found any
    damaged: int = 0  # pictures of faces that cannot be read
