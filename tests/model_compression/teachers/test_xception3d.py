"""3D-Xception: shapes of every stage, its switches, and a probe of the whole network that disturbs nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from edge_app.errors import UserError
from model_compression.teachers.xception3d import Xception3d

CLIPS = torch.rand(3, 1, 4, 32, 32, generator=torch.Generator().manual_seed(8))
LABELS = torch.tensor([0, 2, 1])
OFF: dict[str, Any] = {"elca": None, "egca": False, "adversarial": False}
AUXILIARY = 7 * (728 + 1)


def _small(**options: Any) -> Xception3d:
    torch.manual_seed(9)
    return Xception3d(classes=3, channels=1, middle_blocks=1, **options)


def _stages(frames: int, side_px: int, **options: Any) -> list[tuple[int, ...]]:
    """(C, T, H, W) behind stem, entry blocks, middle flow and exit flow."""
    seen: list[tuple[int, ...]] = []
    with torch.device("meta"):
        network = Xception3d(classes=7, middle_blocks=1, **options).eval()
        for part in (network.stem, *network.entry, network.middle, network.exit):
            part.register_forward_hook(lambda _part, _given, out: seen.append(tuple(out.shape[1:])))
        network(torch.empty(1, 3, frames, side_px, side_px))
    return seen


def test_stages_of_16_frames_have_the_shapes_of_xception() -> None:
    # Space: Chollet 2017, fig. 5 (19 x 19 x 728 feeds the middle flow), with its two unpadded stem layers.
    assert _stages(16, 299) == [
        (64, 16, 147, 147),
        (128, 16, 74, 74),
        (256, 8, 37, 37),
        (728, 4, 19, 19),
        (728, 4, 19, 19),
        (2048, 2, 10, 10),
    ]


@pytest.mark.parametrize(
    ("strides", "frames"),
    [
        ((1, 1, 2, 2, 2), [16, 16, 8, 4, 4, 2]),
        ((2, 2, 2, 2, 2), [8, 4, 2, 1, 1, 1]),
        ((1, 1, 1, 1, 1), [16, 16, 16, 16, 16, 16]),
    ],
)
def test_time_is_strided_where_the_setting_says(
    strides: tuple[int, int, int, int, int], frames: list[int]
) -> None:
    assert [shape[1] for shape in _stages(16, 64, temporal_stride=strides)] == frames


@pytest.mark.parametrize(
    ("options", "added"),
    [
        (OFF, 0),
        ({**OFF, "elca": "exit"}, 7),  # rows of table 5
        ({**OFF, "elca": "entry"}, 5),
        ({**OFF, "elca": "entry", "egca": True}, 5 + 2 * 7 + 1),
        ({}, 5 + 2 * 7 + 1 + AUXILIARY),
        ({**OFF, "adversarial": True}, AUXILIARY),  # table 8, AT alone
        ({**OFF, "adversarial": True, "elca": "entry"}, 5 + AUXILIARY),  # table 8, last row
        ({"gradient_of": "full"}, 5 + 2 * 7 + 1),
        ({"egca_residual": False}, 5 + 2 * 7 + AUXILIARY),
    ],
)
def test_switches_add_the_parameters_of_their_modules(options: dict[str, Any], added: int) -> None:
    with torch.device("meta"):
        network = Xception3d(classes=7, **options)
    assert sum(p.numel() for p in network.parameters()) == 16_314_887 + added


def test_training_says_what_the_losses_need() -> None:
    said = _small()(CLIPS, LABELS)
    assert said["auxiliary_logits"].shape == (3, 3)
    assert said["alignment"].shape == ()


def test_one_class_takes_labels_of_zero_and_one() -> None:
    said = Xception3d(classes=1, channels=1, middle_blocks=1)(CLIPS, torch.tensor([0.0, 1.0, 1.0]))
    assert said["logits"].shape == said["auxiliary_logits"].shape == (3, 1)


@pytest.mark.parametrize("gradient_of", ["auxiliary", "full"])
def test_probe_moves_no_statistic_and_leaves_no_gradient(gradient_of: Any) -> None:
    # A step of length zero leaves nothing of the probe but what it disturbs.
    probed, plain = (_small(gradient_of=gradient_of, epsilon=0.0) for _ in range(2))
    said = probed(CLIPS, LABELS)
    assert all(p.grad is None for p in probed.parameters())
    said["logits"].square().sum().backward()
    plain(CLIPS)["logits"].square().sum().backward()
    for name, buffer in plain.named_buffers():
        assert torch.equal(buffer, probed.get_buffer(name)), name
    for name, parameter in plain.named_parameters():
        other = probed.get_parameter(name).grad
        assert (parameter.grad is None) == (other is None), name
        assert other is None or torch.equal(parameter.grad, other), name


def test_probe_of_the_whole_network_changes_the_answer() -> None:
    network = _small(gradient_of="full", epsilon=0.5)
    assert not torch.allclose(network(CLIPS, LABELS)["logits"], network(CLIPS)["logits"])
    assert all(part.training for part in network.modules())


def test_classifier_sees_the_embedding_after_channel_attention() -> None:
    network = _small().eval()
    maps: list[torch.Tensor] = []
    network.exit.register_forward_hook(lambda _part, _given, out: maps.append(out))
    with torch.no_grad():
        said = network(CLIPS)
        attended = network.egca(maps[0]).mean(dim=(2, 3, 4))
    assert torch.allclose(said["embedding"], attended, atol=1e-4)
    assert torch.allclose(said["logits"], network.classifier(attended), atol=1e-4)


def test_elca_behind_the_exit_flow_weighs_what_is_averaged() -> None:
    network = _small(**{**OFF, "elca": "exit"}).eval()
    maps: list[torch.Tensor] = []
    network.exit.register_forward_hook(lambda _part, _given, out: maps.append(out))
    with torch.no_grad():
        said = network(CLIPS)
        weighed = maps[0] * network.exit_elca.weights(maps[0])
    assert torch.allclose(said["embedding"], weighed.mean(dim=(2, 3, 4)), atol=1e-6)


def test_dropout_acts_in_training_alone() -> None:
    network = _small(dropout=0.5, **OFF)
    assert isinstance(network.dropout, nn.Dropout) and network.dropout.p == 0.5
    assert not torch.equal(network(CLIPS)["logits"], network(CLIPS)["logits"])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"fuse": "add"}, "fuse .* gate, mul, not 'add'"),
        ({"elca": "middle"}, "elca .* entry, exit, None"),
        ({"eps_mode": "pixels"}, "eps_mode"),
        ({"gradient_of": "all"}, "gradient_of"),
        ({"temporal_stride": (1, 1, 2, 2)}, "temporal_stride .* five numbers"),
    ],
)
def test_unknown_setting_is_named(options: dict[str, Any], named: str) -> None:
    with torch.device("meta"), pytest.raises(UserError, match=named):
        Xception3d(classes=7, **options)


def test_narrow_network_has_every_layer_of_the_wide_one() -> None:
    with torch.device("meta"):
        narrow, wide = Xception3d(classes=2, width=0.125), Xception3d(classes=2)
    assert narrow.state_dict().keys() == wide.state_dict().keys()
    assert narrow.embedding_size == 256
    counts = [sum(p.numel() for p in network.parameters()) for network in (narrow, wide)]
    assert counts[0] < counts[1] / 40


@pytest.mark.parametrize(
    "option", [{"width": 0}, {"middle_blocks": 0}, {"epsilon": -0.1}, {"dropout": 1.0}]
)
def test_number_that_cannot_be_is_refused(option: dict[str, float]) -> None:
    (name,) = option
    with pytest.raises(UserError, match=f"{name} of xception3d"):
        Xception3d(classes=2, **option)  # type: ignore[arg-type]
