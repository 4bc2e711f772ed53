"""How hard a simulated set is: `python -m benchmarks.plain_network DIR`, the set of `vigil simulate-dataset`.

A plain 3D convolutional network learns each task on train and is scored on the people, cameras and lights of test.
Beside it the same network on a single frame, and a classifier that knows only camera, light and what is worn: that
one has to be at chance. Intervals are over people. `--split val` scores on val, to choose by: test is for the end.
Needs torch.
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


def measure(root: Path, task: str, options: argparse.Namespace) -> dict[str, Figure]:
    train, asked = (
        read_split(root, task, split, frames=options.frames, size=options.size)
        for split in ("train", options.split)
    )
    figures: dict[str, Figure] = {}
    for name, frames in (("3D network", options.frames), ("one frame", 1)):
        begun_s = time.monotonic()
        network = learn(
            train,
            frames=frames,
            epochs=options.epochs,
            seed=options.seed,
            in_bfloat16=options.bfloat16,
        )
        said = say(network, asked, frames=frames)
        figures[name] = _uar(asked.labels, said, asked)
        figures[f"{name}, labels as scripted"] = _uar(asked.scripted, said, asked)
        print(f"{task}: {name} took {time.monotonic() - begun_s:.0f} s", flush=True)
        if frames > 1:
            learned = _uar(train.labels, say(network, train, frames=frames), train)
            print(f"{task}: on the clips it learned from {_text(learned)}", flush=True)
            print(_confusion(asked, said), flush=True)
    rows = [row for row in table(root) if row["task"] == task]
    labels = np.array([train.classes.index(row["label"]) for row in rows])
    said = by_metadata(rows, labels, split=options.split)
    figures["metadata alone"] = _uar(asked.labels, said, asked)
    figures["chance"] = Figure(1 / len(train.classes), len(asked.labels))
    return figures


def _uar(labels: NDArray[np.int64], said: NDArray[np.int64], clips: ClipSet) -> Figure:
    return class_figures(labels, said, clips.classes, clips.people)["uar"]


def _confusion(clips: ClipSet, said: NDArray[np.int64]) -> str:
    """A row for each class as scripted: how many of its clips were said to be which."""
    counts = np.zeros((len(clips.classes), len(clips.classes)), dtype=np.int64)
    np.add.at(counts, (clips.scripted, said), 1)
    rows = zip(clips.classes, counts, strict=True)
    return "\n".join(f"{name:>10} " + "".join(f"{count:5}" for count in row) for name, row in rows)


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
        "--frames", type=int, default=16, help="of each clip (default: %(default)s)"
    )
    parser.add_argument(
        "--size", type=int, default=64, help="of the crop, px (default: %(default)s)"
    )
    parser.add_argument("--epochs", type=int, default=60, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=("val", "test"), default="test")
    parser.add_argument(
        "--bfloat16", action="store_true", help="learn in half precision: quicker with AVX-512"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    figures = {
        task: measure(options.root, task, options)
        for task in options.tasks or tasks_of(options.root)
    }
    names = list(next(iter(figures.values())))
    print(f"\nbalanced accuracy (UAR) on {options.split}, 95 % interval over people\n")
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
