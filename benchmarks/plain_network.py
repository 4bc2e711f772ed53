"""How hard a simulated set is: `python -m benchmarks.plain_network DIR`, the set of `vigil simulate-dataset`.

A plain 3D residual network learns each task on train and is scored on the people, cameras and lights of test. Beside
it the same network on a single frame, and a classifier that knows only camera, light and what is worn: that one
has to be at chance. Intervals are over people. Needs torch.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.clip_set import METADATA, ClipSet, one_hot, read_split, table, tasks_of
from benchmarks.machine import describe_machine
from model_compression.evaluation.classification import class_figures
from model_compression.evaluation.figure import Figure

_FOLDS = 5
_AT_ONCE = 32


class _Block(nn.Module):
    """Two 3x3x3 convolutions and a shortcut (He et al. 2016, with time as Tran et al. 2018 have it in R3D)."""

    def __init__(self, channels_in: int, channels: int, stride: tuple[int, int, int]) -> None:
        super().__init__()
        self.first = nn.Conv3d(channels_in, channels, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm3d(channels)
        self.second = nn.Conv3d(channels, channels, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm3d(channels)
        self.shortcut = nn.Conv3d(channels_in, channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.first_norm(self.first(x)))
        inner = self.second_norm(self.second(inner))
        return functional.relu(inner + self.shortcut(x))


class PlainNetwork(nn.Module):
    """x: (B, 1, T, H, W) -> (B, classes)."""

    def __init__(self, classes: int, width: int = 12) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, width, 5, 2, 2, bias=False),
            nn.BatchNorm3d(width),
            nn.ReLU(),
            _Block(width, 2 * width, (1, 2, 2)),
            _Block(2 * width, 4 * width, (2, 2, 2)),
            _Block(4 * width, 8 * width, (2, 2, 2)),
            nn.AdaptiveAvgPool3d(1),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(8 * width, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.layers(x)
        return scores


def learn(train: ClipSet, *, frames: int, epochs: int, seed: int, batch: int = 8) -> PlainNetwork:
    """frames: 1 draws one of each clip's frames anew each time; else all of them."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    network = PlainNetwork(len(train.classes))
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.02)
    steps = epochs * max(1, len(train.labels) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    for _ in range(epochs):
        order = chance.permutation(len(train.labels))
        for first in range(0, max(1, len(order) // batch) * batch, batch):
            chosen = order[first : first + batch]
            clips = _varied(_frames(train.pixels[chosen], frames, chance), chance)
            loss = functional.cross_entropy(
                network(_to_input(clips)),
                torch.from_numpy(train.labels[chosen]),
                label_smoothing=0.05,
            )
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


def by_metadata(rows: list[dict[str, str]], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Softmax regression on what is known beside the picture; each person judged by what others taught."""
    features = torch.from_numpy(one_hot(rows, METADATA))
    target = torch.from_numpy(labels)
    people = np.array([row["person"] for row in rows])
    fold_of = {name: place % _FOLDS for place, name in enumerate(sorted(set(people)))}
    folds = np.array([fold_of[name] for name in people])
    said = np.zeros(len(rows), dtype=np.int64)
    for fold in range(_FOLDS):
        left_out = torch.from_numpy(folds == fold)
        if not left_out.any() or left_out.all():
            continue
        torch.manual_seed(0)
        model = nn.Linear(features.shape[1], int(labels.max()) + 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=1e-3)
        for _ in range(300):
            optimizer.zero_grad()
            functional.cross_entropy(model(features[~left_out]), target[~left_out]).backward()
            optimizer.step()
        said[folds == fold] = model(features[left_out]).argmax(1).numpy()
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
    """(B, T, H, W) -> (B, 1, T, H, W), each clip with mean 0 and deviation 1."""
    x = torch.from_numpy(np.ascontiguousarray(pixels)).float()
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    spread = x.std(dim=(1, 2, 3), keepdim=True) + 1e-3
    return ((x - mean) / spread).unsqueeze(1)


def measure(root: Path, task: str, options: argparse.Namespace) -> dict[str, Figure]:
    train, test = (
        read_split(root, task, split, frames=options.frames, size=options.size)
        for split in ("train", "test")
    )
    figures: dict[str, Figure] = {}
    for name, frames in (("3D network", options.frames), ("one frame", 1)):
        begun_s = time.monotonic()
        network = learn(train, frames=frames, epochs=options.epochs, seed=options.seed)
        said = say(network, test, frames=frames)
        figures[name] = _uar(test.labels, said, test)
        figures[f"{name}, labels as scripted"] = _uar(test.scripted, said, test)
        print(f"{task}: {name} took {time.monotonic() - begun_s:.0f} s", flush=True)
    rows = [row for row in table(root) if row["task"] == task]
    labels = np.array([train.classes.index(row["label"]) for row in rows])
    said = by_metadata(rows, labels)
    people = [row["person"] for row in rows]
    figures["metadata alone"] = class_figures(labels, said, train.classes, people)["uar"]
    figures["chance"] = Figure(1 / len(train.classes), len(test.labels))
    return figures


def _uar(labels: NDArray[np.int64], said: NDArray[np.int64], clips: ClipSet) -> Figure:
    return class_figures(labels, said, clips.classes, clips.people)["uar"]


def _text(figure: Figure) -> str:
    if figure.value is None:
        return figure.interval
    if figure.low is None or figure.high is None:
        return f"{100 * figure.value:.1f} %"
    return (
        f"{100 * figure.value:.1f} % ({100 * figure.low:.1f} to {100 * figure.high:.1f};"
        f" {figure.n} clips, {figure.people} people)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain_network", description=__doc__)
    parser.add_argument("root", type=Path, metavar="DIR", help="a set of vigil simulate-dataset")
    parser.add_argument("--tasks", nargs="+", help="default: all of the set")
    parser.add_argument(
        "--frames", type=int, default=32, help="of each clip (default: %(default)s)"
    )
    parser.add_argument(
        "--size", type=int, default=64, help="of the crop, px (default: %(default)s)"
    )
    parser.add_argument("--epochs", type=int, default=25, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    figures = {
        task: measure(options.root, task, options)
        for task in options.tasks or tasks_of(options.root)
    }
    names = list(next(iter(figures.values())))
    print("\nbalanced accuracy (UAR) on the test split, 95 % interval over people\n")
    print("| task | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 1))
    for task, own in figures.items():
        print(f"| {task} | " + " | ".join(_text(own[name]) for name in names) + " |")
    machine = describe_machine()
    print("\n" + json.dumps(machine))
    if options.json:
        plain = {
            task: {name: [f.value, f.low, f.high, f.n, f.people] for name, f in own.items()}
            for task, own in figures.items()
        }
        options.json.write_text(json.dumps({"machine": machine, "uar": plain}, indent=1))


if __name__ == "__main__":
    main()
