"""The seven expressions as facial action units with onset, apex and offset."""

from __future__ import annotations

from driver_simulator.driver.movement_score import MovementScore, Shape
from driver_simulator.scenario.behaviours import Express, Expression

# Prototypes of EMFACS (Ekman and Friesen 1983; Ekman, Friesen and Hager 2002), recalled. Upper lid raiser (AU5) and lid
# tightener (AU7) are lids: wide and narrow. Intensities at the apex are a choice. `lids_wide` 1 would double the eye.
PATTERNS: dict[Expression, dict[str, float]] = {
    "neutral": {},
    "happiness": {"cheek_raiser": 0.8, "lip_corner_puller": 1.0, "lids_narrow": 0.2},
    "sadness": {
        "inner_brow_raiser": 0.9,
        "brow_lowerer": 0.5,
        "lip_corner_depressor": 0.9,
        "lids_narrow": 0.12,
    },
    "surprise": {
        "inner_brow_raiser": 0.9,
        "outer_brow_raiser": 0.9,
        "lids_wide": 0.25,
        "jaw_drop": 0.5,
    },
    "fear": {
        "inner_brow_raiser": 0.9,
        "outer_brow_raiser": 0.6,
        "brow_lowerer": 0.6,
        "lids_wide": 0.3,
        "lip_stretcher": 0.9,
        "jaw_drop": 0.3,
    },
    "disgust": {
        "nose_wrinkler": 0.9,
        "upper_lip_raiser": 0.8,
        "lip_corner_depressor": 0.4,
        "lids_narrow": 0.2,
    },
    "anger": {
        "brow_lowerer": 0.95,
        "lids_wide": 0.1,
        "lip_pressor": 0.9,
        "upper_lip_raiser": 0.2,
    },
}


def express(score: MovementScore, behaviour: Express, mimicry: float) -> Shape:
    """Returns onset, apex and offset."""
    shape = Shape.within(
        behaviour.from_s, behaviour.duration_s, behaviour.onset_s, behaviour.offset_s
    )
    for part, value in PATTERNS[behaviour.expression].items():
        score.hold(part, shape, value * behaviour.intensity * mimicry)
    return shape
