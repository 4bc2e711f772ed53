"""What a plain 3D convolutional network learns of a simulated set, and what is told by what stands beside the picture.

In: a `ClipSet`, or the rows of `labels.csv`. Out: the class of each clip. Needs torch.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.clip_set import METADATA, ClipSet, one_hot

_AT_ONCE = 32


def _layer(channels_in: int, channels: int, stride: tuple[int, int, int]) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(channels_in, channels, 3, stride, 1, bias=False),
        nn.BatchNorm3d(channels),
        nn.ReLU(),
    )


class PlainNetwork(nn.Module):
    """Four 3x3x3 convolutions (as C3D, Tran et al. 2015, smaller). x: (B, 2, T, 64, 64) -> (B, classes).

    Departs from C3D: time is pooled by its maximum and its mean, since what tells a clip may last a tenth of it.
    """

    def __init__(self, classes: int, width: int = 16) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _layer(2, width, (1, 2, 2)),
            _layer(width, 2 * width, (1, 2, 2)),
            _layer(2 * width, 3 * width, (1, 2, 2)),
            _layer(3 * width, 4 * width, (2, 2, 2)),
        )
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * 4 * width * 16, classes))

    def forward(self, x: Tensor) -> Tensor:
        maps = self.layers(x)
        over_time = torch.cat([maps.amax(dim=2), maps.mean(dim=2)], dim=1)
        scores: Tensor = self.head(self.pool(over_time).flatten(1))
        return scores


def learn(
    train: ClipSet,
    *,
    frames: int,
    epochs: int,
    seed: int,
    batch: int = 12,
    in_bfloat16: bool = False,
) -> PlainNetwork:
    """frames: 1 draws one of each clip's frames anew each time; else all of them."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    network = PlainNetwork(len(train.classes))
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.05)
    steps = epochs * max(1, len(train.labels) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in range(epochs):
        order = chance.permutation(len(train.labels))
        for first in range(0, max(1, len(order) // batch) * batch, batch):
            chosen = order[first : first + batch]
            clips = _varied(_frames(train.pixels[chosen], frames, chance), chance)
            with torch.autocast("cpu", torch.bfloat16, enabled=in_bfloat16):
                scores = network(_to_input(clips))
            loss = functional.cross_entropy(scores.float(), torch.from_numpy(train.labels[chosen]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def say(network: PlainNetwork, clips: ClipSet, *, frames: int) -> NDArray[np.int64]:
    """The class of each clip; of a single frame, the middle one."""
    middle = clips.pixels.shape[1] // 2
    pixels = clips.pixels[:, middle : middle + 1] if frames == 1 else clips.pixels
    with torch.inference_mode():
        said = [
            network(_to_input(pixels[first : first + _AT_ONCE])).argmax(1).numpy()
            for first in range(0, len(pixels), _AT_ONCE)
        ]
    return np.concatenate(said)


def by_metadata(
    rows: list[dict[str, str]], labels: NDArray[np.int64], *, split: str = "test"
) -> NDArray[np.int64]:
    """Softmax regression on what is known beside the picture, learned on train; the class of each row of `split`.

    Folds of one split would not do: its classes are balanced, so what is left out leans to the other class.
    """
    features = torch.from_numpy(one_hot(rows, METADATA))
    target = torch.from_numpy(labels)
    learned_from, asked = (
        torch.tensor([row["split"] == one for row in rows]) for one in ("train", split)
    )
    torch.manual_seed(0)
    model = nn.Linear(features.shape[1], int(labels.max()) + 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=1e-3)
    for _ in range(300):
        optimizer.zero_grad()
        functional.cross_entropy(model(features[learned_from]), target[learned_from]).backward()
        optimizer.step()
    said: NDArray[np.int64] = model(features[asked]).argmax(1).numpy()
    return said


def _frames(
    pixels: NDArray[np.uint8], frames: int, chance: np.random.Generator
) -> NDArray[np.uint8]:
    if frames != 1:
        return pixels
    which = chance.integers(pixels.shape[1], size=len(pixels))
    return pixels[np.arange(len(pixels)), which][:, np.newaxis]


def _varied(pixels: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Mirrored, moved, turned and scaled a little: what cameras and detectors do anyway."""
    side = pixels.shape[-1]
    varied = np.empty_like(pixels)
    for clip, into in zip(pixels, varied, strict=True):
        place = cv2.getRotationMatrix2D(
            (side / 2, side / 2), chance.uniform(-8, 8), chance.uniform(0.9, 1.12)
        )
        place[:, 2] += chance.uniform(-0.06, 0.06, size=2) * side
        if chance.random() < 0.5:
            place = place @ np.array([[-1, 0, side - 1], [0, 1, 0], [0, 0, 1]])
        for frame, moved in zip(clip, into, strict=True):
            cv2.warpAffine(frame, place, (side, side), moved, borderMode=cv2.BORDER_REPLICATE)
    return varied


def _to_input(pixels: NDArray[np.uint8]) -> Tensor:
    """(B, T, H, W) -> (B, 2, T, H, W): each frame with mean 0 and deviation 1, and what it differs from the median."""
    x = torch.from_numpy(np.ascontiguousarray(pixels)).float()
    # By frame, since lamps and trees that pass change the light within a clip.
    x = (x - x.mean(dim=(2, 3), keepdim=True)) / (x.std(dim=(2, 3), keepdim=True) + 2.0)
    usual = x.median(dim=1, keepdim=True).values
    return torch.stack([x, 2 * (x - usual)], dim=1)
