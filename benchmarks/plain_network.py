"""How hard a simulated set is: `python -m benchmarks.plain_network DIR`, the set of `vigil simulate-dataset`.

A plain 3D convolutional network learns each task on train and is scored on the people, cameras and lights of test.
Beside it the same network on a single frame, and a classifier that knows only camera, light and what is worn: that
one has to be at chance. Intervals are over people. `--split val` scores on val, to choose by: test is for the end.
Needs torch.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.clip_set import ClipSet, read_split, table, tasks_of
from benchmarks.machine import describe_machine
from edge_app.errors import UserError
from model_compression.evaluation.classification import class_figures
from model_compression.evaluation.figure import Figure


def measure(root: Path, task: str, options: argparse.Namespace) -> dict[str, Figure]:
    from benchmarks.plain_learning import by_metadata, learn, say

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


def _use_threads(threads: int) -> None:
    """Raises `UserError` where there is no torch."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise UserError(
            f"the plain network needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'"
        ) from error
    torch.set_num_threads(threads)


def main(arguments: Sequence[str] | None = None) -> int:
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
    options = parser.parse_args(arguments)
    try:
        _use_threads(options.threads)
        figures = {
            task: measure(options.root, task, options)
            for task in options.tasks or tasks_of(options.root)
        }
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
