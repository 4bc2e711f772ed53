"""3D-Xception with ConAdv-ELCA behind its entry flow and EGCA behind its exit flow: paper 1's network.

Paper 1: Abdullah et al., "Jack of Many Faces". The backbone is Xception (Chollet 2017, fig. 5), every 2D layer made 3D.
"""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.teachers.adversarial_perturbation import EpsMode, frozen
from model_compression.teachers.conadv_elca import ConAdvElca, Fuse, GradientOf, LossOf
from model_compression.teachers.efficient_channel_attention import EfficientChannelAttention
from model_compression.teachers.global_channel_attention import EfficientGlobalChannelAttention
from model_compression.teachers.xception_blocks import (
    SeparableConv,
    XceptionBlock,
    initialise,
    stem,
)

ElcaPlace = Literal["entry", "exit"]

_ENTRY, _EXIT = 728, 2048


class Xception3d(nn.Module):
    """clips: (B, channels, T, H, W) -> `logits` (B, classes), `embedding` (B, 2048).

    In training with labels ((B,) classes, or (B,) 0/1 for one class), `auxiliary_logits` and `alignment` are added as
    the switches have it: see `ConAdvElca`.

    Departs from the paper, or fills in what it does not say:

    - Five middle blocks hold 16.31 M parameters with 7 classes, and one more 1.65 M; table 7 says 23.87 M and 3.12 M.
      Its remainder, 8.27 M, is close to the 8.05 M here, so its middle flow must be wider than Xception's 728
      channels, by how much cannot be recovered. Table 1 gives 23.87 M to the network with its attentions, which add 20.
    - `temporal_stride` of stem, three entry blocks and exit block: the paper gives none. Striding time wherever space
      is strided would leave one of 16 frames before the middle flow, whose kernels of three frames would see padding.
    - `classes=1` gives one logit for binary cross-entropy, as the paper has it for NTHU-DDD.
    - `dropout` before the classifier; the paper speaks of none (0).
    - `width` scales every number of channels, to multiples of 8, for machines without a GPU; 1 is the paper's.
    """

    input_name = "clips"

    def __init__(
        self,
        *,
        classes: int,
        channels: int = 3,
        middle_blocks: int = 5,
        temporal_stride: tuple[int, int, int, int, int] = (1, 1, 2, 2, 2),
        elca: ElcaPlace | None = "entry",
        egca: bool = True,
        egca_residual: bool = True,
        adversarial: bool = True,
        alignment: bool = True,
        fuse: Fuse = "gate",
        epsilon: float = 8 / 255,
        eps_mode: EpsMode = "relative",
        gradient_of: GradientOf = "auxiliary",
        loss_of: LossOf = "prediction",
        dropout: float = 0.0,
        width: float = 1.0,
    ) -> None:
        super().__init__()
        _one_of("elca", elca, (*get_args(ElcaPlace), None))
        _one_of("fuse", fuse, get_args(Fuse))
        _one_of("eps_mode", eps_mode, get_args(EpsMode))
        _one_of("gradient_of", gradient_of, get_args(GradientOf))
        _one_of("loss_of", loss_of, get_args(LossOf))
        if len(temporal_stride) != 5 or min(temporal_stride) < 1:
            raise UserError(
                "temporal_stride of xception3d takes five numbers from 1 (stem, three entry blocks, exit block), not "
                f"{list(temporal_stride)}"
            )
        if middle_blocks < 1:
            raise UserError(f"middle_blocks of xception3d is 1 or more, not {middle_blocks}")
        if epsilon < 0:
            raise UserError(f"epsilon of xception3d is 0 or more, not {epsilon}")
        if not 0 <= dropout < 1:
            raise UserError(f"dropout of xception3d is from 0 to below 1, not {dropout}")
        if not 0.05 <= width <= 4:
            raise UserError(f"width of xception3d is from 0.05 to 4, not {width}")

        def wide(channels: int) -> int:
            return channels if width == 1 else max(8, round(channels * width / 8) * 8)

        c1, c2, entry, c4, c5 = (wide(n) for n in (128, 256, _ENTRY, 1024, 1536))
        self.embedding_size = wide(_EXIT)
        t_stem, t1, t2, t3, t_exit = temporal_stride
        self.stem = stem(channels, wide(32), wide(64), temporal_stride=t_stem)
        self.entry = nn.Sequential(
            XceptionBlock(wide(64), c1, c1, temporal_stride=t1, first_relu=False),
            XceptionBlock(c1, c2, c2, temporal_stride=t2),
            XceptionBlock(c2, entry, entry, temporal_stride=t3),
        )
        self.conadv = ConAdvElca(
            entry,
            classes=classes,
            elca=elca == "entry",
            adversarial=adversarial,
            alignment=alignment,
            fuse=fuse,
            epsilon=epsilon,
            eps_mode=eps_mode,
            gradient_of=gradient_of,
            loss_of=loss_of,
        )
        self.middle = nn.Sequential(
            *[XceptionBlock(entry, entry, entry, entry) for _ in range(middle_blocks)]
        )
        self.exit = nn.Sequential(
            XceptionBlock(entry, entry, c4, temporal_stride=t_exit),
            SeparableConv(c4, c5),
            nn.ReLU(inplace=True),
            SeparableConv(c5, self.embedding_size),
            nn.ReLU(inplace=True),
        )
        self.exit_elca = EfficientChannelAttention(self.embedding_size) if elca == "exit" else None
        self.egca = (
            EfficientGlobalChannelAttention(self.embedding_size, residual=egca_residual)
            if egca
            else None
        )
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(self.embedding_size, classes)
        initialise(self)

    def forward(self, clips: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        features = self.entry(self.stem(clips))  # (B, 728, T', h, w)
        fused, said = self.conadv(features, labels, self._undisturbed_logits)
        embedding, logits = self._classified(fused)
        return {"logits": logits, "embedding": embedding, **said}

    def _classified(self, fused: Tensor) -> tuple[Tensor, Tensor]:
        features = self.exit(self.middle(fused))  # (B, 2048, T'', h', w')
        if self.exit_elca is not None:
            features = self.exit_elca(features)
        embedding = features.mean(dim=(2, 3, 4))
        if self.egca is not None:
            embedding = self.egca(embedding)
        return embedding, self.classifier(self.dropout(embedding))

    def _undisturbed_logits(self, features: Tensor) -> Tensor:
        with frozen(self):
            return self._classified(self.conadv(features)[0])[1]


def _one_of(option: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        raise UserError(
            f"{option} of xception3d is one of {', '.join(map(str, allowed))}, not {value!r}"
        )
