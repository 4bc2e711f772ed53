"""A grid that is stopped goes on, and one run that cannot be made does not end it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.errors import UserError
from model_compression.evaluation.bench import untracked
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.reproduce.paper1.outcomes import experiments_of
from model_compression.reproduce.paper1.runner import (
    ANSWERS,
    GridAnswers,
    TrainRun,
    is_finished,
    run_grid,
)
from model_compression.reproduce.paper1.runs import Recipe, Run
from model_compression.reproduce.printed import printed_tables
from tests.model_compression.reproduce.made_sets import Guesser, simulated_sets


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    """Table 8 on one simulated set: four networks of three tasks each."""
    return of_table_8(tmp_path)


def of_table_8(tmp_path: Path, steps: int | None = None) -> list[Run]:
    sets = simulated_sets(tmp_path / "sim")
    planned = experiments_of([printed_tables(1)[8]], sets, seeds=1, recipe=Recipe(steps=steps))
    return [run for plan in planned.values() if not isinstance(plan, str) for run in plan.runs]


def grid(
    runs: list[Run], out: Path, train_run: TrainRun, said: list[str] | None = None
) -> GridAnswers:
    lines: list[str] = [] if said is None else said
    return run_grid(runs, out, train_run, track=untracked, say=lines.append)


class Stopped(Guesser):
    """Somebody presses Ctrl-C in the third run."""

    def __call__(self, run: Run, folder: Path, /) -> ClipAnswers:
        if len(self.trained) == 2:
            raise KeyboardInterrupt
        return super().__call__(run, folder)


def test_stopped_grid_goes_on_without_running_again(tmp_path: Path, runs: list[Run]) -> None:
    out, stopped, guesser = tmp_path / "out", Stopped(), Guesser()
    with pytest.raises(KeyboardInterrupt):
        grid(runs, out, stopped)
    done = grid(runs, out, guesser)
    assert set(done.answers) == {run.id for run in runs}
    assert len(stopped.trained) == 2 and not set(stopped.trained) & set(guesser.trained)
    again = Guesser()
    grid(runs, out, again)
    assert again.trained == []


def test_roles_that_one_set_plays_are_run_once(tmp_path: Path, runs: list[Run]) -> None:
    """DFEW and FERV39k are both the simulated set."""
    guesser = Guesser()
    grid(runs, tmp_path / "out", guesser)
    assert len(runs) == 16 and len(guesser.trained) == len(set(guesser.trained)) == 12


def test_trainings_have_folders_of_their_own(tmp_path: Path, runs: list[Run]) -> None:
    folders = []

    class Watched(Guesser):
        def __call__(self, run: Run, folder: Path, /) -> ClipAnswers:
            folders.append(folder)
            return super().__call__(run, folder)

    grid(runs, tmp_path / "out", Watched())
    assert len(set(folders)) == 12
    assert {folder.parent for folder in folders} == {tmp_path / "out" / "trainings"}


def test_run_that_cannot_be_made_is_told_and_the_others_go_on(
    tmp_path: Path, runs: list[Run]
) -> None:
    class Refusing(Guesser):
        def __call__(self, run: Run, folder: Path, /) -> ClipAnswers:
            if run.task.name == "drowsiness":
                raise UserError("the clips are too short")
            return super().__call__(run, folder)

    said: list[str] = []
    done = grid(runs, tmp_path / "out", Refusing(), said)
    assert set(done.failed.values()) == {"the clips are too short"} and len(done.failed) == 4
    assert len(done.answers) == 8
    assert any("not run: the clips are too short" in line for line in said)


def test_answers_of_other_steps_are_not_taken_for_these(tmp_path: Path, runs: list[Run]) -> None:
    grid(runs, tmp_path / "out", Guesser())
    longer = of_table_8(tmp_path, steps=500)
    with pytest.raises(UserError, match="holds a run with another steps; repeat the options"):
        grid(longer, tmp_path / "out", Guesser())


def test_damaged_answers_are_refused(tmp_path: Path, runs: list[Run]) -> None:
    grid(runs[:1], tmp_path / "out", Guesser())
    (tmp_path / "out" / runs[0].id / ANSWERS).write_bytes(b"PK")
    with pytest.raises(UserError, match=r"is damaged .*delete it"):
        grid(runs[:1], tmp_path / "out", Guesser())


def test_finished_run_is_known_as_such(tmp_path: Path, runs: list[Run]) -> None:
    grid(runs[:1], tmp_path / "out", Guesser())
    assert [is_finished(run, tmp_path / "out") for run in (runs[0], runs[-1])] == [True, False]
