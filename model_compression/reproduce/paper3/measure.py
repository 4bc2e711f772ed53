"""What is measured of the networks of paper 3: recall of clips and of pictures, and numbers of weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from model_compression.evaluation.bench import untracked
from model_compression.evaluation.clips.figures import figure_over_seeds
from model_compression.evaluation.clips.pooling import pooled
from model_compression.evaluation.figure import Figure, Figures
from model_compression.reproduce.jobs import Measuring
from model_compression.reproduce.paper3.plan import COST
from model_compression.scoring.score import ask, planned
from model_compression.scoring.trained import opened
from model_compression.teachers.clip_vit import ClipViT
from model_compression.training.device import DeviceChoice
from model_compression.training.network_file import read_network


def measure(measuring: Measuring, folders: Sequence[Path], *, device: DeviceChoice) -> Figures:
    """`Measure`. Of folds the answers are taken together, as the paper does. device: where to answer."""
    if measuring.how == COST:
        return _cost(folders[0])
    plan = planned(
        opened(folders),
        [measuring.on.folder],
        "val" if measuring.on.test_split == "val" else "test",
    )
    (by_fold,) = ask(plan, device, untracked)
    together = pooled(by_fold)
    return {name: figure_over_seeds([together], name) for name in ("uar", "accuracy")}


def _cost(folder: Path) -> Figures:
    network = read_network(folder).network()
    assert isinstance(network, ClipViT)
    stored = sum(parameter.numel() for parameter in network.parameters())
    return {
        "parameters": Figure(float(stored), 1),
        "activated_parameters": Figure(float(network.activated_parameters()), 1),
    }
