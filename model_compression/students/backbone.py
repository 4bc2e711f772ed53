"""What all picture networks share: a picture goes in, one vector comes out; students and `PictureNetwork` add heads."""

from __future__ import annotations

from typing import Any, Literal

from torch import Tensor, nn

from model_compression.students.blocks import GlobalDepthwise

Pool = Literal["average", "depthwise"]
Channels = tuple[float, ...]
# Mean and deviation of pictures with values 0..1, per channel R, G, B.
HALF: tuple[Channels, Channels] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
IMAGENET: tuple[Channels, Channels] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class Backbone(nn.Module):
    """pictures (B, channels, S, S), normalised by `mean` and `std` -> (B, embedding_size).

    Parts, whose names a network that takes them over keeps: `early` gives the map on which points are placed, `late`
    the last map, `pool` the vector. `project`, of the families that end in a linear layer, makes the embedding of it;
    a student's neck stands in its place. A transformer has no map: all of it is `late`; `transformer` is its
    configuration in plain values, with which it is made again without the folder that it began from.
    """

    mean, std = IMAGENET
    early: nn.Module
    late: nn.Module
    pool: nn.Module
    transformer: dict[str, Any] | None = None

    def __init__(self, *, side_px: int, embedding_size: int, early_channels: int) -> None:
        super().__init__()
        self.input_size_px = side_px
        self.embedding_size = embedding_size
        self.early_channels = early_channels
        self.project: nn.Module = nn.Identity()

    def forward(self, pictures: Tensor) -> Tensor:
        embedding: Tensor = self.project(self.pool(self.late(self.early(pictures))))
        return embedding


class Projection(nn.Sequential):
    """(B, n) -> (B, n): the linear layer that follows a global depthwise convolution (MobileFaceNet, table 1)."""

    def __init__(self, size: int) -> None:
        super().__init__(nn.Linear(size, size, bias=False), nn.BatchNorm1d(size))


class AveragePool(nn.Module):
    """(B, C, H, W) -> (B, C)."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.mean(dim=(2, 3))


def pool_of(kind: Pool, channels: int, side_px: int, *, halvings: int) -> nn.Module:
    """(B, C, h, w) -> (B, C): the papers' average, or the students' kernel that knows where on the map it is.

    h = w: `map_side(side_px, halvings=halvings)`.
    """
    if kind == "average":
        return AveragePool()
    side = map_side(side_px, halvings=halvings)
    return GlobalDepthwise(channels, (side, side))


def map_side(side_px: int, *, halvings: int) -> int:
    """Of a map after that many strides of 2, each rounded up."""
    for _ in range(halvings):
        side_px = (side_px + 1) // 2
    return side_px
