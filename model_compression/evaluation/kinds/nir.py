"""`nir`: near-infrared stills of known people, `<person>-<number>-<...>.jpg`: is the face found, and its points?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.bench import Bench
from model_compression.evaluation.face_table import FaceTable
from model_compression.evaluation.figure import PEOPLE
from model_compression.evaluation.measured import ByContestant, Measured
from model_compression.evaluation.people import by_training
from model_compression.evaluation.picture_store import PictureStore
from model_compression.evaluation.subgroups import by_groups, left_out_of_groups

_SET = "nir"


def person_of(name: str) -> str:
    """What stands before the first hyphen of the file's name."""
    return PurePosixPath(name).name.partition("-")[0]


def measure(path: Path, bench: Bench) -> Measured:
    table = FaceTable(bench)
    with PictureStore(path) as store:
        shown = [person_of(name) for name in store.names]
        names = bench.choice.chosen_pictures(store.names, _SET, person_of, path)
        for name in bench.track(names, len(names), path.name):
            image = store.read(name)
            seen = {c.role: c.read_still(image) for c in bench.contestants}
            table.add(image, name, person_of(name), seen, table.ask_teacher(image, seen))
    people = sorted({row.cluster for row in table.rows}, key=lambda person: (len(person), person))

    def figures(rows: Sequence[int] | NDArray[np.int64]) -> ByContestant:
        return table.figures(rows, PEOPLE)

    groups_of_rows = [row.groups for row in table.rows]
    groups = by_groups(groups_of_rows, figures)
    groups["person"] = {
        person: figures([i for i, row in enumerate(table.rows) if row.cluster == person])
        for person in people
    }
    training = by_training(_SET, [row.cluster for row in table.rows], figures)
    if training:
        groups["training"] = training
    return Measured(
        n=len(table.rows),
        people=len(people),
        figures=figures(range(len(table.rows))),
        groups=groups,
        left_out=bench.choice.left_out(_SET, shown),
        left_out_of_groups=left_out_of_groups(groups_of_rows),
    )
