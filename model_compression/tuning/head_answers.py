"""What a head of a bundle says of a labelled set, as logits beside the truth: what it is calibrated on.

A set is named KIND:PATH. `fer2013` shows the bundle faces as `vigil evaluate` does; `answers` was kept of a run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.manifest import BundleManifest
from edge_app.bundle.open import Bundle
from edge_app.camera.frame import Frame
from edge_app.errors import UserError
from edge_app.face.student_bundle import open_student
from edge_app.face.tracker import FaceTracker
from model_compression.evaluation.bench import Track
from model_compression.evaluation.clips.answers import load_answers
from model_compression.evaluation.clips.sources import sources_of
from model_compression.evaluation.contestant import perception_settings
from model_compression.evaluation.figure import Sources
from model_compression.evaluation.kinds.fer2013 import on_canvas, read_emotions, same_emotion
from model_compression.evaluation.near_duplicates import NEAR_DUPLICATES, clusters_of, thumbnail
from model_compression.export.quantized_folder import sha256_of

_LEAST_PROBABILITY = 1e-30  # of which a logarithm is taken


@dataclass(frozen=True, slots=True)
class HeadAnswers:
    """N answers of a head with K classes, in the head's own order."""

    told: str  # the set, in words
    sha256: str  # of its file
    logits: NDArray[np.float64]  # (N, K) before any temperature, up to a constant of each row
    truth: NDArray[np.int64]  # (N,)
    people: tuple[str, ...]  # (N,) who, or what counts as one person
    counted: Sources  # what `people` are
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.truth)


def read_answers(bundle: Bundle, head: str, kind: str, path: Path, track: Track) -> HeadAnswers:
    """Raises `UserError` where the set is of no such kind, does not fit the head, or cannot be read."""
    try:
        reader = _KINDS[kind]
    except KeyError:
        raise UserError(
            f"--set {kind}:…: there is no such kind; give one of {', '.join(_KINDS)}"
        ) from None
    return reader(bundle, head, path, track)


def classes_of(manifest: BundleManifest, head: str) -> tuple[str, ...]:
    return manifest.expression_labels if head == "expression" else manifest.heads[head].order


def _fer2013(bundle: Bundle, head: str, path: Path, track: Track) -> HeadAnswers:
    if head != "expression":
        raise UserError(f"{path}: fer2013 says nothing of the head {head}; give answers:PATH")
    emotions = read_emotions(path)
    place_of = _places(emotions.classes, classes_of(bundle.manifest, head), path, same_emotion)
    settings = perception_settings(str(bundle.folder))
    # The same file on every machine: what is calibrated is the model, not one machine's rounding of it.
    perception = open_student(settings, precision="float32")
    said = []
    for image in track(list(emotions.images), len(emotions.images), path.name):
        canvas, crop = on_canvas(image)
        face = FaceTracker(perception, settings).step(Frame(canvas, 0.0, 0))
        said.append((face or perception.observe(canvas, crop)).expression)
    probabilities = np.array(said, dtype=np.float64).clip(_LEAST_PROBABILITY)
    temperature = bundle.manifest.temperatures.expression
    return HeadAnswers(
        f"fer2013:{path.name}",
        sha256_of(path),
        np.log(probabilities) * temperature,
        np.array([place_of[int(label)] for label in emotions.labels], dtype=np.int64),
        tuple(clusters_of([thumbnail(image) for image in emotions.images])),
        NEAR_DUPLICATES,
        ("nobody says who is on the pictures: near-duplicates count as one person's",),
    )


def _kept(bundle: Bundle, head: str, path: Path, track: Track) -> HeadAnswers:
    answers = load_answers(path, "give answers that `vigil evaluate-teacher` kept")
    own = classes_of(bundle.manifest, head)
    place_of = _places(answers.classes, own, path, str)
    logits = answers.logits.astype(np.float64)
    if logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    ordered = np.empty_like(logits)
    for column, place in place_of.items():
        ordered[:, place] = logits[:, column]
    people, counted = sources_of(answers.persons, answers.videos)
    return HeadAnswers(
        f"answers:{path.name}",
        sha256_of(path),
        ordered,
        np.array([place_of[int(number)] for number in answers.truth], dtype=np.int64),
        tuple(people),
        counted,
    )


_KINDS: dict[str, Callable[[Bundle, str, Path, Track], HeadAnswers]] = {
    "fer2013": _fer2013,
    "answers": _kept,
}
KINDS = tuple(_KINDS)


def joined(sets: Sequence[HeadAnswers]) -> HeadAnswers:
    """All of them as one; people of different sets are different people. Raises `UserError`."""
    if len(sets) == 1:
        return sets[0]
    counted = {each.counted.many: each.counted for each in sets}
    if len(counted) > 1:
        raise UserError(
            f"{sets[0].told} counts {sets[0].counted.many} and {sets[1].told} {sets[1].counted.many};"
            " calibrate on sets that count the same"
        )
    together = hashlib.sha256("".join(each.sha256 for each in sets).encode()).hexdigest()
    return HeadAnswers(
        ", ".join(each.told for each in sets),
        together,
        np.concatenate([each.logits for each in sets]),
        np.concatenate([each.truth for each in sets]),
        tuple(f"{each.told} {person}" for each in sets for person in each.people),
        sets[0].counted,
        tuple(dict.fromkeys(note for each in sets for note in each.notes)),
    )


def _places(
    theirs: Iterable[str], own: Sequence[str], path: Path, word: Callable[[str], str]
) -> dict[int, int]:
    """The head's place of each class of the set. Both must have the same classes."""
    wanted = {word(name): place for place, name in enumerate(own)}
    given = [word(name) for name in theirs]
    if set(given) != set(wanted):
        raise UserError(
            f"{path}: its classes are {', '.join(given)}, the head's {', '.join(wanted)}; give a set of the same"
        )
    return {number: wanted[name] for number, name in enumerate(given)}
