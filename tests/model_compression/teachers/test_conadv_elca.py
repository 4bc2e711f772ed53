"""ConAdv-ELCA: how maps are fused, what its switches hold, and what learning and evaluation see of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from model_compression.teachers.barlow_twins import barlow_twins_loss
from model_compression.teachers.conadv_elca import ConAdvElca

CHANNELS = 16
LABELS = torch.tensor([0, 2, 1])


def _features() -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(3, CHANNELS, 2, 3, 3, generator=generator)


def _module(**options: Any) -> ConAdvElca:
    torch.manual_seed(6)
    return ConAdvElca(CHANNELS, classes=3, **options)


def _parameters(module: ConAdvElca) -> int:
    return sum(p.numel() for p in module.parameters())


def test_gate_weighs_the_perturbed_map() -> None:
    module, features = _module(eps_mode="absolute", epsilon=0.1), _features()
    fused, _ = module(features, LABELS)
    delta = fused / module.elca.weights(features) - features
    assert torch.allclose(delta.abs(), torch.tensor(0.1), atol=1e-5)


def test_mul_multiplies_both_maps() -> None:
    features = _features()
    gated, _ = _module(fuse="gate")(features, LABELS)
    multiplied, _ = _module(fuse="mul")(features, LABELS)
    assert torch.allclose(multiplied, gated * features, atol=1e-6)


def test_evaluation_takes_the_map_itself_for_the_perturbed_one() -> None:
    module, features = _module().eval(), _features()
    fused, said = module(features, LABELS)
    assert torch.equal(fused, module.elca.weights(features) * features)
    assert said == {}


@pytest.mark.parametrize("outputs", [1, 3])
def test_what_the_middle_flow_sees_does_not_tell_the_label(outputs: int) -> None:
    torch.manual_seed(6)
    module = ConAdvElca(CHANNELS, classes=outputs)
    ones, others = torch.tensor([0, 1, 1]), torch.tensor([1, 0, 0])
    assert torch.equal(module(_features(), ones)[0], module(_features(), others)[0])
    leaking = ConAdvElca(CHANNELS, classes=outputs, loss_of="label")
    assert not torch.equal(leaking(_features(), ones)[0], leaking(_features(), others)[0])


def test_step_pushes_away_from_what_is_said() -> None:
    module, features = _module(elca=False, epsilon=0.5), _features()

    def sureness(seen: torch.Tensor) -> torch.Tensor:
        logits = module.auxiliary(seen.mean(dim=(2, 3, 4))).softmax(dim=1)
        return logits[torch.arange(3), module.auxiliary(features.mean(dim=(2, 3, 4))).argmax(1)]

    fused, _ = module(features, LABELS)
    assert (sureness(fused) < sureness(features)).all()


def test_training_without_labels_is_not_perturbed() -> None:
    module, features = _module(), _features()
    assert torch.equal(module(features)[0], module.eval()(features)[0])


def test_alignment_compares_the_weighed_map_with_the_perturbed_one() -> None:
    module, features = _module(), _features()
    fused, said = module(features, LABELS)
    weights = module.elca.weights(features)
    expected = barlow_twins_loss(weights * features, fused / weights)
    assert torch.allclose(said["alignment"], expected, rtol=1e-3)


def test_auxiliary_head_reads_the_averages_of_the_entry_flow() -> None:
    module, features = _module(), _features()
    said = module(features, LABELS)[1]
    expected = module.auxiliary(features.mean(dim=(2, 3, 4)))
    assert torch.equal(said["auxiliary_logits"], expected)


def test_gradient_passes_the_perturbation_as_a_constant() -> None:
    # Without ELCA, F_h = F + delta: its gradient is one wherever neither delta nor its length is in the graph.
    features = _features().requires_grad_()
    _module(elca=False, alignment=False)(features, LABELS)[0].sum().backward()
    assert torch.equal(features.grad, torch.ones_like(features))


def test_alignment_teaches_the_entry_flow() -> None:
    features = _features().requires_grad_()
    _module()(features, LABELS)[1]["alignment"].backward()
    assert features.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("options", "parameters", "said"),
    [
        ({}, 3 + 3 * (CHANNELS + 1), {"auxiliary_logits", "alignment"}),
        ({"alignment": False}, 3 + 3 * (CHANNELS + 1), {"auxiliary_logits"}),
        ({"elca": False, "alignment": False}, 3 * (CHANNELS + 1), {"auxiliary_logits"}),
        ({"adversarial": False}, 3, set()),
        ({"elca": False, "adversarial": False}, 0, set()),
    ],
)
def test_switches_of_table_8_hold_what_they_name(
    options: dict[str, Any], parameters: int, said: set[str]
) -> None:
    module = _module(**options)
    assert _parameters(module) == parameters
    assert set(module(_features(), LABELS)[1]) == said


def test_nothing_on_passes_the_map_through() -> None:
    features = _features()
    assert torch.equal(_module(elca=False, adversarial=False)(features, LABELS)[0], features)


def test_full_gradient_follows_the_network_given() -> None:
    features = _features()
    module = _module(gradient_of="full", loss_of="label", elca=False, alignment=False)
    assert module.auxiliary is None
    direction = torch.randn(3, *features.shape[1:])

    def whole_network(probed: torch.Tensor) -> torch.Tensor:
        return (probed.unsqueeze(1) * direction).sum(dim=(2, 3, 4, 5))

    fused, said = module(features, LABELS, whole_network)
    probed = features.clone().requires_grad_()
    torch.nn.functional.cross_entropy(whole_network(probed), LABELS).backward()
    assert torch.equal((fused - features).sign(), probed.grad.sign())
    assert said == {}
