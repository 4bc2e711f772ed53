"""Lids judged by looking: a small table of our own, for eyes of which the teacher's word cannot be taken."""

from __future__ import annotations

import csv
from importlib.resources import files

from edge_app.errors import UserError

_TABLE = "eye_labels.csv"
STATES = ("O", "P", "C")  # open, partly closed (half of the iris covered, or more), closed


def load_eye_labels() -> dict[tuple[str, int, str], str]:
    """(set, row of its label cache, side of the driver) -> one of `STATES`, or X where it cannot be judged."""
    table = files("model_compression.data").joinpath(_TABLE)
    if not table.is_file():
        raise UserError(
            f"{_TABLE}: there is no such table in this installation; leave out task.options.eye_labels."
        )
    with table.open(encoding="utf-8") as lines:
        return {
            (line["set"], int(line["row"]), line["side"]): line["state"]
            for line in csv.DictReader(lines)
        }
