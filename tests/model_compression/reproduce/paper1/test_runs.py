"""Which clips a run learns from and is scored on, and why some runs cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.reproduce.named_sets import CannotRunError
from model_compression.reproduce.paper1.data_sets import DataSets, data_sets
from model_compression.reproduce.paper1.grid import Asked
from model_compression.reproduce.paper1.run_task import (
    DROWSY_OR_NOT,
    EXPRESSION,
    FROM_008,
    THREE_LEVELS,
)
from model_compression.reproduce.paper1.runs import Recipe, Run, experiment
from model_compression.reproduce.paper1.teacher_choice import PLAIN, WHOLE
from tests.model_compression.reproduce.made_sets import (
    opened,
    rows_of,
    simulated_sets,
    write_set,
)

WITHIN_DFEW = Asked(WHOLE, EXPRESSION, "DFEW", "DFEW", EXPRESSION)
DFEW_ON_AFEW = Asked(WHOLE, EXPRESSION, "DFEW", "AFEW", EXPRESSION)
DRUNK_ON_DROWSY = Asked(WHOLE, FROM_008, "MiX", "NTHU-DDD", DROWSY_OR_NOT)


@pytest.fixture
def films(tmp_path: Path) -> DataSets:
    """DFEW in five folds, AFEW in train and val."""
    write_set(tmp_path / "dfew", "dfew", rows_of("expression", folds=5))
    write_set(tmp_path / "afew", "afew", rows_of("expression", ("train", "val")))
    return DataSets(
        {"DFEW": opened("DFEW", tmp_path / "dfew"), "AFEW": opened("AFEW", tmp_path / "afew")}
    )


def only(asked: Asked, sets: DataSets) -> Run:
    (run,) = experiment(asked, sets, seeds=1, recipe=Recipe()).runs
    return run


def chosen(run: Run, choice: Callable[..., bool], folder: Path) -> set[tuple[str, int]]:
    return {(row.split, row.fold) for row in ClipStore.open(folder).rows if choice(row)}


def test_set_with_folds_is_run_once_a_fold_and_seed(films: DataSets) -> None:
    plan = experiment(WITHIN_DFEW, films, seeds=2, recipe=Recipe())
    assert [len(folds) for folds in plan.by_seed] == [5, 5]
    assert len({run.id for run in plan.runs}) == 10


def test_fold_of_the_run_is_what_is_scored(films: DataSets) -> None:
    run = experiment(WITHIN_DFEW, films, seeds=1, recipe=Recipe()).runs[2]
    assert chosen(run, run.is_scored_on, run.test.folder) == {("", 3)}


def test_another_set_is_scored_by_what_learned_from_all_folds(films: DataSets) -> None:
    run = only(DFEW_ON_AFEW, films)
    assert run.fold == 0
    assert chosen(run, run.is_scored_on, run.test.folder) == {("val", 0)}, "AFEW has no test"


def test_runs_scored_elsewhere_share_their_training(films: DataSets) -> None:
    from_afew = replace(DFEW_ON_AFEW, train="AFEW")
    there, here = only(from_afew, films), only(replace(from_afew, test="DFEW"), films)
    assert there.training_id == here.training_id
    assert there.id != here.id


def test_clips_that_are_not_labelled_for_the_task_are_left_out(tmp_path: Path) -> None:
    run = only(DRUNK_ON_DROWSY, simulated_sets(tmp_path / "sim"))
    rows = ClipStore.open(run.train.folder).rows
    assert {next(iter(row.labels)) for row in rows if run.is_scored_on(row)} == {"drowsiness"}
    assert {row.split for row in rows if run.is_scored_on(row)} == {"test"}


def test_one_simulated_set_in_two_roles_is_one_run(tmp_path: Path) -> None:
    sets = simulated_sets(tmp_path / "sim")
    dfew = experiment(WITHIN_DFEW, sets, seeds=1, recipe=Recipe())
    afew = experiment(
        replace(WITHIN_DFEW, train="AFEW", test="AFEW"), sets, seeds=1, recipe=Recipe()
    )
    assert dfew.simulated and [run.id for run in dfew.runs] == [run.id for run in afew.runs]


def test_role_without_a_folder_says_what_to_give(films: DataSets) -> None:
    with pytest.raises(CannotRunError, match="no folder for MiX: give --data MiX=FOLDER"):
        experiment(replace(WITHIN_DFEW, train="MiX", test="MiX"), films, seeds=1, recipe=Recipe())


def test_set_without_the_task_says_so(films: DataSets) -> None:
    asked = Asked(PLAIN, THREE_LEVELS, "DFEW", "DFEW", THREE_LEVELS)
    with pytest.raises(CannotRunError, match="DFEW has no clips that are labelled for intox"):
        experiment(asked, films, seeds=1, recipe=Recipe())


def test_set_that_would_be_scored_on_what_it_learned_is_refused(tmp_path: Path) -> None:
    write_set(tmp_path / "all", "dfew", rows_of("expression", ("train",)))
    sets = DataSets({"DFEW": opened("DFEW", tmp_path / "all")})
    with pytest.raises(CannotRunError, match="neither folds nor a split to be scored on"):
        experiment(WITHIN_DFEW, sets, seeds=1, recipe=Recipe())


def test_simulated_drivers_in_the_place_of_a_set_are_known_as_such(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", "simulated", rows_of("drowsiness"), ["Beware."])
    found = data_sets([f"NTHU-DDD={folder}"], ClipStore.open).by_role["NTHU-DDD"]
    assert found.simulated and found.name == "simulated-NTHU-DDD"
    assert found.notes == ("Beware.",)


def test_set_itself_goes_before_simulated_drivers(films: DataSets, tmp_path: Path) -> None:
    both = DataSets({**films.by_role, **simulated_sets(tmp_path / "sim").by_role})
    assert both.for_role("DFEW") == films.by_role["DFEW"]
    mixed = both.for_role("MiX")
    assert mixed is not None and mixed.simulated


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("DFEW", "give ROLE=FOLDER with one of the roles DFEW, FERV39k"),
        ("RAF={set}", "with one of the roles"),
        ("AFEW={set}", "holds a set of the kind dfew, not afew"),
        ("simulated={set}", "holds a set of the kind dfew, not simulated"),
        ("DFEW={empty}", "empty"),
    ],
)
def test_folder_in_a_wrong_role_is_one_sentence(tmp_path: Path, word: str, said: str) -> None:
    folder = write_set(tmp_path / "set", "dfew", rows_of("expression", folds=2))
    word = word.format(set=folder, empty=tmp_path / "empty")
    with pytest.raises(UserError, match=said):
        data_sets([word], ClipStore.open)


def test_role_given_twice_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", "dfew", rows_of("expression", folds=2))
    with pytest.raises(UserError, match="DFEW is given twice"):
        data_sets([f"DFEW={folder}"] * 2, ClipStore.open)
