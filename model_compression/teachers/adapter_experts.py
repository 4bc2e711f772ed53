"""Mixtures of experts in a transformer: MoAE's adapters beside the feed-forward network, or whole ones in its place.

Paper 3: Chen et al., "UniLearn", eq. 3 to 12. Whole networks as experts: Riquelme et al. 2021 (ViT-MoE).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Noise = Literal["fixed", "learned"]

_GATE_DEVIATION = 0.02


@dataclass(frozen=True, slots=True)
class Routing:
    """Where one layer sent its tokens."""

    chosen: Tensor  # (B, N, k), numbers of experts
    gates: Tensor  # (B, N, k), sum 1
    probabilities: Tensor  # (B, N, n), of all experts, without noise

    def shares(self) -> Tensor:
        """(n,): of all choices, those that fell on each expert."""
        experts = self.probabilities.shape[-1]
        return functional.one_hot(self.chosen, experts).float().mean(dim=(0, 1, 2))

    def balance(self) -> Tensor:
        """1 where all experts are chosen alike, n where one has all (Fedus et al. 2022, eq. 4).

        Departs from the authors' code, whose loss is on unbounded logits.
        """
        likely = self.probabilities.mean(dim=(0, 1))
        return self.probabilities.shape[-1] * (self.shares() * likely).sum()


class NoisyTopGate(nn.Module):
    """Noisy top-k gating (eq. 4 and 5): u (B, N, d) -> the k experts of each token and their weights.

    Noise is drawn in training alone; the authors' code draws it in evaluation too, which then says something else each
    time. `fixed` is eq. 4, whose sigma the paper does not give: 1/n, as Riquelme et al. 2021 have it. `learned` is
    Shazeer et al. 2017 (eq. 4), as in the authors' code; only with its weights the network has the parameters that
    table 3 prints.
    """

    def __init__(self, width: int, *, experts: int, top_k: int, noise: Noise) -> None:
        super().__init__()
        self.top_k = top_k
        self.experts = experts
        self.weight = nn.Parameter(torch.empty(experts, width))
        nn.init.trunc_normal_(self.weight, std=_GATE_DEVIATION)
        self.noise_weight = (
            nn.Parameter(torch.zeros(experts, width)) if noise == "learned" else None
        )

    def forward(self, u: Tensor) -> Routing:
        with _single_precision(u.device):  # in half of it other experts would be chosen
            seen = u.float()
            logits = functional.linear(seen, self.weight.float())  # (B, N, n)
            noisy = logits
            if self.training:
                noisy = logits + self._sigma(seen) * torch.randn_like(logits)
            best, chosen = noisy.topk(self.top_k, dim=-1)
            return Routing(chosen, best.softmax(-1), logits.softmax(-1))

    def _sigma(self, seen: Tensor) -> Tensor | float:
        if self.noise_weight is None:
            return 1 / self.experts
        return functional.softplus(functional.linear(seen, self.noise_weight.float()))

    def multiply_accumulates(self, u: Tensor) -> int:
        """In evaluation."""
        return u.numel() * self.experts


class MixtureOfExperts(nn.Module):
    """n networks of two layers, of which each token sees k. u: (B, N, d) -> (B, N, d) and where the tokens went.

    E_i(u) = W2 GELU(W1 u + b1) + b2. No token is left out, and none depends on another's choice. Departs from eq. 7:
    an expert has no skip of its own, which with gates that sum to 1 would only add u once more. `silent` experts begin
    with W2 = 0 and say nothing at first, so that a layer with them begins as the one without.
    """

    def __init__(
        self,
        width: int,
        *,
        hidden: int,
        experts: int,
        top_k: int,
        noise: Noise,
        silent: bool,
    ) -> None:
        super().__init__()
        self.gate = NoisyTopGate(width, experts=experts, top_k=top_k, noise=noise)
        self.w1 = nn.Parameter(torch.empty(experts, hidden, width))
        self.b1 = nn.Parameter(torch.zeros(experts, hidden))
        self.w2 = nn.Parameter(torch.zeros(experts, hidden, width))
        self.b2 = nn.Parameter(torch.zeros(experts, width))
        for first, second in zip(self.w1, self.w2, strict=True):
            nn.init.xavier_uniform_(first)
            if not silent:
                nn.init.xavier_uniform_(second)

    def forward(self, u: Tensor) -> tuple[Tensor, Routing]:
        routing = self.gate(u)
        if u.is_meta:  # which has shapes, and no choices to sort by
            return torch.empty_like(u), routing
        return self._by_expert(u, routing), routing

    def activated(self) -> int:
        """Parameters that answer one token in evaluation."""
        expert = sum(each[0].numel() for each in (self.w1, self.b1, self.w2, self.b2))
        return self.gate.weight.numel() + self.gate.top_k * expert

    def copies_of(self, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> dict[str, Tensor]:
        """Weights with which every expert is this feed-forward network."""
        one = {"w1": w1, "b1": b1, "w2": w2.T, "b2": b2}
        return {name: own.expand(len(self.w1), *own.shape) for name, own in one.items()}

    def multiply_accumulates(self, u: Tensor) -> int:
        """Of the experts that answer, without the gate."""
        return 2 * u.numel() * self.w1.shape[1] * self.gate.top_k

    def _by_expert(self, u: Tensor, routing: Routing) -> Tensor:
        """Tokens sorted by expert. With ViT-B's adapters twice as fast on one core as all experts for all tokens."""
        choices = routing.chosen.flatten()  # (B N k,)
        order = choices.argsort(stable=True)
        counts = torch.bincount(choices, minlength=len(self.w1)).tolist()
        sorted_u = u.flatten(0, 1).index_select(0, order // self.gate.top_k)
        # Taken apart once: a gradient of each slice would be as large as all experts together.
        apart = (each.unbind() for each in (self.w1, self.b1, self.w2, self.b2))
        said = torch.cat(
            [
                functional.linear(functional.gelu(functional.linear(own, w1, b1)), w2.T, b2)
                for own, w1, b1, w2, b2 in zip(torch.split(sorted_u, counts), *apart, strict=True)
            ]
        )
        of_token = said.index_select(0, order.argsort()).view(*routing.chosen.shape, -1)
        weighed = of_token * routing.gates.unsqueeze(-1).to(said.dtype)  # (B, N, k, d)
        return weighed.sum(2)


def _single_precision(device: torch.device) -> AbstractContextManager[object]:
    if device.type == "meta":  # which knows no autocast
        return nullcontext()
    return torch.autocast(device.type, enabled=False)
