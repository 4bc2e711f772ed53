"""Figure 4 of paper 3: which experts answer clips and pictures, and how near their classes lie to one another.

The paper shows colours; here the shares and cosines stand beside them as numbers. A class's centre is the mean of its
embeddings minus the mean over all clips, or over all pictures: what all of a kind have in common does not count. The
paper does not say how it takes its centres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.figure import Floats
from model_compression.evaluation.png_file import write_png
from model_compression.evaluation.share_grid import share_grid
from model_compression.reproduce.named_sets import NamedSet
from model_compression.scoring.trained import TrainedTeacher
from model_compression.scoring.which_clips import asked_clips
from model_compression.teachers.clip_vit import ClipViT
from model_compression.training.clips.answering import Seen, answers_to
from model_compression.training.clips.network_input import network_input
from model_compression.training.device import DeviceChoice, chosen_device

ACTIVATION, NEARNESS = "figure-4a.png", "figure-4b.png"
_MOST = 256  # clips, and pictures, whose tokens are counted
_BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class Figure4:
    """Of one network; kinds: clips, then pictures."""

    activation: dict[
        str, Floats
    ]  # kind -> (layers with experts, experts), shares that add up to 1 in a layer
    layers: tuple[str, ...]
    cosines: Floats  # (classes of clips, classes of pictures)
    classes: tuple[str, ...]

    @property
    def diagonal(self) -> float:
        """Mean cosine of a class with itself."""
        return float(np.mean(np.diag(self.cosines)))

    @property
    def beside(self) -> float:
        """Mean cosine of different classes."""
        return float(np.mean(self.cosines[~np.eye(len(self.classes), dtype=bool)]))


def figure4(folder: Path, clips: NamedSet, pictures: NamedSet, *, device: DeviceChoice) -> Figure4:
    """folder: of the training. Raises `UserError`."""
    trained = TrainedTeacher.open(folder)
    network = trained.teacher.network.to(chosen_device(device))
    if not isinstance(network, ClipViT):
        raise UserError(f"{folder}: is no clip-vit, whose experts figure 4 is of.")
    seen = trained.teacher.seen
    activation: dict[str, Floats] = {}
    centres: list[Floats] = []
    for kind, named in (("clips", clips), ("pictures", pictures)):
        store = ClipStore.open(named.folder)
        asked = asked_clips(store, trained, "val" if named.test_split == "val" else "test")
        names = store.classes[trained.teacher.question.label]
        rows = [clip.row for clip in asked.clips]
        shown = seen.picture() if kind == "pictures" else seen
        some = rows[:: -(-len(rows) // _MOST)]  # of all people and classes, however they lie
        activation[kind] = _activation(network, store, some, shown, chosen_device(device))
        said = answers_to(network, store, rows, seen, chosen_device(device))["embedding"]
        truth = np.array([clip.label for clip in asked.clips])
        centres.append(class_centres(said, truth, names, store.folder))
    experts = [
        number + 1
        for number, block in enumerate(network.encoder.blocks)
        if block.experts is not None
    ]
    return Figure4(
        activation,
        tuple(f"layer {number}" for number in experts),
        centres[0] @ centres[1].T,
        tuple(names),
    )


def show_figure4(console: Console, figure: Figure4, out: Path, caveat: str) -> None:
    """caveat: where it is not of the paper's sets."""
    heading = "Figure 4: experts, and classes of clips beside those of pictures"
    told = f"{heading} ({caveat})" if caveat else heading
    console.print(told, markup=False, style="bold", soft_wrap=True)
    grids = []
    strongest = max(float(shares.max()) for shares in figure.activation.values())
    for kind, shares in figure.activation.items():
        experts = [f"E{number + 1}" for number in range(shares.shape[1])]
        title = f"{kind}: share of a layer's choices"
        grids.append(share_grid(shares, figure.layers, experts, title, strongest=strongest))
        least, most = float(shares.min()), float(shares.max())
        console.print(f"{kind}: an expert has {least:.1%} to {most:.1%} of a layer's choices")
    apart = max(
        float(np.abs(a - b).max())
        for a in figure.activation.values()
        for b in figure.activation.values()
    )
    console.print(
        f"largest difference between clips and pictures: {apart:.1%} of a layer's choices"
    )
    console.print(
        f"cosine of a class with itself {figure.diagonal:.3f}, with others {figure.beside:.3f} (means; of centres from"
        " the mean of all clips, or of all pictures)",
        soft_wrap=True,
    )
    write_png(_beside(grids), out / ACTIVATION)
    title = "cosine; rows: clips, columns: pictures"
    write_png(share_grid(figure.cosines, figure.classes, figure.classes, title), out / NEARNESS)
    for name in (ACTIVATION, NEARNESS):
        console.print(f"written: {out / name}", markup=False, soft_wrap=True)


def _activation(
    network: ClipViT, store: ClipStore, rows: Sequence[int], seen: Seen, device: torch.device
) -> Floats:
    total: Floats | None = None
    for first in range(0, len(rows), _BATCH):
        batch = rows[first : first + _BATCH]
        shown = np.concatenate([seen.of(store.frames(row)) for row in batch])
        shares = network.routed(network_input(torch.from_numpy(shown).to(device)))
        own = len(batch) * shares.double().cpu().numpy()
        total = own if total is None else total + own
    if total is None:
        raise UserError(f"{store.folder}: has nothing to show to the experts.")
    return np.asarray(total / len(rows))


def class_centres(
    embeddings: NDArray[np.float32], truth: NDArray[np.int64], classes: Sequence[str], folder: Path
) -> Floats:
    """(classes, D) of length 1. folder: where the clips are. Raises `UserError`."""
    missing = [name for number, name in enumerate(classes) if not (truth == number).any()]
    if missing:
        raise UserError(
            f"{folder}: nothing that is measured on is {' or '.join(missing)}, and figure 4 needs every class; name"
            " another set with --data."
        )
    vectors = embeddings.astype(np.float64)
    vectors -= vectors.mean(axis=0)
    centres = np.stack([vectors[truth == number].mean(axis=0) for number in range(len(classes))])
    return np.asarray(centres / np.linalg.norm(centres, axis=1, keepdims=True))


def _beside(grids: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    height = max(grid.shape[0] for grid in grids)
    padded = [
        np.pad(grid, ((0, height - grid.shape[0]), (0, 0), (0, 0)), constant_values=255)
        for grid in grids
    ]
    return np.concatenate(padded, axis=1)
