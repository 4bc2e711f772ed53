"""Expressions with valence and arousal: the loss of paper 4 in both forms, its figures, and that it is learned."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from edge_app.errors import UserError
from model_compression.training.load_config import load_config
from model_compression.training.network_file import read_network
from model_compression.training.networks import create_network
from model_compression.training.tasks.affect import AffectTask
from model_compression.training.tasks.concordance import concordance
from tests.model_compression.tasks.drawn_pictures import drawn_pictures
from tests.model_compression.tasks.picture_training import (
    learn,
    opened,
    same_after_a_stop,
    stages,
)

CONFIG = "affect-mobilefacenet"
BACKBONE = "[early, late, pool, project]"
UNEQUAL = {f"train-{label}-{n}": 0 for label in (1, 7) for n in (0, 1, 2)}  # two classes are rare


class Says(nn.Module):
    """A network that says given numbers, one row for each picture it is shown in turn."""

    mean, std, input_size_px = (0.5,), (0.5,), 32

    def __init__(self, logits: torch.Tensor, values: torch.Tensor) -> None:
        super().__init__()
        self.logits, self.values = nn.Parameter(logits), nn.Parameter(values)

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        count = len(pictures)
        return {"logits": self.logits[:count], "valence_arousal": self.values[:count]}


def drawn(count: int, classes: int = 8) -> tuple[Says, dict[str, torch.Tensor]]:
    chance = torch.Generator().manual_seed(0)
    network = Says(
        torch.randn(count, classes, generator=chance), torch.randn(count, 2, generator=chance)
    )
    return network, {
        "pictures": torch.zeros(count, 32, 32, 1, dtype=torch.uint8),
        "label": torch.arange(count) % classes,
        "values": torch.rand(count, 2, generator=chance) * 2 - 1,
        "source": torch.zeros(count, dtype=torch.long),
    }


def test_expressions_and_values_are_learned_together(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set", each={"train": 8, "val": 3})
    record = learn(
        CONFIG,
        prepared,
        tmp_path / "run",
        "sam_rho=0",
        stages(80),
        "validate_every_steps=80",
    )
    best = record.best
    assert best["accuracy"] == best["accuracy_7"] == 1.0
    assert best["valence_ccc"] > 0.6
    assert best["arousal_ccc"] > 0.6
    file = read_network(tmp_path / "run")
    assert file.choice.options["valence_arousal"] is True
    assert file.told["values"] == ["valence", "arousal"]


def test_run_of_affect_goes_on_as_if_never_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = drawn_pictures(tmp_path / "set")
    assert same_after_a_stop(CONFIG, prepared, tmp_path, AffectTask, monkeypatch)


def test_loss_is_weighted_cross_entropy_and_half_of_what_is_not_concordant(tmp_path: Path) -> None:
    task = opened("affect", drawn_pictures(tmp_path / "set", wrong=UNEQUAL))
    network, batch = drawn(16)
    counts = torch.tensor([10.0, 1, 4, 4, 4, 4, 4, 1])
    weights = counts.max() / counts
    weights /= (weights * counts).sum() / counts.sum()
    each = functional.cross_entropy(network.logits, batch["label"], reduction="none")
    expected = (each * weights[batch["label"]]).mean()
    for column in (0, 1):
        expected = (
            expected + (1 - concordance(network.values[:, column], batch["values"][:, column])) / 2
        )
    losses = task.losses(network, batch)
    assert float(losses["loss"].detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    assert set(losses) == {"loss", "expression", "valence", "arousal"}


def test_equation_as_printed_learns_what_unweighted_cross_entropy_does(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set", wrong=UNEQUAL)
    network, batch = drawn(16)

    def gradient(**options: object) -> tuple[float, torch.Tensor]:
        network.zero_grad()
        losses = opened("affect", prepared, **options).losses(network, batch)
        losses["loss"].backward()
        assert network.logits.grad is not None
        return float(losses["loss"].detach()), network.logits.grad.clone()

    printed, of_printed = gradient(class_weight="inside")
    _, of_plain = gradient(class_weight_power=0.0)
    _, of_code = gradient()
    assert torch.allclose(of_printed, of_plain, atol=1e-7)
    assert not torch.allclose(of_code, of_plain, atol=1e-3)
    # eq. 1, literally
    counts = torch.tensor([10.0, 1, 4, 4, 4, 4, 4, 1])
    share = network.logits.softmax(1).gather(1, batch["label"][:, None])[:, 0]
    agreed = concordance(network.values, batch["values"]).sum()
    literal = 1 - (share * (counts.max() / counts)[batch["label"]]).log().mean() - 0.5 * agreed
    assert printed == pytest.approx(float(literal.detach()), rel=1e-5)


def test_seven_are_told_by_leaving_out_the_logit_of_contempt(tmp_path: Path) -> None:
    """As if the network had seven outputs and had never been shown contempt."""
    prepared = drawn_pictures(tmp_path / "set", each={"train": 1, "val": 3})
    task = opened("affect", prepared)
    label = torch.from_numpy(task.expressions.sources[0].held_out.label)  # type: ignore[attr-defined]
    network, _ = drawn(len(label))
    network.logits.data[:, 7] += 2  # contempt is said too often
    figures = task.validate(network, "cpu")
    seven = label < 7
    expected = (network.logits[seven][:, :7].argmax(1) == label[seven]).float().mean()
    assert figures["accuracy_7"] == pytest.approx(float(expected))
    assert figures["accuracy"] == pytest.approx(
        float((network.logits.argmax(1) == label).float().mean())
    )
    assert figures["accuracy_7"] != figures["accuracy"]


def test_values_are_measured_by_error_and_concordance(tmp_path: Path) -> None:
    task = opened("affect", drawn_pictures(tmp_path / "set", each={"train": 1, "val": 3}))
    truth = torch.from_numpy(task.expressions.sources[0].held_out.values)  # type: ignore[attr-defined]
    network, _ = drawn(len(truth))
    network.values.data = truth + torch.tensor([0.25, 0.0])
    figures = task.validate(network, "cpu")
    assert figures["valence_rmse"] == pytest.approx(0.25, rel=1e-4)
    assert figures["arousal_rmse"] == 0.0
    assert figures["arousal_ccc"] == pytest.approx(1.0)
    assert figures["valence_ccc"] == pytest.approx(
        float(concordance(truth[:, 0] + 0.25, truth[:, 0])), rel=1e-4
    )


def test_set_without_values_is_learned_from_without_them(tmp_path: Path) -> None:
    task = opened("affect", drawn_pictures(tmp_path / "set", values=False))
    network, batch = drawn(16)
    assert set(task.losses(network, batch)) == {"loss", "expression"}
    assert task.network_options()["valence_arousal"] is False  # type: ignore[attr-defined]
    assert "valence_ccc" not in task.validate(drawn(16)[0], "cpu")


def test_pictures_without_values_teach_expressions_alone(tmp_path: Path) -> None:
    with_values = drawn_pictures(tmp_path / "with")
    without = drawn_pictures(tmp_path / "without", values=False)
    task = opened("affect", with_values, without)
    network, batch = drawn(16)
    batch["values"][8:] = torch.nan
    task.losses(network, batch)["loss"].backward()
    assert (network.values.grad[8:] == 0).all()  # type: ignore[index]
    assert (network.values.grad[:8] != 0).any()  # type: ignore[index]
    assert (network.logits.grad[8:] != 0).any()  # type: ignore[index]


def test_expressions_are_learned_alone_where_asked_for(tmp_path: Path) -> None:
    task = opened("affect", drawn_pictures(tmp_path / "set"), valence_arousal=False)
    assert task.network_options()["valence_arousal"] is False  # type: ignore[attr-defined]


def test_microbatches_of_expressions_make_the_loss_of_the_whole_batch(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set", wrong=UNEQUAL, values=False)
    task = opened("affect", prepared)
    network, batch = drawn(5)

    def loss(which: slice) -> float:
        part = {name: value[which] for name, value in batch.items()}
        said = Says(network.logits[which].detach(), network.values[which].detach())
        return float(task.losses(said, part)["loss"].detach())

    whole = loss(slice(0, 5))
    assert (2 * loss(slice(0, 2)) + 3 * loss(slice(2, 5))) / 5 == pytest.approx(whole, rel=1e-5)


def test_frozen_backbone_stays_while_heads_learn(tmp_path: Path) -> None:
    """The first of the paper's two stages."""
    prepared = drawn_pictures(tmp_path / "set")
    for steps in (1, 3):
        learn(
            CONFIG,
            prepared,
            tmp_path / f"{steps}",
            f"stages=[{{crop_px: 32, steps: {steps}, batch: 8, learning_rate: 0.01, frozen: {BACKBONE}}}]",
        )
    one, three = (read_network(tmp_path / f"{steps}").weights for steps in (1, 3))
    moved = {name for name, value in one.items() if not torch.equal(value, three[name])}
    assert moved
    assert all(name.startswith("heads.") for name in moved)


@pytest.mark.parametrize("backbone", ["efficientnet", "mobilefacenet", "mobilevit", "ddamfn"])
def test_heads_of_each_backbone_learn_before_the_rest_does(backbone: str) -> None:
    config = load_config(f"affect-{backbone}").train
    network = create_network(config.network.name, **config.network.options)
    first, second = config.stages
    learned = {
        name.split(".")[0]
        for name, _ in network.named_parameters()
        if name.split(".")[0] not in first.frozen
    }
    assert learned == {"heads"}
    assert second.frozen == ()


def test_network_that_says_otherwise_than_the_set_is_told(tmp_path: Path) -> None:
    prepared = drawn_pictures(tmp_path / "set", values=False)
    with pytest.raises(UserError, match=r"network\.options\.valence_arousal is True"):
        learn(CONFIG, prepared, tmp_path / "run", "network.options.valence_arousal=true")
