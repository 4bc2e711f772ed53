"""The sets of long videos whose frames can be read, by name; a set's file is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from edge_app.errors import UserError
from model_compression.data.features.labelled_video import FoundVideos

KINDS = {  # on the command line -> file of this package and its function
    "aff-wild2-expr": "aff_wild2.find_expressions",  # eight expressions by frame
    "aff-wild2-va": "aff_wild2.find_valence_arousal",  # by frame
    "c-expr": "c_expr.find",  # seven compound expressions by frame; mostly without labels
    "hume-vidmimic2": "hume_vidmimic2.find",  # six intensities of a whole video
}


def find_labelled(kind: str, root: Path) -> FoundVideos:
    """Every video of a set. Raises `UserError` where `root` or its labels make no sense."""
    if kind not in KINDS:
        raise UserError(f"{kind}: there is no such kind of set; known are {', '.join(KINDS)}.")
    if not root.is_dir():
        raise UserError(f"{root}: there is no such folder; check --root.")
    module, function = KINDS[kind].split(".")
    found = getattr(import_module(f"model_compression.data.features.kinds.{module}"), function)
    return cast(Callable[[Path], FoundVideos], found)(root)
