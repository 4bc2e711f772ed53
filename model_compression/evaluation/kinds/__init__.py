"""The kinds of sets, one file each with a function `measure(path, bench)`; a kind is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from edge_app.errors import UserError
from model_compression.evaluation.bench import Measure


@dataclass(frozen=True, slots=True)
class Kind:
    """A file of this package."""

    reads: str
    has_people: bool = (
        False  # whether its pictures say who is on them, so that people can be held out
    )


KINDS = {  # by the name of the file and on the command line
    "fer2013": Kind("npz of 48 px faces with emotions: images, labels, classes"),
    "frames": Kind("tar or folder with a folder of pictures for each class"),
    "nir": Kind("tar or folder of pictures named <person>-...", has_people=True),
    "headpose": Kind("folder of clips of head turns, or one clip", has_people=True),
    "clips": Kind("folder of videos of one driver each, or one video"),
    "eyes": Kind("tar or folder with closed/ and open/ pictures of single eyes"),
    "negatives": Kind("tar or folder of pictures without a face, or the word builtin"),
    "truth": Kind("csv of eyelid states by frame; sources lie beside its folder", has_people=True),
    "warped": Kind(
        "tar or folder of faces whose lids are moved to known apertures", has_people=True
    ),
    "occluders": Kind(
        "tar or folder of faces that are covered by renderers never trained on", has_people=True
    ),
    "uta_rldd": Kind("npz of blink sequences with labels, or a folder of them"),
}


def measure_of(kind: str) -> Measure:
    if kind not in KINDS:
        raise UserError(f"{kind}: there is no such kind of set; known are {', '.join(KINDS)}")
    module = import_module(f"model_compression.evaluation.kinds.{kind}")
    return cast(Measure, module.measure)


def check_people(kind: str, options: Iterable[str]) -> None:
    """Raises `UserError` where one of these options chooses people of a set without them."""
    for option in options:
        if not KINDS[kind].has_people:
            known = ", ".join(name for name, each in KINDS.items() if each.has_people)
            raise UserError(
                f"{option}: {kind} has no people to choose or to hold out; measure it in a run without {option}"
                f" (kinds with people: {known})"
            )
