"""Which frames of a prepared clip a network sees: in, how many there are; out, their numbers."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Sampling = Literal["segments", "dense"]


def chosen_frames(
    count: int,
    wanted: int,
    *,
    sampling: Sampling,
    stride: int = 1,
    rng: np.random.Generator | None = None,
) -> NDArray[np.int64]:
    """(wanted,) frame numbers of a clip of `count` frames, rising; without `rng` the middle ones.

    `segments`: one frame of each of `wanted` equal stretches (Wang et al. 2016, temporal segment networks), so that a
    clip of any length is seen whole. `dense`: every `stride`-th frame of one stretch. Paper 1 states neither length nor
    stride. A clip that is too short shows its last frame again.
    """
    if sampling == "segments":
        shares = np.full(wanted, 0.5) if rng is None else rng.random(wanted)
        places = (np.arange(wanted) + shares) * count / wanted
        return np.minimum(places.astype(np.int64), count - 1)
    room = max(count - (wanted - 1) * stride, 1)
    begin = room // 2 if rng is None else int(rng.integers(room))
    return np.minimum(begin + np.arange(wanted, dtype=np.int64) * stride, count - 1)


def frames_at_rate(
    count: int,
    wanted: int,
    *,
    of_clip_hz: float,
    rate_hz: float,
    rng: np.random.Generator | None = None,
) -> NDArray[np.int64]:
    """(wanted,) frame numbers at `rate_hz`, as a head in the vehicle takes its steps; without `rng` the middle ones.

    A clip shorter than that shows its last frame again.
    """
    step = of_clip_hz / rate_hz
    room = max(count - (wanted - 1) * step, 1.0)
    begin = (room - 1) / 2 if rng is None else float(rng.uniform(0, room - 1)) if room > 1 else 0.0
    places = np.rint(begin + np.arange(wanted) * step).astype(np.int64)
    return np.asarray(np.minimum(places, count - 1), dtype=np.int64)
