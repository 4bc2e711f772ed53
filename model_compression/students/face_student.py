"""The face student: a backbone on one luma channel, a neck, and the vehicle's heads."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from edge_app.face import landmark_layout
from model_compression.students.backbone import Backbone
from model_compression.students.heads import FaceHeads, Neck, PointPlaces


class FaceStudent(nn.Module):
    """face: (B, 1, S, S) with mean 0 and deviation 1 -> heads, `embedding`.

    The backbone's parts keep their names, so that a student may begin from a `PictureNetwork` of the same family.
    Departs from all papers: a 256-dimensional embedding with a ReLU, and points that find their places on a map.
    """

    input_name = "face"

    def __init__(self, backbone: Backbone, *, heads: Sequence[str]) -> None:
        super().__init__()
        self.input_size_px = backbone.input_size_px
        self.early, self.late, self.pool = backbone.early, backbone.late, backbone.pool
        self.neck = Neck(backbone.embedding_size)
        self.places = (
            PointPlaces(backbone.early_channels, landmark_layout.COUNT)
            if "landmarks" in heads
            else None
        )
        self.heads = FaceHeads(heads)

    def forward(self, face: Tensor) -> dict[str, Tensor]:
        features = self.early(face)
        embedding = self.neck(self.pool(self.late(features)))
        said = {**self.heads(embedding), "embedding": embedding}
        if self.places is not None:
            # The embedding moves what the map alone places: a point behind a hand, or beyond the crop.
            said["landmarks"] = said["landmarks"] + self.places(features)
        return said
