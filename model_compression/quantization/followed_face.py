"""A driver's face as a temporal part follows it: the face's crops of a drive, as many a second as it takes steps.

Frames come in; crops, their embeddings and what was said step by step go out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.face.luma_reach import luma_of
from edge_app.face.observation import Perception
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_crops import Luma, cut_face
from edge_app.face.tracker import FaceTracker

Floats = NDArray[np.float32]
Outputs = dict[str, Floats]
Say = Callable[[Floats], Outputs]
"""(1, embedding + memory) -> the outputs of one step."""

_SLACK_S = 1e-3  # frame times are floating-point numbers


@dataclass(frozen=True, slots=True)
class FollowedFace:
    """T steps of one driver. Where no face was seen there was no step."""

    pictures: list[Luma]  # (S, S) each, not standardized
    t_s: list[float]

    def __len__(self) -> int:
        return len(self.pictures)


def followed(
    perception: Perception, frames: Iterable[Frame], *, rate_hz: float, side_px: int
) -> FollowedFace:
    """All frames of one drive, in order; those between two steps are only tracked."""
    tracker = FaceTracker(perception, PerceptionSettings())
    face = FollowedFace([], [])
    period_s, due_s = 1 / rate_hz, -math.inf
    for frame in frames:
        seen = tracker.step(frame)
        if seen is None or frame.t_s < due_s - _SLACK_S:
            continue
        due_s += period_s
        if due_s <= frame.t_s:  # steps that were missed are not made up for
            due_s = frame.t_s + period_s
        face.pictures.append(cut_face(luma_of(frame.image), seen.next_crop, side_px))
        face.t_s.append(frame.t_s)
    return face


def steps_of(
    say: Say, embeddings: Iterable[Floats], *, memory: int
) -> tuple[list[Floats], list[Outputs]]:
    """What went in at each step, and what was said; each step remembers the one before.

    embeddings: (1, E) each; the first finds nothing remembered. memory: how many numbers are.
    """
    shown: list[Floats] = []
    said: list[Outputs] = []
    remembered = np.zeros((1, memory), dtype=np.float32)
    for embedding in embeddings:
        shown.append(np.concatenate([embedding, remembered], axis=1))
        said.append(say(shown[-1]))
        remembered = said[-1]["memory"]
    return shown, said
