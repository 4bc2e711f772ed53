"""On what the ranges of a temporal part are measured: steps of real drives, with the head's own memory.

The demo's minute (a yawn, a nod, sleep, a telephone) and drives drawn from a photograph; no labelled set is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from edge_app.bundle.open import BUILT_IN_NAME, open_bundle
from edge_app.camera.frame import Frame
from edge_app.commands.demo import DEMO_CLIP
from edge_app.errors import UserError
from model_compression.distillation.frame_student import FrameStudent
from model_compression.evaluation.clip_frames import frames_of
from model_compression.export.part_model import PartModel
from model_compression.quantization.followed_face import FollowedFace, Outputs, followed, steps_of
from model_compression.quantization.gate_inputs import drives_of_photograph
from model_compression.quantization.variants import perception_of, reference_of, variants_of

Floats = NDArray[np.float32]
Progress = Callable[[str], None]

_DRIVES = 2  # drawn from the photograph
_SEED = 7  # not the gate's: what is measured on is not what is judged on
CALIBRATION = f"{DEMO_CLIP.name} and {_DRIVES} drives of a photograph"


def calibration_faces(*, rate_hz: float, side_px: int, progress: Progress) -> list[FollowedFace]:
    """Faces are found by the built-in bundle."""
    bundle = open_bundle(BUILT_IN_NAME)
    reference = reference_of(variants_of(bundle.manifest), bundle.manifest)
    perception = perception_of(bundle, reference.sessions(bundle, reference))
    drawn = drives_of_photograph(perception, _DRIVES, np.random.default_rng(_SEED))
    drives: list[Callable[[], Iterable[Frame]]] = [lambda: frames_of(DEMO_CLIP), *drawn]
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

    def say(step: Floats) -> Outputs:
        return {name: value.numpy() for name, value in part.run(torch.from_numpy(step)).items()}

    samples: list[Floats] = []
    for face in faces:
        if not len(face):
            continue
        embeddings = _embeddings(student, face)
        if embeddings.shape[1] + memory != part.input_shape[1]:
            raise UserError(
                f"the temporal head follows embeddings of {part.input_shape[1] - memory} numbers, the face part"
                f" gives {embeddings.shape[1]}; give the face part that it was taught with too."
            )
        samples += steps_of(say, embeddings[:, None], memory=memory)[0]
    if not samples:
        raise UserError(f"{CALIBRATION}: no face is found in it; install Vigil again.")
    return samples


def _embeddings(student: FrameStudent, face: FollowedFace) -> Floats:
    """(T, E)"""
    pictures = torch.from_numpy(np.stack(face.pictures)[None, ..., None])  # (1, T, S, S, 1)
    embeddings: Floats = student.features(pictures)[0].numpy()
    return embeddings
