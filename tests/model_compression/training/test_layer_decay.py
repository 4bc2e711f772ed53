"""Learning rates that fall from layer to layer, what has no weight decay, and AdamW's averages."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from edge_app.errors import UserError
from model_compression.training.config import TrainConfig
from model_compression.training.learning import Learning
from model_compression.training.parameter_groups import parameter_groups
from tests.model_compression.training.conftest import tiny_config
from tests.model_compression.training.test_learning import learn
from tests.model_compression.training.tiny_task import TinyOptions, TinyStudent, TinyTask


class Layered(nn.Module):
    """Two blocks in an encoder, something before them and something after."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Module()
        self.encoder.embed = nn.Linear(8, 4)
        self.encoder.blocks = nn.ModuleList(nn.Linear(4, 4) for _ in range(2))
        self.encoder.blocks[1].b1 = nn.Parameter(torch.zeros(3, 4))
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 1)

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        x = self.encoder.embed(image.mean(dim=(1, 2)))  # type: ignore[operator]
        for block in self.encoder.blocks:  # type: ignore[union-attr]
            x = block(x)
        return {"difference": self.head(self.norm(x))[:, 0]}


def config(**changes: Any) -> TrainConfig:
    stages = [{"crop_px": 8, "steps": 1, "batch": 4, "learning_rate": 0.01}]
    return TrainConfig.model_validate(tiny_config(stages=stages) | changes)


def rates(network: nn.Module, decay: float) -> dict[str, float]:
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    return {
        names[id(parameter)]: group.rate
        for group in parameter_groups(network, decay)
        for parameter in group.params
    }


def test_rate_falls_towards_the_pixels() -> None:
    found = rates(Layered(), 0.5)
    assert found["head.weight"] == found["norm.weight"] == 1.0
    assert found["encoder.blocks.1.weight"] == found["encoder.blocks.1.b1"] == 0.5
    assert found["encoder.blocks.0.bias"] == 0.25
    assert found["encoder.embed.weight"] == found["encoder.embed.bias"] == 0.125


def test_first_step_of_a_layer_is_as_long_as_its_rate() -> None:
    network = Layered()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    learn(Learning(network, TinyTask(TinyOptions()), config(layer_decay=0.5)))
    steps = {
        name: float((value - before[name]).abs().max())
        for name, value in network.state_dict().items()
    }
    assert steps["head.weight"] == pytest.approx(0.01, rel=1e-3)
    assert steps["encoder.blocks.1.weight"] == pytest.approx(0.005, rel=1e-3)
    assert steps["encoder.embed.weight"] == pytest.approx(0.00125, rel=1e-3)


def test_biases_kept_in_rows_do_not_decay() -> None:
    network = Layered()
    decaying = {
        id(parameter)
        for group in parameter_groups(network, 1.0)
        if group.decays
        for parameter in group.params
    }
    named = dict(network.named_parameters())
    assert id(named["encoder.blocks.1.b1"]) not in decaying
    assert id(named["norm.weight"]) not in decaying
    assert id(named["encoder.blocks.1.weight"]) in decaying


def test_without_decay_there_are_the_groups_of_always() -> None:
    groups = parameter_groups(Layered(), 1.0)
    assert [(group.decays, group.rate) for group in groups] == [(True, 1.0), (False, 1.0)]


def test_checkpoint_from_before_there_were_rates_goes_on() -> None:
    learning = Learning(TinyStudent(), TinyTask(TinyOptions()), config())
    optimizer = learning.configure_optimizers()
    saved = optimizer.state_dict()
    for group in saved["param_groups"]:
        del group["rate"]
    optimizer.load_state_dict(saved)
    learning._optimizer = lambda: optimizer  # type: ignore[method-assign]
    learning.on_train_batch_start({}, 0)
    assert [group["lr"] for group in optimizer.param_groups] == [0.01, 0.01]


def test_network_without_blocks_is_told() -> None:
    with pytest.raises(UserError, match="layer_decay: this network has no blocks in an encoder"):
        Learning(TinyStudent(), TinyTask(TinyOptions()), config(layer_decay=0.75))


def test_averages_of_adamw_are_as_configured() -> None:
    learning = Learning(TinyStudent(), TinyTask(TinyOptions()), config(betas=[0.9, 0.95]))
    optimizer = learning.configure_optimizers()
    assert [group["betas"] for group in optimizer.param_groups] == [(0.9, 0.95)] * 2
    with pytest.raises(ValueError, match="betas"):
        config(betas=[0.9, 1.0])
