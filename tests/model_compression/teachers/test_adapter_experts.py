"""Mixtures of experts: who answers a token, what is said, and that no token depends on another's company."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from model_compression.teachers.adapter_experts import MixtureOfExperts, Routing

TOKENS = torch.randn(3, 5, 16, generator=torch.Generator().manual_seed(4))


def _experts(**options: Any) -> MixtureOfExperts:
    torch.manual_seed(5)
    given = {"hidden": 8, "experts": 4, "top_k": 2, "noise": "fixed", "silent": False, **options}
    experts = MixtureOfExperts(16, **given)
    torch.nn.init.normal_(experts.b1)
    torch.nn.init.normal_(experts.gate.weight)
    return experts


def _expert(experts: MixtureOfExperts, number: int, u: Tensor) -> Tensor:
    w1, b1, w2, b2 = (getattr(experts, name)[number] for name in ("w1", "b1", "w2", "b2"))
    return functional.gelu(u @ w1.T + b1) @ w2 + b2


@torch.no_grad()
def test_token_hears_the_two_likeliest_experts_by_their_softmax() -> None:
    experts = _experts().eval()
    said, routing = experts(TOKENS)
    logits = TOKENS @ experts.gate.weight.T
    for sample in range(3):
        for place in range(5):
            own = logits[sample, place]
            first, second = own.argsort(descending=True)[:2].tolist()
            weight = torch.sigmoid(own[first] - own[second])
            u = TOKENS[sample, place]
            by_hand = weight * _expert(experts, first, u) + (1 - weight) * _expert(
                experts, second, u
            )
            assert torch.allclose(said[sample, place], by_hand, atol=1e-5)
            assert routing.chosen[sample, place].tolist() == [first, second]


@torch.no_grad()
def test_sample_hears_the_same_in_whatever_batch() -> None:
    experts = _experts().eval()
    together, _ = experts(TOKENS)
    crowd, _ = experts(torch.cat((TOKENS[:1].repeat(40, 1, 1), TOKENS[2:])))
    assert torch.allclose(experts(TOKENS[2:])[0], together[2:], atol=1e-6)
    assert torch.allclose(crowd[-1:], together[2:], atol=1e-6)


@torch.no_grad()
def test_expert_that_all_tokens_choose_answers_all() -> None:
    experts = _experts().eval()
    experts.gate.weight.zero_()
    experts.gate.weight[1] = TOKENS[0, 0]
    experts.gate.weight[3] = TOKENS[0, 0] / 2
    said, routing = experts(TOKENS[:1, :1].repeat(1, 50, 1))
    assert routing.shares().tolist() == [0, 0.5, 0, 0.5]
    assert torch.allclose(said, said[:, :1].expand(-1, 50, -1), atol=1e-6) and said.abs().min() > 0


@pytest.mark.parametrize("noise", ["fixed", "learned"])
@torch.no_grad()
def test_noise_is_drawn_in_training_alone_and_follows_the_seed(noise: str) -> None:
    experts = _experts(noise=noise)
    experts.gate.weight.zero_()  # the noise alone decides

    def choices(seed: int) -> Tensor:
        torch.manual_seed(seed)
        chosen: Tensor = experts(TOKENS)[1].chosen
        return chosen

    assert torch.equal(choices(1), choices(1)) and not torch.equal(choices(1), choices(2))
    experts.eval()
    assert torch.equal(choices(1), choices(2))


def test_learned_noise_is_learned() -> None:
    experts = _experts(noise="learned").train()
    experts(TOKENS)[0].square().sum().backward()
    assert experts.gate.noise_weight is not None and experts.gate.noise_weight.grad is not None
    assert experts.gate.noise_weight.grad.abs().sum() > 0


def test_silent_experts_say_nothing_and_learn_all_the_same() -> None:
    experts = _experts(silent=True).train()
    said, _ = experts(TOKENS)
    assert not said.any()
    (said - 1).square().sum().backward()
    assert experts.w2.grad is not None and experts.w2.grad.abs().sum() > 0


def test_balance_is_one_for_even_use_and_the_number_of_experts_for_one_alone() -> None:
    even = Routing(
        torch.tensor([[[0, 1], [2, 3]]]), torch.full((1, 2, 2), 0.5), torch.full((1, 2, 4), 0.25)
    )
    assert float(even.balance()) == pytest.approx(1)
    one = torch.tensor([1.0, 0, 0, 0]).expand(1, 2, 4)
    alone = Routing(torch.zeros(1, 2, 1, dtype=torch.int64), torch.ones(1, 2, 1), one)
    assert float(alone.balance()) == pytest.approx(4)


def test_balance_moves_a_gate_away_from_the_expert_that_all_choose() -> None:
    experts = _experts(top_k=1).train()
    with torch.no_grad():
        experts.gate.weight.zero_()
        experts.gate.weight[2] = 0.2
    positive = TOKENS.abs()
    before = experts(positive)[1]
    before.balance().backward()
    with torch.no_grad():
        experts.gate.weight -= 0.1 * experts.gate.weight.grad
    after = experts(positive)[1]
    assert float(before.shares()[2]) == 1
    assert after.probabilities[..., 2].mean() < before.probabilities[..., 2].mean()


def test_half_precision_chooses_the_same_experts() -> None:
    experts = _experts().eval()
    with torch.no_grad():
        whole = experts(TOKENS)[1]
        with torch.autocast("cpu", torch.bfloat16):
            half = experts(TOKENS)[1]
    assert torch.equal(whole.chosen, half.chosen) and torch.equal(whole.gates, half.gates)


def test_experts_that_are_copies_say_what_the_one_says() -> None:
    experts = _experts().eval()
    linear = torch.nn.Linear(16, 8), torch.nn.Linear(8, 16)
    given = [p for layer in linear for p in (layer.weight, layer.bias)]
    experts.load_state_dict(experts.copies_of(*given), strict=False)
    one = linear[1](functional.gelu(linear[0](TOKENS)))
    assert torch.allclose(experts(TOKENS)[0], one, atol=1e-5)
