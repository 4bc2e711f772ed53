"""The temperature of the expression part, on the pictures that its training kept apart."""

from __future__ import annotations

import numpy as np
from torch import nn

from edge_app.face.student_crops import EXPRESSION_PX, cut_face
from model_compression.data.labelled_set import load_labels
from model_compression.training.tasks.expression import expressive_faces
from model_compression.tuning.answers import answered
from model_compression.tuning.choose import class_temperature

SET = "fer2013-train"


def expression_temperature(student: nn.Module) -> float:
    faces = expressive_faces(load_labels(SET), held_out=True)
    pictures = np.stack([cut_face(f.picture, f.crop, EXPRESSION_PX)[None] for f in faces])
    # As the vehicle reads it: with the mirror image.
    logits = answered(student, pictures)["expression"]
    logits += answered(student, pictures[..., ::-1])["expression"]
    logits /= 2
    return class_temperature(logits, np.array([face.emotion for face in faces]))
