"""Whether a file of the part temporal remembers and says what the float one does, over whole drives.

Each file goes by its own memory, so that a small error may grow as it would in the vehicle. Once on the float face
part's embeddings, so that only this part differs; once behind each face part that the vehicle may run it behind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import PART_INPUTS
from edge_app.bundle.manifest import BundleFile
from edge_app.driver_state.class_voting import TemporalVoting
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.state import VotedClasses
from edge_app.face.student_crops import standardized
from edge_app.face.temporal_model import TemporalModel
from edge_app.inference.session import Session
from model_compression.quantization.check import MOST_POINTS, Check
from model_compression.quantization.followed_face import FollowedFace, Heard, Outputs, told
from model_compression.quantization.head_agreement import head_checks

Floats = NDArray[np.float32]
Embeddings = list[list[Floats]]
"""By drive, (E,) of each step."""

LEAST_VOTED_EQUAL = 99.0  # per cent


@dataclass(frozen=True, slots=True)
class FaceFile:
    """A file of the face part, behind which the vehicle may run any temporal one of its runtime where it passed."""

    title: str
    file: BundleFile
    session: Session


@dataclass(frozen=True, slots=True)
class Told:
    """What one temporal file said behind one face file, all drives in one list."""

    steps: list[Outputs]  # as they are
    voted: list[dict[str, VotedClasses]]  # smoothed by head, of every frame


def embeddings_of(face: Session, faces: Sequence[FollowedFace]) -> Embeddings:
    """What `face` says of the pictures of all steps."""

    def of(followed: FollowedFace) -> list[Floats]:
        shown = (standardized(picture)[None, None] for picture in followed.pictures)
        return [face.run({PART_INPUTS["face"]: picture})["embedding"][0] for picture in shown]

    return [of(followed) for followed in faces]


def told_of(
    model: TemporalModel, session: Session, faces: Sequence[FollowedFace], embeddings: Embeddings
) -> Told:
    """session: in place of the model's own. Smoothed as in the vehicle: at each frame, by what is held from a step."""
    heard = Heard(session)
    voted: list[dict[str, VotedClasses]] = []
    for face, of_steps in zip(faces, embeddings, strict=True):
        voting = TemporalVoting(DriverStateSettings().temporal)
        for frame in told(replace(model, session=heard), face, of_steps):
            votes = voting.step(frame.t_s, frame.readings, anew=frame.anew)
            voted.append({vote.head: vote.voted for vote in votes})
    return Told(heard.outputs, voted)


def memory_checks(ours: Told, theirs: Told) -> list[Check]:
    """`ours` is the float reference's; both behind its face part."""
    checks = head_checks("temporal", ours.steps, theirs.steps)
    return checks + voted_checks(ours, theirs, "the float face part")


def voted_checks(ours: Told, theirs: Told, behind: str) -> list[Check]:
    """Of every head that `ours` tells. behind: in words, the face part of `theirs`."""
    heads = dict.fromkeys(head for votes in ours.voted for head in votes)
    return [_voted_check(head, ours, theirs, behind) for head in heads]


def _voted_check(head: str, ours: Told, theirs: Told, behind: str) -> Check:
    """Of two classes that are as likely to float either may be told."""
    equal = frames = 0
    for mine, other in zip(ours.voted, theirs.voted, strict=True):
        wanted, said = mine.get(head), other.get(head)
        if wanted is None and said is None:
            continue
        frames += 1
        if wanted is not None and said is not None:
            lost = max(wanted.probabilities) - wanted.probabilities[said.label_index]
            equal += 100 * lost <= MOST_POINTS
    return Check(
        ("temporal",),
        head,
        f"share of frames whose smoothed class is equal behind {behind}, per cent",
        100 * equal / frames if frames else math.nan,
        "at least",
        LEAST_VOTED_EQUAL,
        frames,
    )
