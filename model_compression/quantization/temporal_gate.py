"""Whether a file of the part temporal remembers and says what the float one does, over whole drives.

Each file goes by its own memory, so that a small error may grow as it would in the vehicle. Once on the float face
part's embeddings, so that only this part differs; once behind the face part of its own runtime and precision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import PART_INPUTS, TEMPORAL_HEADS, PartName
from edge_app.driver_state.class_voting import ClassVoting
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.face.student_crops import standardized
from edge_app.face.student_reading import read_classes
from edge_app.inference.session import Session
from model_compression.quantization.check import MOST_POINTS, Check
from model_compression.quantization.followed_face import FollowedFace, Outputs, steps_of
from model_compression.quantization.head_agreement import head_checks

Floats = NDArray[np.float32]

LEAST_VOTED_EQUAL = 99.0  # per cent


@dataclass(frozen=True, slots=True)
class Drives:
    """The driver of each drive as all variants follow him, with what the float face part says of every step."""

    faces: list[FollowedFace]
    embeddings: list[list[Floats]]  # (1, E) each
    memory: int  # numbers that are remembered

    @staticmethod
    def of(faces: list[FollowedFace], face: Session, memory: int) -> Drives:
        return Drives(faces, [_embeddings(face, each) for each in faces], memory)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What one variant said, step by step."""

    on_reference: list[
        dict[str, Floats]
    ]  # of the float face part's embeddings, all drives in one list
    on_own: list[list[Outputs]]  # of its own face part's, by drive


def remembered(sessions: Mapping[PartName, Session], drives: Drives) -> Remembered:
    """sessions: of the parts face and temporal."""

    def of_drive(embeddings: list[Floats]) -> list[dict[str, Floats]]:
        return steps_of(say, embeddings, memory=drives.memory)[1]

    def say(step: Floats) -> dict[str, Floats]:
        return sessions["temporal"].run({PART_INPUTS["temporal"]: step})

    said = [of_drive(embeddings) for embeddings in drives.embeddings]
    own = [of_drive(_embeddings(sessions["face"], face)) for face in drives.faces]
    return Remembered([step for drive in said for step in drive], own)


def memory_checks(
    ours: Remembered, theirs: Remembered, faces: Sequence[FollowedFace]
) -> list[Check]:
    """`ours` is the float reference's."""
    checks = head_checks("temporal", ours.on_reference, theirs.on_reference)
    heads = dict.fromkeys(head for drive in ours.on_own for step in drive for head in step)
    return checks + [
        _voted_check(head, ours.on_own, theirs.on_own, faces)
        for head in heads
        if head in TEMPORAL_HEADS
    ]


def _voted_check(
    head: str,
    ours: Sequence[Sequence[Outputs]],
    theirs: Sequence[Sequence[Outputs]],
    faces: Sequence[FollowedFace],
) -> Check:
    """Smoothed as in the vehicle. Of two classes that are as likely to float either may be told."""
    equal = steps = 0
    for face, mine, other in zip(faces, ours, theirs, strict=True):
        voted = _voted(head, mine, face.t_s), _voted(head, other, face.t_s)
        for wanted, told in zip(*voted, strict=True):
            steps += 1
            lost = wanted.max() - wanted[told.argmax()]
            equal += bool(100 * lost <= MOST_POINTS)
    return Check(
        ("temporal",),
        head,
        "share of steps whose smoothed class is equal behind the variant's own face part, per cent",
        100 * equal / steps if steps else math.nan,
        "at least",
        LEAST_VOTED_EQUAL,
        steps,
    )


def _voted(head: str, steps: Sequence[Outputs], t_s: Sequence[float]) -> list[Floats]:
    """Probabilities (classes,) of each step; NaN where there is none."""
    voting = ClassVoting(DriverStateSettings().temporal)
    voted = []
    for outputs, at_s in zip(steps, t_s, strict=True):
        told = voting.step(at_s, read_classes(outputs[head], 1.0))
        voted.append(np.array((math.nan,) if told is None else told.probabilities, np.float32))
    return voted


def _embeddings(face: Session, followed: FollowedFace) -> list[Floats]:
    """(1, E) of each step."""
    shown = (standardized(picture)[None, None] for picture in followed.pictures)
    return [face.run({PART_INPUTS["face"]: picture})["embedding"] for picture in shown]
