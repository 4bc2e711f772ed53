"""The network on a set of blinks: padding and order say nothing, any number of blinks is enough, files say the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from edge_app.blink_head.head import BlinkHead
from edge_app.blink_head.rows import blinks_input
from edge_app.inference.runtimes import open_session
from edge_app.inference.session import ModelContent, Signature
from model_compression.blinks.network import BlinkSetNetwork
from model_compression.blinks.settings import BlinkTraining
from model_compression.blinks.training import new_network
from model_compression.export.part_model import part_model
from model_compression.export.to_onnx import to_onnx
from model_compression.quantization.blinks_gate import made_blinks


@pytest.fixture
def network() -> BlinkSetNetwork:
    torch.manual_seed(0)
    return new_network(BlinkTraining()).eval()


def said(network: BlinkSetNetwork, blinks: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        outputs = network(torch.from_numpy(blinks))
    return torch.cat([outputs["logits"], outputs["level"]], dim=1).numpy()


def test_what_is_padded_says_nothing(network: BlinkSetNetwork) -> None:
    rows = np.random.default_rng(1).normal(0.0, 2.0, (7, 3))
    padded = blinks_input([tuple(row) for row in rows.tolist()])
    other = padded.copy()
    other[0, :23, :3] = 5.0  # not marked as blinks
    np.testing.assert_allclose(said(network, other), said(network, padded), atol=1e-6)
    np.testing.assert_allclose(said(network, padded[:, 20:]), said(network, padded), atol=1e-5)


def test_order_of_blinks_says_nothing_and_their_length_does(network: BlinkSetNetwork) -> None:
    blinks = made_blinks(1, seed=3)[0]
    shuffled = blinks[:, np.random.default_rng(0).permutation(30)]
    np.testing.assert_allclose(said(network, shuffled), said(network, blinks), atol=1e-5)
    longer = blinks.copy()
    longer[..., 1] += 3.0 * longer[..., 3]
    assert np.abs(said(network, longer) - said(network, blinks)).max() > 1e-3


def test_small_enough_and_the_level_is_within_its_range(network: BlinkSetNetwork) -> None:
    assert sum(each.numel() for each in network.parameters()) < 50_000
    wild = np.concatenate([*made_blinks(50, seed=4), blinks_input([(-1e9, 1e9, -500.0)])])
    answers = said(network, wild)
    assert np.isfinite(answers).all()
    assert (answers[:, 3] >= 0).all() and (answers[:, 3] <= 10).all()


def test_onnx_file_says_what_the_network_says(network: BlinkSetNetwork, tmp_path: Path) -> None:
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package)
    part = part_model(network, "blinks")
    assert part.outputs == {"logits": (1, 3), "level": (1, 1)}
    path = tmp_path / "blinks.onnx"
    to_onnx(part, path)
    names = {name: name for name in part.outputs}
    session = open_session(
        "onnx",
        ModelContent(str(path), path.read_bytes()),
        Signature({"blinks": "blinks"}, names),
        threads=1,
    )
    for blinks in made_blinks(20, seed=5):
        given = session.run({"blinks": blinks})
        told = np.concatenate([given["logits"], given["level"]], axis=1)
        np.testing.assert_allclose(told, said(network, blinks), atol=1e-4)
    assert BlinkHead(session).step([(-400.0, 180.0, -3.0)]).blinks == 1
