"""`vigil reproduce paper1` as it is typed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from edge_app.errors import UserError
from model_compression.commands.reproduce import app
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.reproduce.embeddings import ClipEmbeddings
from model_compression.reproduce.paper1.runs import Run
from model_compression.reproduce.paper1.teacher_choice import Cost, TeacherChoice
from tests.model_compression.reproduce.made_sets import ALL_TASKS, Guesser, write_set


def reproduce(*words: str) -> str:
    result = CliRunner().invoke(app, ["paper1", *words], env={"COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.fixture
def guesser(monkeypatch: pytest.MonkeyPatch) -> Guesser:
    """In the place of the networks."""
    made = Guesser()

    def train_run(run: Run, folder: Path, /, *, device: str) -> ClipAnswers:
        return made(run, folder)

    def embed_run(run: Run, folder: Path, /, *, device: str) -> ClipEmbeddings:
        return made.embed(run, folder)

    def teacher_cost(teacher: TeacherChoice, /, *, device: str) -> Cost:
        return Cost(16_310_000, None, "no accelerator here")

    training = ModuleType("model_compression.reproduce.paper1.training")
    speed = ModuleType("model_compression.reproduce.paper1.speed")
    training.__dict__.update(train_run=train_run, embed_run=embed_run)
    speed.__dict__.update(teacher_cost=teacher_cost)
    for module in (training, speed):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return made


@pytest.fixture
def simulated(tmp_path: Path) -> str:
    return f"simulated={write_set(tmp_path / 'sim', 'simulated', ALL_TASKS)}"


def test_without_data_the_papers_table_stands_alone() -> None:
    shown = reproduce("--table", "3")
    assert "IsoSSL-MoCo [40]" in shown and "95.04" in shown and "not run" in shown


def test_grid_is_run_shown_and_written(tmp_path: Path, guesser: Guesser, simulated: str) -> None:
    out = tmp_path / "out"
    shown = reproduce("--table", "3", "--table", "1", "--data", simulated, "--out", str(out))
    assert "Table 3: Drowsiness (simulated drivers: consistency, not accuracy)" in shown
    assert len(guesser.trained) == 1 and "16.31" in shown
    assert "not timed: no accelerator here" in shown
    assert "95.04" in (out / "table-3.md").read_text(encoding="utf-8")
    reproduce("--table", "3", "--data", simulated, "--out", str(out))
    assert len(guesser.trained) == 1


def test_dry_run_tells_what_is_done_and_what_is_not(
    tmp_path: Path, guesser: Guesser, simulated: str
) -> None:
    out = ("--data", simulated, "--out", str(tmp_path / "out"))
    reproduce("--table", "3", *out)
    told = reproduce("--table", "5", *out, "--dry-run")
    assert told.count("done ") == 1 and told.count("to run ") == 14
    assert "15 runs of 15 networks" in told
    assert len(guesser.trained) == 1


def test_dry_run_without_data_says_what_is_missing() -> None:
    told = reproduce("--table", "4", "--dry-run")
    assert "0 runs" in told and "cannot run: no folder for AFEW" in told


def test_figure_is_drawn(tmp_path: Path, guesser: Guesser, simulated: str) -> None:
    shown = reproduce("--figure", "3", "--data", simulated, "--out", str(tmp_path / "out"))
    assert "Figure 3" in shown and (tmp_path / "out" / "figure-3.png").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name what to reproduce"),
        (["--table", "10"], "--table 10: the paper has tables 1 to 9"),
        (["--figure", "2"], "--figure 2: only figure 3"),
        (["--figure", "3"], "figure 3 holds no numbers to print"),
        (["--table", "4", "--data", "DFEW=nowhere"], "nowhere"),
        (["--table", "4", "--data", "films=."], "with one of the roles"),
    ],
)
def test_mistake_on_the_command_line_is_one_sentence(words: list[str], said: str) -> None:
    with pytest.raises(UserError) as error:
        reproduce(*words)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_data_without_a_place_for_answers_is_refused(simulated: str) -> None:
    with pytest.raises(UserError, match="--data is given without --out"):
        reproduce("--table", "4", "--data", simulated)
