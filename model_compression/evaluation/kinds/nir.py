"""`nir`: near-infrared stills of known people, `<person>-<number>-<...>.jpg`: is the face found, and its points?"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from edge_app.errors import UserError
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.face_table import FaceTable
from model_compression.evaluation.measured import Measured
from model_compression.evaluation.picture_store import PictureStore, spread
from model_compression.evaluation.subgroups import by_groups

_SET = "nir"


def person_of(name: str) -> str:
    """What stands before the first hyphen of the file's name."""
    return PurePosixPath(name).name.partition("-")[0]


def measure(path: Path, bench: Bench) -> Measured:
    table = FaceTable(bench)
    with PictureStore(path) as store:
        names = [n for n in store.names if bench.choice.takes_person(_SET, person_of(n))]
        if not names:
            raise UserError(f"{path}: holds no picture of the people asked for")
        names = spread(names, bench.choice.limit)
        for name in bench.track(names, len(names), path.name):
            image = store.read(name)
            seen = {c.role: c.read_still(image) for c in bench.contestants}
            table.add(image, name, person_of(name), seen, table.ask_teacher(image, seen))
    people = sorted({row.cluster for row in table.rows}, key=lambda person: (len(person), person))
    groups = by_groups(
        [row.groups for row in table.rows],
        lambda rows: table.figures(rows, people=None, of="people"),
    )
    groups["person"] = {
        person: table.figures(
            [i for i, row in enumerate(table.rows) if row.cluster == person], people=1, of="people"
        )
        for person in people
    }
    return Measured(
        n=len(table.rows),
        people=len(people),
        figures=table.figures(range(len(table.rows)), people=len(people), of="people"),
        groups=groups,
    )
