"""What is this driver's own, whatever the state: drawn once by the seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from driver_simulator.driver.statistics import (
    ImpairmentStatistics,
    attention_statistics,
    drowsiness_statistics,
    impairment_statistics,
)

# Some narrow their eyes in a yawn, some close them at its peak (choice).
_LEAST_YAWN_LIDS, _MOST_YAWN_LIDS = 0.45, 1.0
_RESTING_SIDES = 0.03  # spread of one eye's resting closure
# Of the ratios that `edge_app.face.face_geometry` names: mean and deviation over the people of `faces` and the clips
# (`python -m benchmarks.face_geometry`).
_GEOMETRY_MEAN = (0.434, 0.020, 0.148, 0.708, 1.966, 2.328)
_GEOMETRY_PEOPLE = (0.007, 0.009, 0.021, 0.046, 0.054, 0.072)
CUES = tuple(name for name in ImpairmentStatistics.model_fields if name != "people")


@dataclass(frozen=True, slots=True)
class PersonTraits:
    """Factors on the statistics (1 is the typical person), and what is unlike between the sides."""

    blink_rate: float
    blink_duration: float
    microsleep_rate: float
    resting_closure: float
    yawn_rate: float
    yawn_lids: float  # closure at the widest point of a yawn
    glance_rate: float
    head_share: float  # added to the share that the head has in a glance
    sway: float
    blink_lag_s: float  # of the right lid behind the left one
    blink_depth_left: float
    blink_depth_right: float
    resting_left: float  # closure of the open eye
    resting_right: float
    impairment: dict[str, float]  # by cue: how much more or less impaired than the level, in levels
    face_geometry: tuple[float, ...]  # ratios of the face's distances, as perception names them


def seed_of(seed: int, purpose: str) -> tuple[int, int]:
    """A stream of its own for each purpose: more of one behaviour does not shuffle the others."""
    return seed, crc32(purpose.encode())


def chance_of(seed: int, purpose: str) -> np.random.Generator:
    return np.random.default_rng(seed_of(seed, purpose))


def draw_traits(seed: int) -> PersonTraits:
    chance, face = chance_of(seed, "person"), chance_of(seed, "face geometry")
    drowsy, attention = drowsiness_statistics(), attention_statistics()

    def factor(spread: float) -> float:
        return math.exp(spread * _within_two(chance))

    def below_one(spread: float) -> float:
        return 1.0 - abs(spread * _within_two(chance))

    return PersonTraits(
        blink_rate=factor(drowsy.blink.rate_people),
        blink_duration=factor(drowsy.blink.duration_people),
        microsleep_rate=factor(drowsy.microsleep.rate_people),
        resting_closure=factor(drowsy.resting_lids.closure_people),
        yawn_rate=factor(drowsy.yawn.rate_people),
        yawn_lids=float(chance.uniform(_LEAST_YAWN_LIDS, _MOST_YAWN_LIDS)),
        glance_rate=factor(attention.glance_rate_people),
        head_share=attention.head_share_people * _within_two(chance),
        sway=factor(attention.sway_people),
        blink_lag_s=drowsy.blink.side_lag_s * _within_two(chance),
        blink_depth_left=below_one(drowsy.blink.side_depth_people),
        blink_depth_right=below_one(drowsy.blink.side_depth_people),
        resting_left=abs(_RESTING_SIDES * _within_two(chance)),
        resting_right=abs(_RESTING_SIDES * _within_two(chance)),
        impairment={cue: impairment_statistics().people * _within_two(chance) for cue in CUES},
        face_geometry=tuple(
            mean + spread * _within_two(face)
            for mean, spread in zip(_GEOMETRY_MEAN, _GEOMETRY_PEOPLE, strict=True)
        ),
    )


def _within_two(chance: np.random.Generator) -> float:
    """A normal number; beyond two deviations nobody is modelled."""
    return float(np.clip(chance.standard_normal(), -2.0, 2.0))
