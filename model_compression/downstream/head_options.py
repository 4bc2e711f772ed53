"""What the tasks of heads on frozen students have in common: their options, and the penalty on their kernels."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from edge_app.settings_model import SettingsModel
from model_compression.data.features.feature_set import FeatureSet
from model_compression.downstream.held_out import ChooseBy, Parts, parts_of


class HeadOptions(SettingsModel):
    """`task.options` of every head."""

    l2: float = Field(0.0, ge=0, description="Weight of the sum of the kernels' squares.")
    fold: int | None = Field(None, ge=1, description="The fold that is kept for measuring.")
    choose_by: ChooseBy = Field(
        "val", description="Weights are chosen on val, or on people of train held out."
    )
    held_out_share: float = Field(
        0.15, ge=0, lt=1, description="People held out, where val does not choose."
    )

    def parts(self, features: FeatureSet) -> Parts:
        """Raises `UserError` where nothing is left to learn from or to choose by."""
        return parts_of(
            features,
            fold=self.fold,
            choose_by=self.choose_by,
            held_out_share=self.held_out_share,
        )

    def penalty(self, head: nn.Module) -> Tensor:
        """Added to the loss, as in paper 4's public code: biases go free."""
        kernels = [kernel for kernel in head.parameters() if kernel.ndim > 1]
        return self.l2 * torch.stack([kernel.square().sum() for kernel in kernels]).sum()
