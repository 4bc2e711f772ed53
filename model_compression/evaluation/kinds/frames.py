"""`frames`: stills in class folders, such as yawn/ and no_yawn/: face found, points, mouth openness between classes.

Who is on the frames is not known: near-duplicates count as one person's (`near_duplicates`).
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np

from edge_app.errors import UserError
from edge_app.face.observation import FaceObservation
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.face_table import FaceTable
from model_compression.evaluation.figure import Figure, not_applicable
from model_compression.evaluation.measured import ByContestant, Measured
from model_compression.evaluation.near_duplicates import (
    LINKING_CORRELATION,
    NEAR_DUPLICATES,
    clusters_of,
    thumbnail,
)
from model_compression.evaluation.picture_store import PictureStore, spread
from model_compression.evaluation.ranking import auc_figure
from model_compression.evaluation.subgroups import by_groups, left_out_of_groups

_NEGATIVE_PREFIX = "no_"


def measure(path: Path, bench: Bench) -> Measured:
    table, classes, thumbnails = FaceTable(bench), [], []
    openness: dict[str, list[float]] = {role: [] for role in bench.roles}
    with PictureStore(path) as store:
        names = spread(store.names, bench.choice.limit)
        for name in bench.track(names, len(names), path.name):
            image = store.read(name)
            seen = {c.role: c.read_still(image) for c in bench.contestants}
            table.add(image, name, name, seen, table.ask_teacher(image, seen))
            classes.append(PurePosixPath(name).parent.name)
            thumbnails.append(thumbnail(image))
            for role, face in seen.items():
                openness[role].append(_mouth(face))
    positive = positive_class(classes, bench.choice.positive, path)
    clusters = clusters_of(thumbnails)
    table.regroup(clusters)

    def figures(rows: np.ndarray) -> ByContestant:
        own = table.figures(rows, NEAR_DUPLICATES)
        for role in bench.roles:
            own[role]["auc"] = mouth_auc(
                np.array(openness[role])[rows],
                np.array(classes)[rows],
                [clusters[row] for row in rows],
                positive,
            )
        return own

    groups = [row.groups for row in table.rows]
    notes = [
        f"people are not known: {len(set(clusters))} clusters of pictures whose thumbnails correlate over"
        f" {LINKING_CORRELATION} stand for them"
    ]
    if positive:
        notes.append(f"auc: mouth openness, {positive} against the rest")
    return Measured(
        n=len(names),
        people=None,
        figures=figures(np.arange(len(names))),
        groups=by_groups(groups, figures),
        left_out_of_groups=left_out_of_groups(groups),
        notes=tuple(notes),
    )


def positive_class(classes: list[str], asked: str | None, path: Path) -> str | None:
    """The class with the open mouth: as asked, else the first whose name does not begin with no_."""
    known = sorted(set(classes))
    if asked is not None:
        if asked not in known:
            raise UserError(f"{path}: has no class folder {asked}, but {', '.join(known)}")
        return asked
    if len(known) < 2:
        return None
    return next((name for name in known if not name.startswith(_NEGATIVE_PREFIX)), None)


def mouth_auc(
    openness: np.ndarray, classes: np.ndarray, clusters: list[str], positive: str | None
) -> Figure:
    """openness: (N,), NaN where no face was found: left out."""
    if positive is None:
        return not_applicable("needs two class folders, one of them named without no_")
    read = np.isfinite(openness)
    kept = [cluster for cluster, ok in zip(clusters, read, strict=True) if ok]
    return auc_figure(openness[read], classes[read] == positive, kept, NEAR_DUPLICATES)


def _mouth(face: FaceObservation | None) -> float:
    return float("nan") if face is None else face.mouth_openness.value
