"""3D ResNet-18 (Hara et al. 2018, "Can spatiotemporal 3D CNNs retrace the history of 2D CNNs and ImageNet?").

The rival that paper 1's network has to beat. 33.2 M parameters at 400 classes.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from edge_app.errors import UserError


class BasicBlock(nn.Module):
    """Two 3x3x3 convolutions and a shortcut. (B, in, T, H, W) -> (B, out, T/stride, H/stride, W/stride).

    The shortcut has no weights (type A of He et al. 2016): every `stride`-th place, missing channels zero.
    """

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        self.layers = nn.Sequential(
            nn.Conv3d(in_channels, out_channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm3d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv3d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm3d(out_channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        out = self.layers(x)
        s = self.stride
        shortcut = x[:, :, ::s, ::s, ::s]
        missing = out.shape[1] - x.shape[1]
        if missing:
            shortcut = functional.pad(shortcut, (0, 0, 0, 0, 0, 0, 0, missing))
        return functional.relu(out + shortcut)


class ResNet3d18(nn.Module):
    """clips: (B, channels, T, H, W) -> `logits` (B, classes), `embedding` (B, 512); table 1, R-18.

    Published for 16 frames of 112 px. Labels are taken and not used. `width` scales the channels, for machines without
    a GPU; 1 is as published.
    """

    input_name = "clips"

    def __init__(self, *, classes: int, channels: int = 3, width: float = 1.0) -> None:
        super().__init__()
        if not 0.05 <= width <= 4:
            raise UserError(f"width of resnet3d-18 is from 0.05 to 4, not {width}")
        c1, c2, c3, c4 = (max(8, round(64 * width * 2**depth)) for depth in range(4))
        self.embedding_size = c4
        self.layers = nn.Sequential(
            nn.Conv3d(channels, c1, 7, (1, 2, 2), padding=3, bias=False),  # 16 x 56 x 56
            nn.BatchNorm3d(c1),
            nn.ReLU(inplace=True),
            nn.MaxPool3d(3, 2, padding=1),  # 8 x 28 x 28
            BasicBlock(c1, c1),
            BasicBlock(c1, c1),
            BasicBlock(c1, c2, stride=2),  # 4 x 14 x 14
            BasicBlock(c2, c2),
            BasicBlock(c2, c3, stride=2),  # 2 x 7 x 7
            BasicBlock(c3, c3),
            BasicBlock(c3, c4, stride=2),  # 1 x 4 x 4
            BasicBlock(c4, c4),
        )
        self.classifier = nn.Linear(c4, classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv3d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, clips: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        embedding = self.layers(clips).mean(dim=(2, 3, 4))
        return {"logits": self.classifier(embedding), "embedding": embedding}
