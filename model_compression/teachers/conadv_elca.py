"""ConAdv-ELCA: what the entry flow saw, weighted by channel and, while learning, pushed where it hurts.

Paper 1: Abdullah et al., "Jack of Many Faces", sec. 3.2 and fig. 2b.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn

from model_compression.teachers.adversarial_perturbation import (
    EpsMode,
    perturbation,
    predicted,
    probe_loss,
)
from model_compression.teachers.barlow_twins import barlow_twins_loss
from model_compression.teachers.efficient_channel_attention import EfficientChannelAttention

Fuse = Literal["gate", "mul"]
GradientOf = Literal["auxiliary", "full"]
LossOf = Literal["prediction", "label"]


class ConAdvElca(nn.Module):
    """features: (B, C, T, H, W) -> fused features of the same shape, and what a loss needs beside them.

    F_e = w * F by ELCA, F_p = F + delta by one adversarial step, L_BT(F_e, F_p) aligns them, and F_h of both feeds the
    middle flow. Departs from the paper, each time because it is silent or cannot be meant:

    - delta follows the loss of an auxiliary head (average, linear) on F that learns along: f_theta, "the model trained
      in the entry-flow", reads so. As this head averages, delta is the same all over a channel's map.
      `gradient_of="full"` takes the loss of the whole network instead, at about twice the cost of a step; then there
      is no auxiliary head.
    - delta pushes away from what the probed network itself says, not from the label (`loss_of="label"`, as eq. 3 has
      it). A step along the gradient of the label's loss tells the label: the middle flow learns to read it off delta,
      and knows nothing once there is none. Kurakin et al., "Adversarial machine learning at scale" (2017), sec. 4.3,
      call this label leaking and advise the prediction.
    - Evaluation has no labels, so F_p = F there and nothing is probed.
    - "Broadcast multiplication" of two maps of one shape would square the signal, which the middle flow's identities
      carry on; F_h = w * F_p is the only reading in which something broadcasts (`fuse="mul"` gives F_e * F_p).

    `elca`, `adversarial` and `alignment` are the switches of tables 5 and 8. Alignment needs the adversarial map;
    without ELCA, F_e = F and F_h = F_p.
    """

    def __init__(
        self,
        channels: int,
        *,
        classes: int,
        elca: bool = True,
        adversarial: bool = True,
        alignment: bool = True,
        fuse: Fuse = "gate",
        epsilon: float = 8 / 255,
        eps_mode: EpsMode = "relative",
        gradient_of: GradientOf = "auxiliary",
        loss_of: LossOf = "prediction",
    ) -> None:
        super().__init__()
        self.elca = EfficientChannelAttention(channels) if elca else None
        self.auxiliary = (
            nn.Linear(channels, classes) if adversarial and gradient_of == "auxiliary" else None
        )
        self.adversarial = adversarial
        self.alignment = alignment
        self.squares = adversarial and elca and fuse == "mul"
        self.epsilon = epsilon
        self.eps_mode: EpsMode = eps_mode
        self.loss_of: LossOf = loss_of

    def forward(
        self,
        features: Tensor,
        labels: Tensor | None = None,
        whole_network: Callable[[Tensor], Tensor] | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """whole_network: features -> logits without moving a statistic; asked where `gradient_of` is "full".

        The second thing returned holds `auxiliary_logits` (B, K) and `alignment` (scalar), in training with labels.
        """
        said: dict[str, Tensor] = {}
        weights = None if self.elca is None else self.elca.weights(features)
        perturbed = features
        if self.adversarial and self.training and labels is not None:
            classify = self._auxiliary_logits if self.auxiliary is not None else whole_network
            assert classify is not None

            def hurt(probed: Tensor) -> Tensor:
                logits = classify(probed)
                return probe_loss(logits, labels if self.loss_of == "label" else predicted(logits))

            perturbed = features + perturbation(
                features, hurt, epsilon=self.epsilon, mode=self.eps_mode
            )
            if self.auxiliary is not None:
                said["auxiliary_logits"] = self._auxiliary_logits(features)
            if self.alignment:
                clean = features if weights is None else weights * features
                said["alignment"] = barlow_twins_loss(clean, perturbed)
        return self._fused(features, perturbed, weights), said

    def _auxiliary_logits(self, features: Tensor) -> Tensor:
        assert self.auxiliary is not None
        logits: Tensor = self.auxiliary(features.mean(dim=(2, 3, 4)))
        return logits

    def _fused(self, features: Tensor, perturbed: Tensor, weights: Tensor | None) -> Tensor:
        if weights is None:
            return perturbed
        return weights * features * perturbed if self.squares else weights * perturbed
