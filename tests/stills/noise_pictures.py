"""Pictures of nothing but noise: the largest there can be."""

from __future__ import annotations

import numpy as np

from edge_app.stills.picture import Picture

NAME = "5e" * 16


def noise_pictures(count: int = 3, width_px: int = 320) -> list[Picture]:
    random = np.random.default_rng(7)
    height_px = width_px * 3 // 4
    return [
        Picture(
            random.integers(0, 255, (height_px, width_px), dtype=np.uint8),
            (100.0, 60.0, 200.0, 180.0),
            float(number),
        )
        for number in range(count)
    ]
