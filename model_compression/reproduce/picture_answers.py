"""What a trained picture network tells of the pictures of a prepared set: their class, their valence and arousal.

In: the folder of its training, a prepared set and a split. Out: answers beside what is true, with whose they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.figure import Floats
from model_compression.students.picture_network import PictureNetwork
from model_compression.training.device import DeviceChoice, chosen_device
from model_compression.training.network_file import NetworkFile, read_network
from model_compression.training.pictures.answering import answers_to
from model_compression.training.pictures.asked import Answer, expression_answer
from model_compression.training.pictures.source import VALUES, Pictures

_SAID = ("logits", "valence_arousal")


@dataclass(frozen=True, slots=True, eq=False)
class PictureAnswers:
    """Of N pictures and K classes: those of the network that the set tells apart."""

    logits: Floats  # (N, K)
    truth: NDArray[np.int64]  # (N,)
    classes: tuple[str, ...]  # (K,)
    said_values: Floats | None  # (N, 2) valence and arousal; None: the network does not tell them
    values: Floats  # (N, 2); NaN: not known
    persons: tuple[str, ...]  # (N,) "" where unknown
    videos: tuple[str, ...]  # (N,)

    def among(self, names: Sequence[str]) -> ClipAnswers:
        """Told among these classes alone, of the pictures that show one of them. Raises `UserError` without any."""
        asked = np.array([n for n, name in enumerate(self.classes) if name in names], np.int64)
        rows = np.flatnonzero(np.isin(self.truth, asked))
        if len(asked) < 2 or not len(rows):
            raise UserError(f"no picture shows one of several classes of {', '.join(names)}.")
        return ClipAnswers(
            self.logits[np.ix_(rows, asked)],
            np.searchsorted(asked, self.truth[rows]),
            tuple(self.persons[row] for row in rows),
            tuple(self.videos[row] for row in rows),
            tuple(self.classes[n] for n in asked),
        )


def ask_about_pictures(
    run: Path, folder: Path, split: str, *, device: DeviceChoice
) -> PictureAnswers:
    """run: the folder of a training of `pictures` or `affect`. Raises `UserError`."""
    file, store = read_network(run), ClipStore.open(folder)
    network = file.network()
    if not isinstance(network, PictureNetwork):
        raise UserError(f"{run}: {file.choice.name} is no picture-network; train one.")
    label, names = next(iter(file.told["classes"].items()))
    answer = expression_answer(store, label)
    pictures = _labelled(store, answer, split)
    if network.channels != store.channels:
        raise UserError(
            f"{folder}: is prepared in {store.channels} channels, and {run} learned from {network.channels}; prepare it"
            " alike."
        )
    place = chosen_device(device)
    said = answers_to(
        network.to(place),
        store,
        pictures,
        side_px=_side_px(file, network.input_size_px),
        device=place,
        kept=lambda out: {name: out[name].float() for name in _SAID if name in out},
    )
    # Classes that nobody could choose who labelled the set are left out, as in training.
    known = np.flatnonzero(answer.known(len(names)))
    rows = [store.rows[int(number)] for number in pictures.row]
    values = said.get("valence_arousal")
    return PictureAnswers(
        logits=_numbers(said["logits"])[:, known],
        truth=np.searchsorted(known, pictures.label),
        classes=tuple(names[number] for number in known),
        said_values=None if values is None else _numbers(values),
        values=pictures.values.astype(np.float64),
        persons=tuple(row.person for row in rows),
        videos=tuple(row.video for row in rows),
    )


def _labelled(store: ClipStore, answer: Answer, split: str) -> Pictures:
    numbers = store.select(answer.task, split)
    label = answer.number[store.labels(answer.task, numbers)]
    values = [
        [store.rows[int(number)].values.get(name, math.nan) for name in VALUES]
        for number in numbers
    ]
    found = Pictures(numbers, label, np.array(values, dtype=np.float32))
    asked = found.where(label >= 0)
    if not len(asked):
        raise UserError(f"{store.folder}: no picture of {split} shows a class that is asked for.")
    return asked


def _side_px(file: NetworkFile, own_px: int) -> int:
    measured = file.config["task"]["options"].get("measured_px")
    return own_px if measured is None else int(measured)


def _numbers(values: torch.Tensor) -> Floats:
    return np.asarray(values.double().numpy())
