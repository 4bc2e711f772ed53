"""What tables ask for: which networks, learned from what, scored on what."""

from __future__ import annotations

from model_compression.data.clips.classes import CLASSES
from model_compression.reproduce.paper1.grid import Asked, Cell, cells_of
from model_compression.reproduce.paper1.run_task import (
    DROWSY_OR_NOT,
    EXPRESSION,
    FROM_005,
    FROM_008,
    THREE_LEVELS,
)
from model_compression.reproduce.paper1.teacher_choice import PLAIN, WHOLE, TeacherChoice
from model_compression.reproduce.printed import printed_tables

TABLES = printed_tables(1)


def asked(number: int) -> set[Asked]:
    return {cell.asked for cell in cells_of(TABLES[number]) if isinstance(cell.asked, Asked)}


def cell(number: int, row: int, heading: str) -> Cell:
    column = [each.heading for each in TABLES[number].columns].index(heading)
    return next(c for c in cells_of(TABLES[number]) if (c.row, c.column) == (row, column))


def test_tables_ask_for_as_many_experiments_as_they_have_networks_and_sets() -> None:
    assert {number: len(asked(number)) for number in TABLES} == {
        1: 0,
        2: 3,
        3: 1,
        4: 3,
        5: 25,
        6: 8,
        7: 20,
        8: 16,
        9: 3,
    }


def test_every_number_of_the_papers_own_network_is_asked_for() -> None:
    for table in TABLES.values():
        printed = sum(value is not None for row in table.rows if row.ours for value in row.values)
        assert len(cells_of(table)) == printed


def test_tables_four_and_nine_and_the_last_row_of_five_are_one_experiment() -> None:
    assert asked(4) == asked(9)
    assert asked(4) <= asked(5)
    assert asked(3) <= asked(5)


def test_ablation_adds_one_part_after_the_other() -> None:
    teachers = [cell(5, row, "DFEW UAR").asked.teacher for row in range(5)]  # type: ignore[union-attr]
    assert teachers == [
        TeacherChoice(),
        TeacherChoice(elca="exit"),
        TeacherChoice(elca="entry"),
        TeacherChoice(elca="entry", egca=True),
        TeacherChoice(elca="entry", egca=True, adversarial=True, alignment=True),
    ]


def test_table_eight_leaves_global_attention_out() -> None:
    teachers = {each.teacher for each in asked(8)}
    assert len(teachers) == 4 and not any(teacher.egca for teacher in teachers)
    assert TeacherChoice(adversarial=True) in teachers, "adversarial training alone"


def test_options_are_what_a_teacher_is_made_of() -> None:
    assert WHOLE.options() == {
        "middle_blocks": 5,
        "elca": "entry",
        "egca": True,
        "adversarial": True,
        "alignment": True,
    }


def test_intoxication_is_asked_at_both_thresholds_and_in_three_levels() -> None:
    tasks = [cell(2, row, "F1").asked.task for row in (9, 10, 11)]  # type: ignore[union-attr]
    assert tasks == [FROM_005, FROM_008, THREE_LEVELS]
    assert [FROM_005.class_of(level) for level in range(3)] == [0, 1, 1]
    assert [FROM_008.class_of(level) for level in range(3)] == [0, 0, 1]
    assert (FROM_005.outputs, THREE_LEVELS.outputs, DROWSY_OR_NOT.outputs) == (1, 3, 1)


def test_network_of_another_set_is_scored_as_it_is() -> None:
    other = cell(6, 0, "AFEW WAR").asked
    assert isinstance(other, Asked)
    assert (other.train, other.test, other.task) == ("FERV39k", "AFEW", EXPRESSION)
    drunk = cell(6, 2, "NTHU-DDD Accuracy").asked
    assert isinstance(drunk, Asked)
    assert (drunk.task, drunk.test_task) == (FROM_008, DROWSY_OR_NOT)


def test_parameters_are_asked_of_the_network_alone() -> None:
    assert cell(7, 0, "Params (M)").asked == TeacherChoice(middle_blocks=3)
    assert cell(7, 2, "DFEW UAR").asked.teacher == PLAIN  # type: ignore[union-attr]


def test_auc_stands_beside_what_the_paper_may_mean_by_accuracy() -> None:
    assert cell(7, 2, "Mix Telematics (Acc)").beside == "auroc"
    assert cell(5, 0, "MiX-Telematics Accuracy").beside is None


def test_tasks_cover_the_classes_of_prepared_clips() -> None:
    for task in (EXPRESSION, DROWSY_OR_NOT, THREE_LEVELS, FROM_005, FROM_008):
        assert len(task.numbers) == len(CLASSES[task.of])
        assert set(task.numbers) == set(range(len(task.classes)))
