"""A simulated driver has a face: the same all through a drive, another with another seed, hidden when it turns away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from driver_simulator.driver.signal_reading import SignalSampler
from edge_app.driver_state.signals import Signals
from edge_app.face.face_geometry import GEOMETRY_NAMES, unlikeness
from tests.simulator.driver.scenes import instants, performed

RATE_HZ = 10.0


def read(*behaviours: dict[str, Any], until_s: float = 60.0, **given: Any) -> list[Signals]:
    return list(
        SignalSampler(performed(*behaviours, **given)).sample(instants(0, until_s, RATE_HZ))
    )


def median_face(signals: list[Signals]) -> tuple[float, ...]:
    told = [each.face_geometry for each in signals if each.face_geometry is not None]
    return tuple(np.median(np.array(told), axis=0).tolist())


def test_the_face_stays_the_drivers_own_and_is_not_the_next_ones() -> None:
    signals = read(seed=3)
    own = performed(seed=3).traits.face_geometry
    assert len(own) == len(GEOMETRY_NAMES)
    assert unlikeness(median_face(signals), own) < 0.5
    others = [unlikeness(own, performed(seed=seed).traits.face_geometry) for seed in range(4, 40)]
    assert float(np.median(others)) > 1.0


def test_one_look_is_off_by_about_as_much_as_one_of_a_clip() -> None:
    """Median within clips: 0.6 (`python -m benchmarks.face_geometry`)."""
    signals = read(seed=3)
    own = median_face(signals)
    looks = [unlikeness(each.face_geometry, own) for each in signals if each.face_geometry]
    assert 0.3 < float(np.median(looks)) < 0.9


def test_a_blink_or_a_turned_head_tells_nothing() -> None:
    asleep = read({"type": "sleep", "from_s": 10, "duration_s": 8})
    assert all(each.face_geometry is None for each in asleep if 12 < each.t_s < 17)
    turned = read({"type": "turn_head", "from_s": 10, "duration_s": 8, "yaw_deg": -60})
    assert all(each.face_geometry is None for each in turned if 12 < each.t_s < 16)
    assert any(each.face_geometry is not None for each in turned)


@pytest.mark.parametrize(
    ("eyewear", "worn"),
    [
        ({"type": "none"}, False),
        ({"type": "glasses"}, True),
        ({"type": "sunglasses", "transmittance": 0.1, "infrared_transmittance": 0.1}, True),
    ],
    ids=["bare", "glasses", "sunglasses"],
)
def test_glasses_are_read_where_they_are_worn(eyewear: dict[str, Any], worn: bool) -> None:
    values = [each.glasses.value for each in read(person={"eyewear": eyewear})]
    told = [value for value in values if value is not None]
    assert len(told) > 0.9 * len(values)
    assert (float(np.median(told)) > 0.5) is worn


def test_what_perception_reads_else_is_not_changed_by_the_face() -> None:
    """Readings of the face draw from a stream of their own: no other signal depends on them."""
    hidden = read({"type": "hide", "from_s": 5, "duration_s": 3, "by": "leaning_out"}, seed=2)
    clear = read(seed=2)
    assert [each.smile for each in hidden[-50:]] == [each.smile for each in clear[-50:]]
