"""`vigil evaluate-frames` on a trained network: figures, files, and what it warns of."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from edge_app.errors import UserError
from model_compression.commands.evaluate_frames import evaluate_frames
from model_compression.evaluation.frames.answers import FrameAnswers
from tests.model_compression.audio_visual.conftest import Teach
from tests.model_compression.audio_visual.drawn_features import MOODS, drawn_features


def told(*words: object) -> str:
    app = typer.Typer()
    app.command()(evaluate_frames)
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_figures_answers_and_picture_are_written(teach: Teach, tmp_path: Path) -> None:
    features = drawn_features(tmp_path / "features")
    teach(features, steps=3)
    files = [tmp_path / name for name in ("figures.json", "answers.npz", "classes.png")]
    said = told(
        *(tmp_path / "run", "--prepared", features, "--threads", 1, "--device", "cpu"),
        *("--json", files[0], "--answers", files[1], "--png", files[2]),
    )
    assert "macro F1" in said and "Warning" not in said
    written = json.loads(files[0].read_text())
    answers = FrameAnswers.load(files[1])
    assert written["n"] == len(answers) and written["people"] == 2
    assert written["figures"]["accuracy"] == pytest.approx(
        (answers.said == answers.truth).mean(), abs=1e-4
    )
    assert written["classes"] == list(MOODS)
    assert written["smoothing"] == {"filter": "median", "kernel": 3}
    assert cv2.imread(str(files[2])) is not None


def test_answers_are_smoothed_as_asked_for(teach: Teach, tmp_path: Path) -> None:
    features = drawn_features(tmp_path / "features")
    teach(features, steps=3)
    rest = ("--prepared", features, "--threads", 1, "--device", "cpu", "--answers")
    files = {how: tmp_path / f"{how}.npz" for how in ("median", "none")}
    assert "median of 3 frames" in told(tmp_path / "run", *rest, files["median"])
    assert "not smoothed" in told(tmp_path / "run", *rest, files["none"], "--smoothing", "none")
    one, other = (FrameAnswers.load(file).probabilities for file in files.values())
    assert one.shape == other.shape and not np.allclose(one, other, atol=1e-4)


def test_it_warns_of_people_that_were_learned_from_or_chosen_by(
    teach: Teach, tmp_path: Path
) -> None:
    features = drawn_features(tmp_path / "features")
    teach(features, "task.options.choose_by=val", steps=2)
    run = (tmp_path / "run", "--prepared", features, "--threads", 1, "--device", "cpu")
    assert "weights were chosen on these people" in told(*run)
    assert "it learned from these people" in told(*run, "--split", "train")
    others = drawn_features(tmp_path / "others", seed=9)
    assert "is not known" in told(run[0], "--prepared", others, *run[3:])


def test_baseline_is_asked_with_any_weight_and_the_other_network_with_none(
    teach: Teach, tmp_path: Path
) -> None:
    features = drawn_features(tmp_path / "features", told_by="face", with_faces=1)
    teach(features, config="lambda-fusion", steps=80)
    rest = ("--prepared", features, "--threads", 1, "--device", "cpu", "--json")
    figures = []
    for weight in (0, 1):
        file = tmp_path / f"{weight}.json"
        said = told(tmp_path / "run", *rest, file, "--visual-weight", weight)
        assert f"lambda {weight}" in said
        figures.append(json.loads(file.read_text())["figures"]["accuracy"])
    assert figures[1] > figures[0] + 0.3
    teach(features, out="other", steps=2)
    with pytest.raises(UserError, match="only lambda-fusion has a weight"):
        told(tmp_path / "other", *rest, file, "--visual-weight", 0.5)


def test_split_without_videos_and_one_without_labels_are_refused(
    teach: Teach, tmp_path: Path
) -> None:
    features = drawn_features(tmp_path / "features")
    teach(features, steps=2)
    rest = (tmp_path / "run", "--device", "cpu", "--prepared")
    with pytest.raises(UserError, match="has no videos of test; it has train, val"):
        told(*rest, features, "--split", "test")
    unlabelled = drawn_features(tmp_path / "unlabelled", labelled=0)
    with pytest.raises(UserError, match=r"no frame is labelled for mood .* choose another --split"):
        told(*rest, unlabelled)
