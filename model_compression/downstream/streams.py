"""Which stream of a feature set is meant, and what stands in the places of scores: by name, never by position."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from edge_app.errors import UserError
from model_compression.data.clips.classes import AROUSAL, VALENCE
from model_compression.data.features.feature_set import FeatureSet

SCORES, EMBEDDING = "scores", "embedding"


def stream_named(
    features: FeatureSet, wanted: str, of: Literal["face", "sound"] | None = None
) -> str:
    """The stream of that name, or the only one called `NAME.wanted`. Raises `UserError`."""
    there: list[str] = [name for name, one in features.streams.items() if of in (None, one.of)]
    if wanted in there:
        return wanted
    found = [name for name in there if name.endswith(f".{wanted}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(
            f"{features.folder}: has several streams of {wanted} ({', '.join(found)}); name one of them."
        )
    kind = f" of {of}s" if of == "face" else f" of {of}" if of else ""
    raise UserError(
        f"{features.folder}: has no stream{kind} called {wanted}; it has {', '.join(there) or 'none'}."
    )


def check_made_by(features: FeatureSet, stream: str, made_by: str, path: Path) -> None:
    """path: of the network that learned from a stream `made_by` another network. Raises `UserError` for any other."""
    there = features.streams[stream].made_by
    if there != made_by:
        raise UserError(
            f"{features.folder}: {stream} was made by {there}, and {path} learned from that of {made_by}; read the"
            " videos with the same network."
        )


def students_of(features: FeatureSet) -> list[str]:
    """Names of the students whose scores are there; "" for a stream called `scores` alone."""
    faces = [name for name, one in features.streams.items() if one.of == "face"]
    return [
        name.removesuffix(SCORES).removesuffix(".")
        for name in faces
        if name == SCORES or name.endswith(f".{SCORES}")
    ]


def of_student(student: str, what: str) -> str:
    """The name of a stream of a student."""
    return f"{student}.{what}" if student else what


def expression_places(features: FeatureSet, stream: str, needed: Sequence[str]) -> dict[str, int]:
    """Where the expressions that a student tells apart stand, by name. Raises `UserError` where a needed one is not."""
    places = features.streams[stream].places
    missing = [name for name in needed if name not in places]
    if missing:
        raise UserError(
            f"{features.folder}: the places of {stream} do not name {', '.join(missing)};"
            f" compound expressions need the scores of a student that tells {', '.join(needed)}."
        )
    return {name: at for at, name in enumerate(places) if name not in (VALENCE, AROUSAL)}


def affect_places(places: tuple[str, ...]) -> tuple[int | None, int | None]:
    """Of valence and arousal."""
    first, second = (places.index(name) if name in places else None for name in (VALENCE, AROUSAL))
    return first, second
