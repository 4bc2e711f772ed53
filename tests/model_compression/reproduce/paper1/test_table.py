"""The paper's tables with what came out here, as they are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from edge_app.errors import UserError
from model_compression.evaluation.bench import untracked
from model_compression.evaluation.clips.figures import figure_over_seeds
from model_compression.reproduce.paper1.data_sets import DataSets
from model_compression.reproduce.paper1.outcomes import experiments_of, reproduction
from model_compression.reproduce.paper1.runner import GridAnswers, TrainRun, run_grid
from model_compression.reproduce.paper1.runs import Recipe
from model_compression.reproduce.paper1.teacher_choice import Cost, TeacherChoice, TeacherCost
from model_compression.reproduce.printed import printed_tables
from model_compression.reproduce.reproduction import Reproduction
from model_compression.reproduce.table import detail_rows, markdown, printed_rows, show
from tests.model_compression.reproduce.made_sets import (
    Guesser,
    opened,
    rows_of,
    simulated_sets,
    write_set,
)

TABLES = printed_tables(1)


def made(
    number: int,
    sets: DataSets,
    out: Path,
    *,
    seeds: int = 1,
    cost: TeacherCost | None = None,
    train_run: TrainRun | None = None,
) -> tuple[Reproduction, GridAnswers]:
    planned = experiments_of([TABLES[number]], sets, seeds=seeds, recipe=Recipe())
    runs = [run for plan in planned.values() if not isinstance(plan, str) for run in plan.runs]
    grid = run_grid(runs, out, train_run or Guesser(), track=untracked, say=lambda _: None)
    return reproduction(TABLES[number], planned, grid, cost), grid


def test_paper_alone_has_not_run_in_the_place_of_ours() -> None:
    text = markdown(Reproduction(TABLES[4]))
    assert "| Former-DFER [68] | 53.69 | 65.70 | 37.20 | 46.85 | 47.42 | 50.92 |" in text
    assert "| → here | not run |" in text
    assert "| Ours | FERV39k WAR (%) | 53.78 | not run |" in text
    assert "simulated" not in text


def test_heading_says_that_the_drivers_are_simulated(tmp_path: Path) -> None:
    told, _ = made(3, simulated_sets(tmp_path / "sim"), tmp_path / "out")
    assert "(simulated drivers: consistency, not accuracy)" in told.heading
    assert told.heading in markdown(told)


def test_heading_names_the_sets_that_are_simulated(tmp_path: Path) -> None:
    write_set(tmp_path / "dfew", "dfew", rows_of("expression", folds=2))
    sets = DataSets(
        {
            "DFEW": opened("DFEW", tmp_path / "dfew"),
            **simulated_sets(tmp_path / "sim").by_role,
        }
    )
    told, _ = made(4, sets, tmp_path / "out")
    assert "(simulated drivers in place of FERV39k, AFEW: consistency, not accuracy)" in (
        told.heading
    )


def test_simulated_levels_of_intoxication_are_no_blood_alcohol(tmp_path: Path) -> None:
    sets = simulated_sets(tmp_path / "sim")
    drunk, _ = made(2, sets, tmp_path / "out")
    drowsy, _ = made(3, sets, tmp_path / "out")
    assert "no blood alcohol concentration" in markdown(drunk)
    assert "no blood alcohol concentration" not in markdown(drowsy)


def test_ours_stands_with_interval_clips_and_people(tmp_path: Path) -> None:
    told, grid = made(3, simulated_sets(tmp_path / "sim"), tmp_path / "out")
    (answers,) = grid.answers.values()
    figure = figure_over_seeds([answers], "accuracy")
    assert figure.value is not None and figure.low is not None and figure.high is not None
    (row,) = detail_rows(told)
    assert row == [
        "Ours",
        "Accuracy (%)",
        "95.04",
        f"{100 * figure.value:.2f}",
        f"{100 * figure.low:.2f}–{100 * figure.high:.2f}",
        "12",
        "6",
        "",
    ]


def test_row_that_could_not_be_run_says_why(tmp_path: Path) -> None:
    write_set(tmp_path / "dfew", "dfew", rows_of("expression", folds=2))
    sets = DataSets({"DFEW": opened("DFEW", tmp_path / "dfew")})
    told, _ = made(9, sets, tmp_path / "out")
    remarks = {row[1]: (row[3], row[-1]) for row in detail_rows(told)}
    assert remarks["AFEW UAR (%)"][0] == "not run"
    assert "no folder for AFEW: give --data AFEW=FOLDER" in remarks["AFEW UAR (%)"][1]
    assert remarks["DFEW UAR (%)"][0] != "not run"


def test_run_that_failed_says_why_in_its_row(tmp_path: Path) -> None:
    def refuse(run: object, folder: Path, /) -> None:
        raise UserError("the clips are too short")

    told, _ = made(
        3,
        simulated_sets(tmp_path / "sim"),
        tmp_path / "out",
        train_run=refuse,  # type: ignore[arg-type]
    )
    assert detail_rows(told)[0][-1] == "the clips are too short"


def test_folds_are_pooled_and_their_mean_stands_beside(tmp_path: Path) -> None:
    write_set(tmp_path / "dfew", "dfew", rows_of("expression", folds=3))
    sets = DataSets({"DFEW": opened("DFEW", tmp_path / "dfew")})
    told, grid = made(9, sets, tmp_path / "out")
    war = next(row for row in detail_rows(told) if row[1] == "DFEW WAR (%)")
    accuracies = [float((own.said == own.truth).mean()) for own in grid.answers.values()]
    assert len(accuracies) == 3 and war[5] == str(3 * 6 * 7)
    assert war[-1] == f"mean of 3 folds {100 * np.mean(accuracies):.2f}"


def test_seeds_are_averaged_and_their_spread_is_told(tmp_path: Path) -> None:
    told, grid = made(3, simulated_sets(tmp_path / "sim"), tmp_path / "out", seeds=3)
    each = [100 * float((own.said == own.truth).mean()) for own in grid.answers.values()]
    (row,) = detail_rows(told)
    assert row[3] == f"{np.mean(each):.2f}" and row[5] == "12"
    assert row[-1] == f"mean of 3 seeds, {min(each):.2f} to {max(each):.2f}"


def test_clips_of_long_videos_are_judged_by_video_beside(tmp_path: Path) -> None:
    rows = [replace(row, video=row.person) for row in rows_of("intoxication", folds=2)]
    rows = [replace(row, labels={"intoxication": len(row.person) % 3}) for row in rows]
    write_set(tmp_path / "mix", "mix-bac", rows)
    told, _ = made(2, DataSets({"MiX": opened("MiX", tmp_path / "mix")}), tmp_path / "out")
    accuracy = next(row for row in detail_rows(told) if row[:2] == ["Multi-class", "Accuracy"])
    assert "by video" in accuracy[-1] and "(of 12)" in accuracy[-1]


def test_cost_of_a_network_is_shown_in_millions_and_milliseconds() -> None:
    asked = []

    def cost(teacher: TeacherChoice, /) -> Cost:
        asked.append(teacher.middle_blocks)
        return Cost(16_310_000, (8.0, 14.0), "16 frames of 299 px on an accelerator")

    nothing = GridAnswers({}, {})
    told = reproduction(TABLES[1], {}, nothing, cost)
    assert printed_rows(told)[-1] == ["→ here", "16.31", "8–14"]
    assert detail_rows(told)[1][-1] == "16 frames of 299 px on an accelerator"
    assert set(asked) == {5}


def test_dash_of_the_paper_stays_a_dash(tmp_path: Path) -> None:
    told, _ = made(6, simulated_sets(tmp_path / "sim"), tmp_path / "out")
    rows = printed_rows(told)
    assert rows[1][0] == "→ here" and rows[1][-2:] == ["–", "–"]
    assert "–" not in rows[1][1:-2]


def test_notes_of_the_set_and_of_the_paper_stand_below(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "set", "simulated", rows_of("drowsiness"), ["Splits share people."]
    )
    sets = DataSets({"simulated": opened("simulated", folder, simulated=True)})
    text = markdown(made(3, sets, tmp_path / "out")[0])
    assert "- simulated: Splits share people." in text
    assert "- Neither clip length nor stride is given" in text


def test_set_that_plays_several_roles_is_named(tmp_path: Path) -> None:
    text = markdown(made(4, simulated_sets(tmp_path / "sim"), tmp_path / "out")[0])
    assert "- simulated plays DFEW, FERV39k, AFEW" in text


def test_validation_clips_are_not_passed_off_as_test(tmp_path: Path) -> None:
    write_set(tmp_path / "afew", "afew", rows_of("expression", ("train", "val")))
    sets = DataSets({"AFEW": opened("AFEW", tmp_path / "afew")})
    text = markdown(made(4, sets, tmp_path / "out")[0])
    assert "- AFEW has no test clips with labels: it is scored on val." in text


@pytest.mark.parametrize("number", TABLES)
def test_terminal_shows_every_row_of_the_paper(number: int) -> None:
    console = Console(width=200)
    with console.capture() as capture:
        show(console, Reproduction(TABLES[number]))
    shown = capture.get()
    assert all(row.labels[0] in shown for row in TABLES[number].rows)
    assert "not run" in shown
