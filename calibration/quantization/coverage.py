"""How much of the light and the poses that occur the chosen pictures cover, and of how many people they are.

Light is the mean luma of the face, pose its yaw and pitch, each cut into a few classes; a cell is one of each. Cells in
which no picture lies cannot be covered and do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

# From dark to glaring in steps of a fifth or so of the range; a face lit as usual lies in the middle.
LIGHT_EDGES_LUMA = (50.0, 90.0, 130.0, 170.0)
# Beyond 30 degrees half of a face is hidden; within 10 it looks ahead.
YAW_EDGES_DEG = (-30.0, -10.0, 10.0, 30.0)
PITCH_EDGES_DEG = (-10.0, 10.0)


@dataclass(frozen=True, slots=True)
class Coverage:
    """`there` and `chosen`: pictures by light, yaw and pitch (5, 5, 3)."""

    there: Counts
    chosen: Counts
    people_there: int  # unnamed pictures left out
    people_chosen: int
    unnamed_chosen: int  # pictures of which nobody says who is on them

    @property
    def cells_there(self) -> int:
        return int((self.there > 0).sum())

    @property
    def cells_chosen(self) -> int:
        return int((self.chosen > 0).sum())

    @property
    def share(self) -> float:
        """Of the cells with a picture, those with a chosen one."""
        return self.cells_chosen / self.cells_there


def coverage(
    luma: NDArray[np.floating[Any]],
    yaw_rad: NDArray[np.floating[Any]],
    pitch_rad: NDArray[np.floating[Any]],
    people: Sequence[str],
    chosen: NDArray[np.int64],
) -> Coverage:
    """luma, yaw_rad, pitch_rad: (N,); people: (N,) '' unknown; chosen: rows. Raises `ValueError` without a picture."""
    if not len(luma):
        raise ValueError("there is no picture to cover")
    cells = np.column_stack(
        [
            np.digitize(luma, LIGHT_EDGES_LUMA),
            np.digitize(np.degrees(yaw_rad), YAW_EDGES_DEG),
            np.digitize(np.degrees(pitch_rad), PITCH_EDGES_DEG),
        ]
    )
    named = [people[row] for row in chosen.tolist()]
    return Coverage(
        _counted(cells),
        _counted(cells[chosen]),
        len({name for name in people if name}),
        len({name for name in named if name}),
        sum(not name for name in named),
    )


def coverage_text(told: Coverage) -> str:
    """A table of light by yaw, `chosen/there` over all pitches, and what it comes to in sentences."""
    chosen, there = told.chosen.sum(axis=2), told.there.sum(axis=2)
    yaws = _classes(YAW_EDGES_DEG, "°")
    rows = [["mean luma \\ yaw", *yaws]]
    for light, name in enumerate(_classes(LIGHT_EDGES_LUMA, "")):
        rows.append(
            [
                name,
                *(
                    f"{chosen[light, yaw]}/{there[light, yaw]}" if there[light, yaw] else "-"
                    for yaw in range(len(yaws))
                ),
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = [
        "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
        for row in rows
    ]
    pitches = ", ".join(
        f"{name} {int(told.chosen[..., pitch].sum())}/{int(told.there[..., pitch].sum())}"
        for pitch, name in enumerate(_classes(PITCH_EDGES_DEG, "°"))
    )
    unnamed = (
        f", and {told.unnamed_chosen} pictures of people not named" if told.unnamed_chosen else ""
    )
    sentences = [
        "Pictures chosen / there, by light and pose of the face.",
        "",
        *table,
        "",
        f"pitch: {pitches}",
        f"cells of light, yaw and pitch: {told.cells_chosen} of {told.cells_there} covered ({told.share:.0%})",
        f"people: {told.people_chosen} of {told.people_there}{unnamed}",
    ]
    return "\n".join(sentences) + "\n"


def _counted(cells: Counts) -> Counts:
    shape = (len(LIGHT_EDGES_LUMA) + 1, len(YAW_EDGES_DEG) + 1, len(PITCH_EDGES_DEG) + 1)
    counts = np.zeros(shape, dtype=np.int64)
    np.add.at(counts, tuple(cells.T), 1)
    return counts


def _classes(edges: Sequence[float], unit: str) -> list[str]:
    between = [f"{low:g} to {high:g}{unit}" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g}{unit}", *between, f"from {edges[-1]:g}{unit}"]
