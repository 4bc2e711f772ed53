"""What `python -m benchmarks.face_geometry` measures, on people that are drawn, and on real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.face_geometry import Person, clip_people, scatter, separation
from edge_app.errors import UserError
from edge_app.face.face_geometry import GEOMETRY_STD
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings


def people(between: float, count: int = 12, looks: int = 8) -> list[Person]:
    """Who differ from each other by so many deviations of their own looks."""
    chance = np.random.default_rng(2)
    made = []
    for number in range(count):
        own = between * chance.standard_normal(6)
        seen = own + chance.standard_normal((looks, 6))
        made.append(Person(str(number), list(seen * GEOMETRY_STD)))
    return made


def test_people_who_are_alike_cannot_be_told_apart_and_others_can() -> None:
    assert separation(people(0.0)).auc == pytest.approx(0.5, abs=0.06)
    unlike = separation(people(4.0))
    assert unlike.auc > 0.97 and unlike.d_prime > 2.0


def test_scatter_is_told_within_and_between_people() -> None:
    within, between = scatter(people(3.0, count=60))
    assert within == pytest.approx(GEOMETRY_STD, rel=0.15)
    assert between == pytest.approx(3.0 * np.array(GEOMETRY_STD), rel=0.3)


def test_one_person_alone_is_too_few() -> None:
    with pytest.raises(UserError, match="too few looks"):
        separation(people(1.0, count=1))


@pytest.mark.real_data
def test_real_drivers_differ_by_more_than_their_own_looks(data_dir: Path) -> None:
    clips = [
        data_dir / name
        for name in ("webcam/d18.mp4", "webcam/d19.mp4", "webcam/d20.mp4", "yawdd/dash_7.avi")
    ]
    seen = list(clip_people(clips, open_perception(PerceptionSettings())))
    assert separation(seen).auc > 0.9
