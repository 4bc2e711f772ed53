"""Something worn, drawn on a portrait's canvas: glasses, a mask, a beard, a cap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Overlay:
    """Worn over the animated face: out = texture * gain + add. H, W are the canvas's height and width.

    It is shown as far as the head reaches; over the neck, which fades out, `alpha` keeps it whole.
    """

    gain: NDArray[np.float32]  # (H, W, 1 or 3), share of the face that is seen through it
    add: NDArray[np.float32]  # (H, W, 3) BGR 0..255, its own light
    alpha: NDArray[np.float32]  # (H, W) 0..1, where it is
    follows_skin: bool = False  # True: a beard or a mask, which jaw and cheeks take along
