"""EfficientNetV2-M (Tan and Le 2021), own implementation: one of paper 2's visual networks (its table 1)."""

from __future__ import annotations

from model_compression.students.backbone import Pool
from model_compression.students.efficientnet import Stage, StagedNetwork

_M = (
    Stage(1, 24, 3, 1, fused=True, squeezes=False),
    Stage(4, 48, 5, 2, fused=True, squeezes=False),
    Stage(4, 80, 5, 2, fused=True, squeezes=False),
    Stage(4, 160, 7, 2),
    Stage(6, 176, 14, 1),
    Stage(6, 304, 18, 2),
    Stage(6, 512, 5, 1),
)


class EfficientNetV2M(StagedNetwork):
    """pictures: (B, channels, S, S), S = 224 -> (B, 1280).

    Departs from the paper: pictures of 224 px, as the rest of paper 2's networks see, where the paper itself goes to
    480; BatchNorm's momentum is torch's.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        side_px: int = 224,
        activation: str = "silu",
        pool: Pool = "average",
        stochastic_depth: float = 0.2,
    ) -> None:
        super().__init__(
            _M,
            stem=24,
            last=1280,
            channels=channels,
            side_px=side_px,
            activation=activation,
            pool=pool,
            stochastic_depth=stochastic_depth,
        )
