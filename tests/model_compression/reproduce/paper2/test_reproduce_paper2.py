"""`vigil reproduce paper2` as it is typed, with tiny networks on drawn features and pictures."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_app.errors import UserError
from model_compression.commands.reproduce import app
from tests.model_compression.reproduce.drawn_feature_sets import BEIT_AND_WAVLM, drawn_set

TINY = (
    *("--steps", "8", "--device", "cpu"),
    *("--set", "network.options.hidden=8", "--set", "network.options.context=2"),
    *("--set", "task.options.window=8", "--set", "stages.0.batch=8"),
    *("--set", "stages.0.learning_rate=0.03"),
)


def reproduce(*words: str) -> str:
    result = CliRunner().invoke(app, ["paper2", *words], env={"COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.fixture
def features(tmp_path: Path) -> str:
    return f"Aff-Wild2={drawn_set(tmp_path / 'features', 'aff-wild2-expr', BEIT_AND_WAVLM)}"


def test_without_out_the_papers_numbers_stand_alone() -> None:
    shown = reproduce("--table", "2")
    assert "0.4436" in shown and "not run" in shown


def test_fusion_is_trained_once_measured_with_each_lambda_and_kept(
    tmp_path: Path, features: str
) -> None:
    pytest.importorskip("lightning")
    words = ("--table", "2", "--data", features, "--out", str(tmp_path / "out"), *TINY)
    assert "4 measurings of 1 networks" in reproduce(*words, "--dry-run")
    shown = reproduce(*words)
    assert "not run" not in shown and "lambda-fusion, 8 steps" in shown
    assert len(list((tmp_path / "out/trainings").iterdir())) == 1
    kept = [json.loads(p.read_text()) for p in (tmp_path / "out/measured").glob("*.json")]
    assert len(kept) == 4
    assert len({one["figures"]["macro_f1"]["value"] for one in kept}) > 1
    assert (tmp_path / "out/table-2.md").is_file()
    assert "4 of 4 are measured already" in reproduce(*words)


def test_a_network_that_breaks_off_leaves_the_table_and_ends_with_1(
    tmp_path: Path, features: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lightning")
    from model_compression.training.tasks.audio_visual import AudioVisualTask

    def losses(self: Any, student: Any, batch: Any) -> Any:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(AudioVisualTask, "losses", losses)
    words = ("paper2", "--table", "2", "--data", features, "--out", str(tmp_path / "out"), *TINY)
    result = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert result.exit_code == 1 and "internal error: 4 broke off: lambda-fusion" in result.output
    assert "broke off with RuntimeError: out of memory" in (tmp_path / "out/table-2.md").read_text()


def test_a_training_that_was_stopped_goes_on(
    tmp_path: Path, features: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lightning")
    from model_compression.training.tasks.audio_visual import AudioVisualTask

    words = ("--table", "2", "--data", features, "--out", str(tmp_path / "out"), *TINY)
    plain = AudioVisualTask.losses
    seen = 0

    def losses(self: Any, student: Any, batch: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return plain(self, student, batch)

    monkeypatch.setattr(AudioVisualTask, "losses", losses)
    CliRunner().invoke(app, ["paper2", *words])
    assert not list((tmp_path / "out").glob("measured/*.json"))
    reproduce(*words)
    assert seen == 8  # of both calls together
    assert len(list((tmp_path / "out/measured").glob("*.json"))) == 4


def test_visual_stage_goes_on_from_seven_to_eight_expressions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lightning")
    from model_compression.reproduce.paper2 import plan
    from tests.model_compression.tasks.drawn_pictures import drawn_pictures

    # Its own smallest backbone has 24 million weights.
    monkeypatch.setattr(plan, "BACKBONES", dict.fromkeys(plan.BACKBONES, "mobilefacenet"))
    seven = drawn_pictures(tmp_path / "seven", task="expression", each={"train": 2, "val": 1})
    words = (
        *("--table", "1", "--data", f"pictures={seven}", "--out", str(tmp_path / "out")),
        *("--steps", "2", "--device", "cpu", "--set", "workers=0"),
        *("--set", "network.options.side_px=32", "--set", "network.options.width=0.25"),
        *("--set", "stages.0.crop_px=32", "--set", "stages.0.batch=4"),
    )
    shown = reproduce(*words)
    assert "not run" not in shown
    assert "visual-stage-aff-wild2, 2 steps" in shown
    assert len(list((tmp_path / "out/trainings").iterdir())) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name what to reproduce: --table 1 to 3"),
        (["--table", "4"], "--table 4: the paper has tables 1 to 3"),
        (["--table", "2", "--data", "Aff-Wild2=nowhere"], "with --out"),
        (["--table", "2", "--dry-run", "--data", "films=."], "one of the roles"),
        (["--table", "2", "--dry-run", "--config", "fusion=x"], "one of the names visual-stage"),
        (["--table", "1", "--weights", "beit-l16=nowhere"], "name a folder of transformers"),
        (["--table", "1", "--dry-run", "--weights", "vit-b16=."], "with config.json and weights"),
        (["--table", "1", "--dry-run", "--weights", "resnet-50=gone"], "there is no such file"),
        (["--table", "1", "--dry-run", "--weights", "resnet-50=."], "nor a run of Vigil's"),
    ],
)
def test_mistake_on_the_command_line_is_one_sentence(words: list[str], said: str) -> None:
    with pytest.raises(UserError) as error:
        reproduce(*words)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_setting_that_no_training_knows_is_refused_before_anything_is_done(
    tmp_path: Path, features: str
) -> None:
    out = tmp_path / "out"
    with pytest.raises(UserError, match="stage_count"):
        reproduce("--table", "3", "--data", features, "--out", str(out), "--set", "stage_count=1")
    assert not out.exists()


def test_setting_that_only_the_task_can_know_is_refused_in_a_dry_run_too(features: str) -> None:
    pytest.importorskip("lightning")
    with pytest.raises(UserError, match=r"lambda-fusion: --set task\.options\.windw: "):
        reproduce(
            *("--table", "2", "--data", features), "--dry-run", "--set", "task.options.windw=8"
        )


def test_dry_run_without_data_says_what_is_missing() -> None:
    told = reproduce("--table", "1", "--table", "3", "--dry-run")
    assert "0 measurings of 0 networks" in told
    assert "no features of Aff-Wild2: give --data Aff-Wild2=FOLDER" in told
    assert "no pictures of Aff-Wild2-faces" in told
