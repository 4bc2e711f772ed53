"""How well the classes of pictures are told: accuracy, mean recall and macro F1; how well values are."""

from __future__ import annotations

import torch
from torch import Tensor

from model_compression.training.pictures.source import VALUES
from model_compression.training.tasks.concordance import concordance


def class_figures(said: Tensor, truth: Tensor, count: int) -> dict[str, float]:
    """said, truth: (N,) classes of `count`.

    Recall is of the classes that occur, F1 of those that occur or are said: paper 2's macro F1 where all occur.
    """
    pairs = torch.bincount(truth * count + said, minlength=count * count).reshape(count, count)
    right, there, told = pairs.diag().double(), pairs.sum(1), pairs.sum(0)
    f1 = 2 * right / (there + told).clamp(min=1)
    return {
        "accuracy": float(right.sum() / there.sum()),
        "uar": float((right / there.clamp(min=1))[there > 0].mean()),
        "macro_f1": float(f1[there + told > 0].mean()),
    }


def value_figures(said: Tensor, truth: Tensor) -> dict[str, float]:
    """RMSE and CCC of valence and arousal over the pictures where each is known. said, truth: (N, 2)."""
    figures: dict[str, float] = {}
    for column, name in enumerate(VALUES):
        known = ~torch.isnan(truth[:, column])
        if known.any():
            own, true = said[known, column].double(), truth[known, column].double()
            figures[f"{name}_rmse"] = float((own - true).square().mean().sqrt())
            figures[f"{name}_ccc"] = float(concordance(own, true))
    return figures
