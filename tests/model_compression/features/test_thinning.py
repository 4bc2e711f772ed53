"""Which frames are kept: every so many, or those nearest to an even grid."""

from __future__ import annotations

import pytest

from edge_app.errors import UserError
from model_compression.data.features.thinning import Thinning


def kept(thinning: Thinning, count: int, own_hz: float) -> list[int]:
    return [index for index in range(count) if thinning.keeps(index, own_hz)]


def test_every_third_frame_begins_with_the_first() -> None:
    assert kept(Thinning(every=3), 8, 30.0) == [0, 3, 6]
    assert Thinning(every=3).rate_hz(30.0) == 10.0


@pytest.mark.parametrize(("own_hz", "wanted_hz"), [(30.0, 25.0), (29.97, 10.0), (25.0, 2.0)])
def test_a_lower_rate_keeps_the_frame_nearest_to_each_instant(
    own_hz: float, wanted_hz: float
) -> None:
    frames = kept(Thinning(frame_rate_hz=wanted_hz), 300, own_hz)
    instants = [k / wanted_hz for k in range(len(frames))]
    assert all(
        abs(i / own_hz - t) <= 0.5 / own_hz + 1e-9 for i, t in zip(frames, instants, strict=True)
    )
    assert len(frames) == pytest.approx(300 * wanted_hz / own_hz, abs=1)


def test_a_rate_above_the_videos_own_keeps_all_frames() -> None:
    assert kept(Thinning(frame_rate_hz=50.0), 5, 25.0) == [0, 1, 2, 3, 4]
    assert Thinning(frame_rate_hz=50.0).rate_hz(25.0) == 25.0


def test_two_ways_of_thinning_at_once_are_refused() -> None:
    with pytest.raises(UserError, match="one of them"):
        Thinning(every=2, frame_rate_hz=5.0)
