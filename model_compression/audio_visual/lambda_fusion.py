"""The baseline of paper 2 (sec. 4.3): each modality tells by itself, frame by frame; a weight decides between them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class LambdaFusion(nn.Module):
    """visual: (B, W, visual_size), sound: (B, W, sound_size), `*_present`: (B, W) bool -> `logits` (B, W, classes).

    Output = lambda V + (1 - lambda) A (eq. 6), V and A logits of an MLP each; sound is the mean over a frame and the
    18 before and after it. `visual_weight` is lambda; it can be set anew on a network that has learned.

    Departs from the paper: the sound that a mean is over ends with the window, and is only that which is present. A
    modality that is missing is zeros and keeps its weight: nothing here makes up for it, which is what the network of
    the paper is compared with. Depth and width of the MLPs are not given: one hidden layer of 256.
    """

    def __init__(
        self,
        *,
        visual_size: int,
        sound_size: int,
        classes: int,
        visual_weight: float = 0.7,
        hidden: int = 256,
        context: int = 18,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if not 0 <= visual_weight <= 1:
            raise ValueError(f"visual_weight is {visual_weight}, which is not between 0 and 1")
        self.visual_weight = visual_weight
        self.context = context
        self.visual = _mlp(visual_size, hidden, classes, dropout)
        self.sound = _mlp(sound_size, hidden, classes, dropout)

    def forward(
        self, visual: Tensor, sound: Tensor, visual_present: Tensor, sound_present: Tensor
    ) -> dict[str, Tensor]:
        visual = visual.masked_fill(~visual_present[:, :, None], 0.0)
        seen = self.visual(visual)
        heard = self.sound(self._around(sound, sound_present))
        return {"logits": self.visual_weight * seen + (1 - self.visual_weight) * heard}

    def _around(self, sound: Tensor, present: Tensor) -> Tensor:
        """The mean of the sound present around each frame; zeros where there is none."""
        sound = sound.masked_fill(~present[:, :, None], 0.0)
        shares = self._pooled(present[:, :, None].to(sound.dtype))  # (B, W, 1)
        # Above 0 no share is smaller than one frame of the context.
        return self._pooled(sound) / shares.clamp(min=0.5 / (2 * self.context + 1))

    def _pooled(self, x: Tensor) -> Tensor:
        """(B, W, d): sum over the context, divided by how many frames that is in the middle of a window."""
        width = 2 * self.context + 1
        by_place = functional.avg_pool1d(x.transpose(1, 2), width, stride=1, padding=self.context)
        return by_place.transpose(1, 2)


def _mlp(size: int, hidden: int, classes: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(size),
        nn.Linear(size, hidden),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, classes),
    )
