"""On what the ranges of a temporal part are measured: steps of drawn drives, with the head's own memory.

Drives of one photograph, whose driver blinks, closes his eyes and yawns; no labelled set is needed. The demo's clip is
left to the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from edge_app.bundle.open import BUILT_IN_NAME, open_bundle
from edge_app.errors import UserError
from edge_app.face.temporal_model import TemporalModel
from model_compression.distillation.frame_student import FrameStudent
from model_compression.export.part_model import PartModel
from model_compression.quantization.followed_face import (
    FollowedFace,
    Heard,
    Outputs,
    followed,
    told,
)
from model_compression.quantization.gate_inputs import drives_of_photograph
from model_compression.quantization.variants import perception_of, reference_of, variants_of

Floats = NDArray[np.float32]
Progress = Callable[[str], None]

_DRIVES = 4
_SEED = 7  # not the gate's, which draws other drives of the same photograph where it has no people held out
CALIBRATION = f"{_DRIVES} drives of a photograph"


def calibration_faces(*, rate_hz: float, side_px: int, progress: Progress) -> list[FollowedFace]:
    """Faces are found by the built-in bundle."""
    bundle = open_bundle(BUILT_IN_NAME)
    reference = reference_of(variants_of(bundle.manifest), bundle.manifest)
    perception = perception_of(bundle, reference.sessions(bundle, reference))
    drives = drives_of_photograph(perception, _DRIVES, np.random.default_rng(_SEED))
    faces = []
    for number, drive in enumerate(drives, start=1):
        progress(f"temporal: drive {number} of {len(drives)}")
        faces.append(followed(perception, drive(), rate_hz=rate_hz, side_px=side_px))
    return faces


def temporal_samples(
    part: PartModel, student: FrameStudent, faces: Iterable[FollowedFace]
) -> list[Floats]:
    """Every step of the drives, in order; each drive begins with nothing remembered.

    Raises `UserError` where the head follows embeddings of another size.
    """
    memory = part.outputs["memory"][-1]
    followed_size = part.input_shape[1] - memory
    heard = Heard(_Student(part))
    assert part.rate_hz is not None
    model = TemporalModel(heard, (), {}, part.rate_hz, followed_size, memory)
    for face in faces:
        if not len(face):
            continue
        embeddings = _embeddings(student, face)
        if embeddings.shape[1] != followed_size:
            raise UserError(
                f"the temporal head follows embeddings of {followed_size} numbers, the face part gives"
                f" {embeddings.shape[1]}; give the face part that it was taught with too."
            )
        for _ in told(model, face, embeddings):
            pass
    if not heard.steps:
        raise UserError(f"{CALIBRATION}: no face is found in it; install Vigil again.")
    return heard.steps


class _Student:
    """The part as it was trained, as a session."""

    def __init__(self, part: PartModel) -> None:
        self._part = part

    def run(self, inputs: dict[str, Floats]) -> Outputs:
        said = self._part.run(torch.from_numpy(inputs[self._part.input_name]))
        return {name: value.numpy() for name, value in said.items()}


def _embeddings(student: FrameStudent, face: FollowedFace) -> Floats:
    """(T, E)"""
    pictures = torch.from_numpy(np.stack(face.pictures)[None, ..., None])  # (1, T, S, S, 1)
    embeddings: Floats = student.features(pictures)[0].numpy()
    return embeddings
