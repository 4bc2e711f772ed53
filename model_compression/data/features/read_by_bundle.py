"""Faces read by the models of a bundle: the face student's embedding, and what the part `expression` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from model_compression.data.clips.classes import CLASSES, EXPRESSION, emotion_number
from model_compression.data.features.feature_set import Stream
from model_compression.data.features.seen_frame import Face

_RUNTIME = "litert"  # as for finding faces
_LEAST = 1e-12  # a probability whose logarithm is taken
_MIDDLE = FaceCrop(
    64.0, 64.0, 96.0, 0.0
)  # of a picture without a face, for which only shapes are asked


class BundleReader:
    """`scores` are logarithms of the calibrated probabilities: the logits but for temperature and a constant."""

    def __init__(self, what: str, device: str) -> None:
        """what: `default`, an installed bundle's name, or its folder. device: its runtime has the CPU alone."""
        settings = PerceptionSettings(model=what, runtime=_RUNTIME, expression=True, temporal=False)
        self._perception = open_perception(settings)
        made_by = f"bundle {self._perception.name} {_RUNTIME}"
        labels = self._perception.expression_labels
        first = self._said(Face(np.full((128, 128, 3), 128, np.uint8), _MIDDLE))
        if "embedding" not in first:
            raise UserError(
                f"{what}: the bundle's face student has no embedding; choose another bundle."
            )
        self.streams = {
            "embedding": Stream("face", len(first["embedding"]), made_by),
            "scores": Stream("face", len(labels), made_by, tuple(_ours(label) for label in labels)),
        }

    def read(self, faces: Sequence[Face]) -> Mapping[str, NDArray[np.float32]]:
        said = [self._said(face) for face in faces]
        return {name: np.stack([one[name] for one in said]) for name in self.streams}

    def _said(self, face: Face) -> dict[str, NDArray[np.float32]]:
        seen = self._perception.observe(face.picture, face.around)
        said: dict[str, NDArray[np.float32]] = {}
        if seen.embedding is not None:
            said["embedding"] = seen.embedding.astype(np.float32)
        if seen.expression is not None:
            said["scores"] = np.log(
                np.maximum(np.array(seen.expression, np.float32), np.float32(_LEAST))
            )
        return said


def _ours(label: str) -> str:
    number = emotion_number(label)
    return label if number is None else CLASSES[EXPRESSION][number]
