"""MobileFaceNet (Chen et al. 2018) with ReLU for PReLU: paper 4's small student, here with Vigil's heads.

About 1.1 M parameters and 0.22 GMAC at 112 px.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from edge_app.face import landmark_layout
from model_compression.students.blocks import (
    ConvBnRelu,
    GlobalDepthwise,
    InvertedResidual,
    initialise,
)
from model_compression.students.heads import FaceHeads, Neck, PointPlaces


class MobileFaceNet(nn.Module):
    """face: (B, 1, S, S), S = 112 (training also at 48..112) -> heads, `embedding`.

    Departs from the paper: ReLU activations (PReLU costs 7 times as much in ONNX Runtime), one luma channel, and a
    256-dimensional embedding with a ReLU.
    """

    input_name = "face"
    input_size_px = 112

    def __init__(self, *, heads: Sequence[str]) -> None:
        super().__init__()
        self.early = nn.Sequential(
            ConvBnRelu(1, 64, kernel=3, stride=2),  # 56
            ConvBnRelu(64, 64, kernel=3, depthwise=True),
            InvertedResidual(64, 64, hidden_channels=128, stride=2),  # 28
            *[InvertedResidual(64, 64, hidden_channels=128) for _ in range(4)],
            InvertedResidual(64, 128, hidden_channels=256, stride=2),  # 14
            *[InvertedResidual(128, 128, hidden_channels=256) for _ in range(6)],
        )
        self.late = nn.Sequential(
            InvertedResidual(128, 128, hidden_channels=512, stride=2),  # 7
            *[InvertedResidual(128, 128, hidden_channels=256) for _ in range(2)],
            ConvBnRelu(128, 512),
        )
        self.pool = GlobalDepthwise(512, (7, 7))
        self.neck = Neck(512)
        initialise(self)
        self.places = PointPlaces(128, landmark_layout.COUNT) if "landmarks" in heads else None
        self.heads = FaceHeads(heads)

    def forward(self, face: Tensor) -> dict[str, Tensor]:
        features = self.early(face)
        embedding = self.neck(self.pool(self.late(features)))
        said = {**self.heads(embedding), "embedding": embedding}
        if self.places is not None:
            # The embedding moves what the map alone places: a point behind a hand, or beyond the crop.
            said["landmarks"] = said["landmarks"] + self.places(features)
        return said
