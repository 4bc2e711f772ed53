"""`negatives`: pictures without a face, of a tar or folder or `builtin`: how often one is seen all the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.bench import Bench
from model_compression.evaluation.figure import MIXED, share
from model_compression.evaluation.measured import ByContestant, Measured
from model_compression.evaluation.near_duplicates import clusters_of, thumbnail
from model_compression.evaluation.negative_pictures import NegativePicture, builtin_pictures
from model_compression.evaluation.picture_store import PictureStore, spread

BUILTIN = "builtin"


def measure(path: Path, bench: Bench) -> Measured:
    by_detector: dict[str, list[bool]] = {role: [] for role in bench.roles}
    by_all: dict[str, list[bool]] = {role: [] for role in bench.roles}
    families: list[str] = []
    sources: list[str] = []
    for picture in bench.track(_pictures(path, bench), bench.choice.limit, path.name):
        families.append(picture.family)
        sources.append(picture.source)
        for contestant in bench.contestants:
            role = contestant.role
            found = contestant.perception.detect(picture.image)
            face = contestant.read_still(picture.image)
            by_detector[role].append(bool(found))
            by_all[role].append(face is not None)
            if role == bench.roles[0] and (found or face is not None):
                score = max((each.score for each in found), default=0.0)
                badness = score + (face is not None)
                words = f"{score:.2f} {'seen' if face else 'detected'} {picture.name}"
                bench.worst.add("false-faces", badness, picture.image, words)

    def figures(rows: NDArray[np.int64]) -> ByContestant:
        return {
            role: {
                "false_faces": share(np.array(by_all[role])[rows], source[rows].tolist(), MIXED),
                "false_faces_detector": share(
                    np.array(by_detector[role])[rows], source[rows].tolist(), MIXED
                ),
            }
            for role in bench.roles
        }

    family, source = np.array(families), np.array(sources)
    groups = {name: figures(np.flatnonzero(family == name)) for name in sorted(set(families))}
    return Measured(
        n=len(families),
        people=None,
        figures=figures(np.arange(len(families))),
        groups={"family": groups} if len(groups) > 1 else {},
        notes=(
            "false_faces: a face after the tracker has asked for presence; false_faces_detector: before",
            "a source: a photograph with the squares cut out of it, a sort of texture, a clip, near-duplicate pictures",
        ),
    )


def _pictures(path: Path, bench: Bench) -> Iterator[NegativePicture]:
    limit = bench.choice.limit
    if str(path) == BUILTIN and not path.exists():
        data = os.environ.get("VIGIL_DATA")
        pictures = builtin_pictures(Path(data) if data else None, bench.teacher)
        yield from islice(pictures, limit)
        return
    with PictureStore(path) as store:
        names = spread(store.names, limit)
        recordings = clusters_of([thumbnail(store.read(name)) for name in names])
        for name, recording in zip(names, recordings, strict=True):
            yield NegativePicture(name, "", recording, store.read(name))
