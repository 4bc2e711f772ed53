"""Attention that is defined where nothing is there to attend to (paper 2, sec. 3.4).

Paper 2: "safe cross-attention", the expression track of the tenth ABAW competition.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class SafeAttention(nn.Module):
    """Multi-head attention over the frames that are present; of a window that has none the answer is zero.

    asking: (B, W, d), heard: (B, W, d), present: (B, W) bool, which frames of `heard` there are -> (B, W, d).

    As in the paper the first frame of a window without any is unmasked for the softmax and the answer set to zero
    afterwards, the bias of the last projection included; behind it `LN(x + attended)` is `LN(x)`. Both are products
    with the mask, without a branch on what is in it: the exported network is the same. No attention kernel is relied
    on for rows that are masked throughout: some give NaN there, some zero.
    """

    def __init__(self, width: int, *, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} attention heads do not share {width} numbers evenly")
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, asking: Tensor, heard: Tensor, present: Tensor) -> Tensor:
        nobody = ~present.any(dim=1, keepdim=True)  # (B, 1)
        first = torch.arange(present.shape[1], device=present.device) == 0  # (W,)
        attended_to = present | (nobody & first)  # (B, W)
        keys, values = self.key_value(heard).chunk(2, dim=-1)
        attended = functional.scaled_dot_product_attention(
            self._by_head(self.query(asking)),
            self._by_head(keys),
            self._by_head(values),
            attn_mask=attended_to[:, None, None, :],
        )  # (B, heads, W, d / heads)
        out: Tensor = self.out(attended.transpose(1, 2).flatten(2))
        return out.masked_fill(nobody[:, :, None], 0.0)

    def _by_head(self, x: Tensor) -> Tensor:
        """(B, W, d) -> (B, heads, W, d / heads)."""
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)
