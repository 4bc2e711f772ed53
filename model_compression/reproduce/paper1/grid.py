"""What each table of paper 1 asks for: a network, what it learns from which set, and the set on which it is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from model_compression.reproduce.paper1.run_task import (
    DROWSY_OR_NOT,
    EXPRESSION,
    FROM_005,
    FROM_008,
    TASK_OF_SET,
    THREE_LEVELS,
    RunTask,
)
from model_compression.reproduce.paper1.teacher_choice import (
    ADVERSARIAL_ONLY,
    ELCA_ENTRY,
    ELCA_EXIT,
    PLAIN,
    WHOLE,
    WITH_EGCA,
    WITHOUT_EGCA,
    TeacherChoice,
)
from model_compression.reproduce.printed import PrintedTable


@dataclass(frozen=True, slots=True)
class Asked:
    """One experiment, whatever its seed and fold."""

    teacher: TeacherChoice
    task: RunTask  # learned
    train: str  # role of the set: as in `TASK_OF_SET`
    test: str
    test_task: RunTask  # what is true of the clips that are scored; as many classes as `task` has


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a printed table, and what it takes to have it here."""

    row: int
    column: int
    figure: str  # as in `PrintedColumn`
    asked: Asked | TeacherChoice  # of a teacher alone: its cost
    beside: str | None = None  # another figure, where the printed one may be that


@dataclass(frozen=True, slots=True)
class _Row:
    teacher: TeacherChoice
    train: str | None = None  # None: the column's own set
    task: RunTask | None = None  # None: the set's own


_AUC_AS_ACCURACY = (7, 8)  # their column of MiX is headed accuracy and holds table 5's AUC
_BLOCKS = (3, 4, 5, 6, 8)
_ROWS: dict[int, Sequence[_Row]] = {  # the paper's own rows, from the top
    1: [_Row(WHOLE)],
    2: [_Row(WHOLE, task=task) for task in (FROM_005, FROM_008, THREE_LEVELS)],
    3: [_Row(WHOLE)],
    4: [_Row(WHOLE)],
    5: [_Row(teacher) for teacher in (PLAIN, ELCA_EXIT, ELCA_ENTRY, WITH_EGCA, WHOLE)],
    6: [
        _Row(WHOLE, "FERV39k", EXPRESSION),
        _Row(WHOLE, "DFEW", EXPRESSION),
        _Row(WHOLE, "MiX", FROM_008),
    ],
    7: [_Row(replace(PLAIN, middle_blocks=blocks)) for blocks in _BLOCKS],
    8: [_Row(teacher) for teacher in (PLAIN, ADVERSARIAL_ONLY, ELCA_ENTRY, WITHOUT_EGCA)],
    9: [_Row(WHOLE)],
}


def cells_of(table: PrintedTable) -> tuple[Cell, ...]:
    """Of every number that the paper prints of its own network; a dash asks for nothing."""
    own = [index for index, row in enumerate(table.rows) if row.ours]
    return tuple(
        Cell(
            index,
            column,
            heading.figure,
            _asked(wanted, heading.set),
            "auroc" if table.number in _AUC_AS_ACCURACY and heading.set == "MiX" else None,
        )
        for index, wanted in zip(own, _ROWS[table.number], strict=True)
        for column, heading in enumerate(table.columns)
        if table.rows[index].values[column] is not None
    )


def _asked(row: _Row, role: str | None) -> Asked | TeacherChoice:
    if role is None:
        return row.teacher
    train = row.train or role
    task = row.task or TASK_OF_SET[train]
    # A network of drunkenness is scored on drowsy drivers as it is: what it takes for drunk counts as drowsy.
    test_task = DROWSY_OR_NOT if TASK_OF_SET[role] is DROWSY_OR_NOT else task
    return Asked(row.teacher, task, train, role, test_task)
