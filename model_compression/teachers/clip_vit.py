"""The vision transformer that tells expressions in clips and in pictures: paper 3's UniLearn, its ViT and ViT-MoE.

Paper 3: Chen et al., "UniLearn: enhancing dynamic facial expression recognition through unified pre-training and
fine-tuning on images and videos".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.teachers.adapter_experts import Noise, Routing
from model_compression.teachers.vit_encoder import (
    EPS,
    ClipEncoder,
    Experts,
    FeedForward,
    Tubelet,
    later_layers,
)
from model_compression.teachers.vit_positions import Positions

Size = Literal["b", "s", "ti"]
Head = Literal["clip", "picture"]
ExpertKind = Literal["none", "adapter", "ffn"]

# Numbers a token, layers, heads.
SIZES: Mapping[str, tuple[int, int, int]] = {
    "b": (768, 12, 12),
    "s": (384, 12, 6),
    "ti": (192, 12, 3),
}
_HEAD_DEVIATION = 0.02


class ClipViT(nn.Module):
    """clips (B, channels, T, H, W) -> `logits` (B, classes of the head), `embedding` (B, d), in training `balance`.

    A picture is a clip of one frame, and is shown as equal ones. `balance` is the mean load-balance loss of the layers
    with experts, 1 where all experts are used alike; there is none without experts. The mean over the tokens is normed
    and classified by one linear layer, of clips or of pictures (MLP_V and MLP_I, which in the authors' code are one
    layer each).

    - `experts`: `adapter` is MoAE (UniLearn), `ffn` ViT-MoE. Adapters say nothing at first, so that the network begins
      as the one without; those of ViT-MoE begin as copies of the network whose place they take, if `init_from` has it.
    - `expert_layers`, from 1: None is the latter half. `expert_width` of an adapter: None is a quarter of d.
    - `positions`, `gate_noise`: see `TokenPositions`, `NoisyTopGate`.
    - `size` and `depth` smaller than the paper's ViT-B, and `patch_px` for clips of few pixels.
    - `dropout` before the classifier and `drop_path`; the paper's text names neither.
    """

    input_name = "clips"

    def __init__(
        self,
        *,
        classes: int,
        channels: int = 3,
        size: Size = "b",
        depth: int | None = None,
        patch_px: int = 16,
        tubelet_frames: int = 2,
        positions: Positions = "flat",
        picture_classes: int | None = None,
        experts: ExpertKind = "none",
        expert_layers: Sequence[int] | None = None,
        expert_count: int = 8,
        top_k: int = 2,
        expert_width: int | None = None,
        gate_noise: Noise = "fixed",
        drop_path: float = 0.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        one_of("size", size, tuple(SIZES))
        one_of("positions", positions, get_args(Positions))
        one_of("experts", experts, get_args(ExpertKind))
        one_of("gate_noise", gate_noise, get_args(Noise))
        width, layers, heads = SIZES[size]
        depth = layers if depth is None else depth
        refuse_sizes(depth=depth, patch_px=patch_px, tubelet_frames=tubelet_frames)
        for name, share in (("drop_path", drop_path), ("dropout", dropout)):
            if not 0 <= share < 1:
                raise UserError(f"{name} of clip-vit is from 0 to below 1, not {share}")
        if picture_classes is not None and picture_classes < 1:
            raise UserError(f"picture_classes of clip-vit is 1 or more, not {picture_classes}")
        if not 1 <= top_k <= expert_count:
            raise UserError(
                f"top_k of clip-vit is from 1 to expert_count ({expert_count}), not {top_k}"
            )
        hidden = width // 4 if expert_width is None else expert_width
        refuse_sizes(expert_width=hidden)
        where = tuple(later_layers(depth) if expert_layers is None else expert_layers)
        if not where or not all(1 <= layer <= depth for layer in where):
            raise UserError(
                f"expert_layers of clip-vit are numbers of layers from 1 to {depth}, not {list(where)}"
            )
        chosen = (
            None
            if experts == "none"
            else Experts(
                kind=experts,
                layers=where,
                count=expert_count,
                top_k=top_k,
                hidden=hidden,
                noise=gate_noise,
            )
        )
        self.embedding_size = width
        self.encoder = ClipEncoder(
            channels=channels,
            width=width,
            depth=depth,
            heads=heads,
            tubelet=Tubelet(tubelet_frames, patch_px),
            positions=positions,
            last_norm=False,
            drop_path=drop_path,
            experts=chosen,
        )
        self.fc_norm = nn.LayerNorm(width, eps=EPS)
        self.dropout = nn.Dropout(dropout)
        self.classifier = _linear_head(width, classes)
        self.picture_classifier = (
            None if picture_classes is None else _linear_head(width, picture_classes)
        )

    def forward(
        self, clips: Tensor, target: Tensor | None = None, *, head: Head = "clip"
    ) -> dict[str, Tensor]:
        tokens, routings = self.encoder(clips)
        embedding = self.fc_norm(tokens.mean(dim=1))
        said = {
            "logits": self._head(head)(self.dropout(embedding)),
            "embedding": embedding,
        }
        if self.training and routings:
            said["balance"] = torch.stack([each.balance() for each in routings]).mean()
        return said

    @torch.no_grad()
    def routed(self, clips: Tensor) -> Tensor:
        """(layers with experts, experts): of the choices of all tokens of `clips`, the share of each expert."""
        routings: list[Routing] = self.encoder(clips)[1]
        if not routings:
            raise UserError(
                "clip-vit without experts sends its tokens nowhere; train one with experts: adapter."
            )
        return torch.stack([each.shares() for each in routings])

    def activated_parameters(self, head: Head = "clip") -> int:
        """Those that answer a token in evaluation: of the experts only the chosen ones, of the heads only one."""
        idle = sum(
            sum(p.numel() for p in block.experts.parameters()) - block.experts.activated()
            for block in self.encoder.layers
            if block.experts is not None
        )
        heads = [each for each in (self.classifier, self.picture_classifier) if each is not None]
        unasked = sum(
            p.numel() for each in heads if each is not self._head(head) for p in each.parameters()
        )
        return sum(p.numel() for p in self.parameters()) - idle - unasked

    def weights_from(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Weights to begin with, of a network that may have no experts: those of ViT-MoE become its copies."""
        weights = dict(given)
        for place, block in enumerate(self.encoder.layers):
            if block.experts is not None and block.mlp is None:
                before = f"encoder.blocks.{place}."
                layers = [f"{before}mlp.{name}" for name in FeedForward.WEIGHTS]
                if all(name in weights for name in layers):
                    copies = block.experts.copies_of(*(weights.pop(name) for name in layers))
                    weights |= {f"{before}experts.{name}": own for name, own in copies.items()}
        return weights

    def _head(self, head: Head) -> nn.Linear:
        chosen = self.classifier if head == "clip" else self.picture_classifier
        if chosen is None:
            raise UserError("clip-vit has no head of pictures; give it picture_classes.")
        return chosen


def one_of(option: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        raise UserError(
            f"{option} of clip-vit is one of {', '.join(map(str, allowed))}, not {value!r}"
        )


def refuse_sizes(**sizes: int) -> None:
    for name, value in sizes.items():
        if value < 1:
            raise UserError(f"{name} of clip-vit is 1 or more, not {value}")


def _linear_head(width: int, classes: int) -> nn.Linear:
    head = nn.Linear(width, classes)
    nn.init.trunc_normal_(head.weight, std=_HEAD_DEVIATION)
    nn.init.zeros_(head.bias)
    return head
