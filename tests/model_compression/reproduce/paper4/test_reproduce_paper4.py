"""`vigil reproduce paper4` as it is typed, with heads on drawn features and a tiny student."""

from __future__ import annotations

import json
import os
import re
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_app.errors import UserError
from model_compression.commands.reproduce import app
from model_compression.data.clips.index import read_index
from tests.model_compression.reproduce.drawn_feature_sets import drawn_set, students


def reproduce(*words: str) -> str:
    result = CliRunner().invoke(app, ["paper4", *words], env={"COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return result.output


def here(text: str) -> list[list[str]]:
    """Cells of the rows of ours in a written table that hold a number."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if "→ here" in line]
    return [row for row in rows if any(re.fullmatch(r"-?\d\.\d+", cell) for cell in row)]


def measured(out: Path, name: str) -> dict[str, Any]:
    (file,) = (out / "measured").glob(f"{name}*.json")
    return json.loads(file.read_text())["figures"]  # type: ignore[no-any-return]


@pytest.fixture
def valence(tmp_path: Path) -> str:
    folder = drawn_set(tmp_path / "va", "aff-wild2-va", students("mt-ddamfn", "ddamfn"))
    return f"Aff-Wild2-VA={folder}"


HEADS = ("--device", "cpu", "--steps", "8", "--set", "stages.0.batch=32", "--set", "workers=0")


def test_heads_of_valence_are_trained_measured_raw_and_smoothed_and_kept(
    tmp_path: Path, valence: str
) -> None:
    pytest.importorskip("lightning")
    out = tmp_path / "out"
    words = ("--table", "2", "--table", "3", "--data", valence, "--out", str(out), *HEADS)
    told = reproduce(*words, "--dry-run")
    assert "5 measurings of 2 networks" in told and "no stream mt-mobilevit.scores" in told
    reproduce(*words)
    assert len(here((out / "table-2.md").read_text())) == 4
    assert len(here((out / "table-3.md").read_text())) == 1
    assert "5 of 5 are measured already" in reproduce(*words)


def test_a_head_that_was_stopped_goes_on(
    tmp_path: Path, valence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lightning")
    from model_compression.training.tasks.valence_arousal import ValenceArousalTask

    out = tmp_path / "out"
    words = ("--table", "2", "--data", valence, "--out", str(out), *HEADS)
    plain, seen = ValenceArousalTask.losses, 0

    def losses(self: Any, student: Any, batch: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == 12:  # in the second head
            os.kill(os.getpid(), signal.SIGTERM)
        return plain(self, student, batch)

    monkeypatch.setattr(ValenceArousalTask, "losses", losses)
    CliRunner().invoke(app, ["paper4", *words])
    assert len(list((out / "measured").glob("*.json"))) == 2
    reproduce(*words)
    assert seen == 16 and len(list((out / "measured").glob("*.json"))) == 4


def test_compounds_need_no_training_and_have_an_f1_where_frames_are_labelled(
    tmp_path: Path,
) -> None:
    pytest.importorskip("torch")
    for labelled in (True, False):
        name = f"labelled-{labelled}"
        folder = drawn_set(
            tmp_path / name, "c-expr", students("ddamfn"), splits=("test",) * 3, labelled=labelled
        )
        out = tmp_path / f"out-{name}"
        words = ("--data", f"C-EXPR={folder}", "--out", str(out), "--device", "cpu")
        shown = reproduce("--table", "5", "--table", "6", *words)
        figures = measured(out, "compound")
        assert "kl_clustered_audio" in figures
        assert (figures["macro_f1"]["value"] is not None) == labelled
        assert ("no frame of this set is labelled" in shown) != labelled
        assert not (out / "trainings").exists()


def test_compounds_are_told_of_a_student_that_was_fine_tuned_on_aff_wild2(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    streams = students("ddamfn", "efficientnet-b0-expr")
    folder = drawn_set(tmp_path / "ce", "c-expr", streams, splits=("test",) * 3)
    out = tmp_path / "out"
    words = ("--data", f"C-EXPR={folder}", "--out", str(out), "--device", "cpu")
    reproduce("--table", "6", *words)
    rows = (out / "table-6.md").read_text().splitlines()
    (row,) = (
        at for at, line in enumerate(rows) if line.startswith("| EmotiEffNet-B0 (EXPR_ft) | 0")
    )
    assert re.search(r"\d\.\d", rows[row + 1])


def test_fused_heads_of_mimicry_are_those_of_the_rows_above(tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    splits = ("train",) * 6 + ("val",) * 4
    folder = drawn_set(tmp_path / "emi", "hume-vidmimic2", students("mt-ddamfn"), splits=splits)
    out = tmp_path / "out"
    words = ("--data", f"Hume-Vidmimic2={folder}", "--out", str(out), *HEADS)
    reproduce("--table", "7", *words)
    # Four heads of faces, two of sound, and nothing anew for the fused row.
    assert len(list((out / "trainings").iterdir())) == 6
    assert len(list((out / "measured").iterdir())) == 7
    assert len(here((out / "table-7.md").read_text())) == 7


def tiny(path: Path, task: str) -> str:
    """A configuration for drawn pictures of 32 px."""
    options = "backbone: mobilefacenet, side_px: 32, width: 0.25, activation: relu, dropout: 0"
    path.write_text(
        f"""
name: tiny
part: network
network: {{name: picture-network, options: {{{options}}}}}
task: {{name: {task}}}
stages: [{{crop_px: 32, steps: 4, batch: 8, learning_rate: 1.0e-3, frozen: [early]}}]
optimizer: adamw
workers: 0
validate_every_steps: 4
"""
    )
    return str(path)


def test_students_go_from_people_to_expressions_and_values(tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    from tests.model_compression.tasks.drawn_pictures import drawn_pictures

    pictures = drawn_pictures(tmp_path / "pictures", each={"train": 2, "val": 2})
    people = drawn_pictures(
        tmp_path / "people", task="identity", people=3, each={"train": 10}, values=False
    )
    index = read_index(people)
    replace(index, description={**index.description, "kind": "faces-by-person"}).write(people)
    affect = tiny(tmp_path / "affect.yaml", "affect")
    out = tmp_path / "out"
    students = ("efficientnet", "mobilefacenet", "mobilevit", "ddamfn")
    shown = reproduce(
        *("--table", "1", "--data", f"pictures={pictures}", "--data", f"VGGFace2={people}"),
        *("--config", f"identity={tiny(tmp_path / 'identity.yaml', 'identity')}"),
        *(word for name in students for word in ("--config", f"affect-{name}={affect}")),
        *("--out", str(out), "--device", "cpu"),
    )
    assert shown.count("not run: ") == 1 and "no option 'width'" in shown
    # Of one backbone all begin with the same people; EfficientNet-B2 does not take the width of the others.
    names = [one.name for one in (out / "trainings").iterdir()]
    assert sum(name.startswith("identity-mobilefacenet") for name in names) == 1
    figures = measured(out, "mt-mobilefacenet")
    assert set(figures) >= {"accuracy_8", "accuracy_7", "rmse_valence", "ccc_arousal"}
    assert figures["accuracy_8"]["n"] == 16 and figures["accuracy_7"]["n"] == 14
    assert "ccc_valence" not in measured(out, "efficientnet-b0")
    (run,) = (out / "trainings").glob("mt-mobilefacenet*/run.json")
    assert "tensors taken over" in json.loads(run.read_text())["init_from"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name what to reproduce: --table 1 to 8"),
        (["--table", "9"], "--table 9: the paper has tables 1 to 8"),
        (["--table", "7", "--dry-run", "--data", "Hume=."], "one of the roles AffectNet, VGGFace2"),
        (["--table", "1", "--dry-run", "--config", "affect=x"], "one of the names identity"),
    ],
)
def test_mistake_on_the_command_line_is_one_sentence(words: list[str], said: str) -> None:
    with pytest.raises(UserError) as error:
        reproduce(*words)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_table_of_a_test_server_is_printed_with_its_reason(tmp_path: Path) -> None:
    shown = reproduce("--table", "4", "--table", "8", "--out", str(tmp_path / "out"))
    assert "0.5202" in shown and "0.3316" in shown
    assert "the organisers' alone" in (tmp_path / "out/table-8.md").read_text()
