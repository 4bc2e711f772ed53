"""MobileViT's blocks with their tokens in one flat list: the same numbers with a third of the data movement.

Channels stay innermost all the way, so that the runtimes' own channels-last layout needs no transposition, and every
linear layer is one matrix product with its bias inside.
"""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from model_compression.students.mobilevit import MobileViTBlock, TransformerLayer


def with_flat_tokens(model: nn.Module) -> nn.Module:
    """A copy in which every `MobileViTBlock` is a `FlatMobileViTBlock`; other students come back as they are."""
    if not any(isinstance(module, MobileViTBlock) for module in model.modules()):
        return model
    copy = deepcopy(model)
    for parent in list(copy.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, MobileViTBlock):
                setattr(parent, name, FlatMobileViTBlock(child))
    return copy


class FlatMobileViTBlock(nn.Module):
    """x: (1, C, H, W) -> same shape. Batches of one only, as in the vehicle."""

    def __init__(self, block: MobileViTBlock) -> None:
        super().__init__()
        self.patch_px = block.patch_px
        self.local, self.project, self.fuse = block.local, block.project, block.fuse
        layers = list(block.transformer)
        attending = [layer for layer in layers if isinstance(layer, TransformerLayer)]
        self.layers = nn.ModuleList(_FlatTransformerLayer(layer) for layer in attending)
        self.norm = layers[-1]

    def forward(self, x: Tensor) -> Tensor:
        local = self.local(x)
        _, d, h, w = local.shape
        p = self.patch_px
        rows, columns = h // p, w // p
        tokens = local.permute(0, 2, 3, 1)  # (1, h, w, d)
        if p > 1:  # (p, p, rows, columns, d)
            tokens = tokens.reshape(rows, p, columns, p, d).permute(1, 3, 0, 2, 4)
        tokens = tokens.reshape(h * w, d)
        for layer in self.layers:
            tokens = layer(tokens, p * p, rows * columns)
        tokens = self.norm(tokens)
        if p > 1:
            tokens = tokens.reshape(p, p, rows, columns, d).permute(2, 0, 3, 1, 4)
        folded = self.project(tokens.reshape(1, h, w, d).permute(0, 3, 1, 2))
        out: Tensor = self.fuse(torch.cat([x, folded], dim=1))
        return out


class _FlatTransformerLayer(nn.Module):
    """tokens: (n * t, d), n sequences of t tokens one after the other -> same shape."""

    def __init__(self, layer: TransformerLayer) -> None:
        super().__init__()
        self.attention_heads = layer.attention_heads
        self.norm_attention, self.norm_mlp = layer.norm_attention, layer.norm_mlp
        self.qkv, self.project, self.mlp = deepcopy(layer.qkv), layer.project, layer.mlp
        d = layer.qkv.in_features
        with torch.no_grad():  # the scale of the attention's logits, once and for all
            self.qkv.weight[:d] *= (d // layer.attention_heads) ** -0.5
            self.qkv.bias[:d] *= (d // layer.attention_heads) ** -0.5

    def forward(self, tokens: Tensor, n: int, t: int) -> Tensor:
        d, h = tokens.shape[1], self.attention_heads
        qkv = self.qkv(self.norm_attention(tokens)).reshape(n, t, 3, h, d // h)
        qkv = qkv.permute(2, 0, 3, 1, 4).reshape(3 * n, h, t, d // h)
        q, k, v = qkv.chunk(3, 0)
        weights = torch.softmax(q @ k.transpose(2, 3), dim=-1)
        tokens = tokens + self.project((weights @ v).transpose(1, 2).reshape(n * t, d))
        out: Tensor = tokens + self.mlp(self.norm_mlp(tokens))
        return out
