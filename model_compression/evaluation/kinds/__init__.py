"""The kinds of sets, one file each with a function `measure(path, bench)`; a kind is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from edge_app.errors import UserError
from model_compression.evaluation.bench import Measure

KINDS = {  # name on the command line: (module of this package, what it reads)
    "fer2013": ("fer2013", "npz of 48 px faces with emotions: images, labels, classes"),
    "frames": ("frames", "tar or folder with a folder of pictures for each class"),
    "nir": ("nir", "tar or folder of pictures named <person>-..."),
    "headpose": ("headpose", "folder of clips of head turns, or one clip"),
    "clips": ("clips", "folder of videos of one driver each, or one video"),
    "eyes": ("eyes", "tar or folder with closed/ and open/ pictures of single eyes"),
    "negatives": ("negatives", "tar or folder of pictures without a face, or the word builtin"),
    "truth": ("truth", "csv of eyelid states by frame; sources lie beside its folder"),
    "warped": ("warped", "tar or folder of faces whose lids are warped to known apertures"),
    "occluders": (
        "occluders",
        "tar or folder of faces that are covered by renderers never trained on",
    ),
    "uta_rldd": ("uta_rldd", "npz of blink sequences with labels, or a folder of them"),
}


def measure_of(kind: str) -> Measure:
    if kind not in KINDS:
        raise UserError(f"{kind}: there is no such kind of set; known are {', '.join(KINDS)}")
    module = import_module(f"model_compression.evaluation.kinds.{KINDS[kind][0]}")
    return cast(Measure, module.measure)
