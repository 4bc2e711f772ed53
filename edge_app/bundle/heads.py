"""The heads that bundle format 1 knows: which part gives each, its shape, unit and meaning.

A name, shape and unit mean the same in every bundle. A head that a bundle's models do not have is absent from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PartName = Literal["detector", "face", "eyes", "expression", "temporal", "blinks"]
PART_NAMES: tuple[PartName, ...] = (
    "detector",
    "face",
    "eyes",
    "expression",
    "temporal",
    "blinks",
)
PART_INPUTS: dict[PartName, str] = {
    "detector": "image",
    "face": "face",
    "eyes": "eyes",
    "expression": "face",
    "temporal": "step",
    "blinks": "blinks",
}


@dataclass(frozen=True, slots=True)
class KnownHead:
    """One output of one part. `shape` holds None where a bundle may choose."""

    part: PartName
    shape: tuple[int | None, ...]
    unit: str
    meaning: str
    order: tuple[str, ...] = ()  # what stands in each place of the last or only axis that has names

    @property
    def places(self) -> int:
        """Length of the last axis, of a head for which a bundle has no choice."""
        length = self.shape[-1]
        assert length is not None
        return length


FIVE_POINTS = ("eye_right", "eye_left", "nose_base", "mouth_right", "mouth_left")
VISIBILITY = ("face", "eye_left", "eye_right", "mouth", "glasses", "sunglasses", "mask", "hand")

KNOWN_HEADS: dict[str, KnownHead] = {
    "heat": KnownHead(
        "detector", (1, 1, None, None), "logit", "a face's centre lies in this cell of 8 px"
    ),
    "box": KnownHead(
        "detector",
        (1, 4, None, None),
        "cells, log(px/8)",
        "the face's box: its centre from the cell's centre, then log of width and height",
        ("x", "y", "log_width", "log_height"),
    ),
    "points": KnownHead(
        "detector",
        (1, 10, None, None),
        "widths and heights of the box",
        "five points from the cell's centre, x then y of each; left and right are the driver's own",
        FIVE_POINTS,
    ),
    "landmarks": KnownHead(
        "face",
        (1, 292),
        "sides of the crop",
        "146 points, x then y of each, from the crop's centre, in the order of landmark layout 1",
    ),
    "head_pose": KnownHead(
        "face",
        (1, 6),
        "rad, log(rad)",
        "head rotation in the crop's own picture, then the log of each standard deviation",
        ("yaw", "pitch", "roll", "log_std_yaw", "log_std_pitch", "log_std_roll"),
    ),
    "gaze": KnownHead(
        "face",
        (1, 4),
        "rad, log(rad)",
        "gaze against the head, then the log of each standard deviation",
        ("yaw", "pitch", "log_std_yaw", "log_std_pitch"),
    ),
    "eye_openness_face": KnownHead(
        "face",
        (1, 4),
        "share, log(share)",
        "eye openness read from the face crop: 0 = the lids touch, 1 = typical of an awake eye",
        ("left", "right", "log_std_left", "log_std_right"),
    ),
    "mouth_openness": KnownHead(
        "face",
        (1, 2),
        "share, log(share)",
        "0 = the lips touch, 1 = as wide as in a yawn",
        ("value", "log_std"),
    ),
    "smile": KnownHead("face", (1, 2), "share, log(share)", "0..1", ("value", "log_std")),
    "visibility": KnownHead(
        "face", (1, 8), "logit", "what is in the picture and can be seen", VISIBILITY
    ),
    "quality": KnownHead(
        "face",
        (1, 3),
        "px, share, log2(px)",
        "blur as a Gaussian's sigma in px of a 112 px crop, share of pixels crushed or saturated,"
        " log2 of the source's px for each px of a 112 px crop",
        ("blur", "exposure", "resolution"),
    ),
    "embedding": KnownHead("face", (1, 256), "none", "for temporal heads; never leaves the device"),
    "openness": KnownHead(
        "eyes",
        (2, 2),
        "share, log(share)",
        "row 0 the left eye, row 1 the right: 0 = the lids touch, 1 = typical of an awake eye",
        ("value", "log_std"),
    ),
    "visible": KnownHead("eyes", (2, 1), "logit", "this eye can be seen"),
    "iris": KnownHead(
        "eyes",
        (2, 3),
        "widths of the eye picture",
        "centre of the iris from the picture's centre (mirrored for the right eye), then its radius",
        ("x", "y", "radius"),
    ),
    "expression": KnownHead(
        "expression", (1, None), "logit", "one for each class, in the order of expression_labels"
    ),
    # Places kept for heads that no labels here can train yet.
    "valence": KnownHead("expression", (1, 1), "-1..1", "unpleasant to pleasant"),
    "arousal": KnownHead("expression", (1, 1), "-1..1", "calm to excited"),
    # The input of the part `temporal` is the face part's embedding, then what it remembers.
    "drowsiness": KnownHead(
        "temporal",
        (1, None),
        "logit",
        "how drowsy the driver has been up to now, one for each class",
    ),
    "intoxication": KnownHead(
        "temporal", (1, None), "logit", "how intoxicated, one for each class"
    ),
    "expression_over_time": KnownHead(
        "temporal", (1, None), "logit", "expression up to now, one for each class"
    ),
    "memory": KnownHead(
        "temporal",
        (1, None),
        "none",
        "what is remembered: goes in with the next embedding, zeros with a new driver's first;"
        " never leaves the device",
    ),
    # The input of the part `blinks` is the last blinks in personal units: see `edge_app.blink_head`.
    "logits": KnownHead(
        "blinks",
        (1, 3),
        "logit",
        "how alert the last blinks look beside this driver's own alert ones, one for each class",
        ("alert", "low_vigilance", "drowsy"),
    ),
    "level": KnownHead("blinks", (1, 1), "0..10", "0 alert, 5 low vigilance, 10 drowsy"),
}
# Heads of the part `temporal` that say something, each of its classes in the order of its entry.
TEMPORAL_HEADS = ("drowsiness", "intoxication", "expression_over_time")
BLINK_HEADS = ("logits", "level")
# Emotions, which are read only where `perception.expression` is switched on.
EXPRESSION_OVER_TIME = "expression_over_time"
# Heads whose probabilities are told as such. No decision is made of any.
CALIBRATED_HEADS = ("expression", *TEMPORAL_HEADS)

# What the program in the vehicle cannot do without; expression is read only where it is switched on.
VEHICLE_HEADS = (
    *("heat", "box", "points"),
    *("landmarks", "head_pose", "gaze", "eye_openness_face", "mouth_openness", "smile"),
    *("visibility", "quality"),
    *("openness", "visible", "iris"),
)
