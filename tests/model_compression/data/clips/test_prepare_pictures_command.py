"""`vigil data prepare` of pictures as it is typed: what is told, and which options are not theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from edge_app.errors import UserError
from model_compression.commands.prepare_clips import prepare
from model_compression.data.clips.kinds import KINDS
from tests.model_compression.data.clips.miniature_sets import dfew, face_frames
from tests.model_compression.data.clips.picture_sets import (
    affectnet_arrays,
    face,
    fer2013_arrays,
    people,
    tight_face,
)

app = typer.Typer()
app.command()(prepare)


def run(kind: str, root: Path, out: Path, *options: str) -> Result:
    words = [kind, "--root", str(root), "--out", str(out), "--size", "32", *options]
    return CliRunner().invoke(app, words)


def test_summary_tells_pictures_classes_and_the_range_of_values(tmp_path: Path) -> None:
    told = {"1": (1, 0.5, -0.25), "2": (7, -0.7, 0.75)}
    affectnet_arrays(tmp_path / "set", "train", told, face())
    root = affectnet_arrays(tmp_path / "set", "val", {"1": (9, -2.0, -2.0)}, face())
    result = run("affectnet", root, tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "pictures: 2, people: unknown, 0.0 MiB" in result.stdout
    assert "expression: neutral 0, happiness 1, sadness 0" in result.stdout
    assert "anger 0, contempt 1" in result.stdout
    assert "arousal: -0.25 to 0.75, mean 0.25, of 2" in result.stdout
    assert "valence: -0.70 to 0.50, mean -0.10, of 2" in result.stdout
    assert "found in 100.0% of 2 pictures" in result.stdout
    assert "made now: 2 pictures" in result.stdout
    assert "note: 1 pictures of an uncertain expression were left out." in result.stderr


def test_pictures_that_are_kept_whole_are_told(tmp_path: Path) -> None:
    blank = np.full((48, 48), 90, np.uint8)
    fer2013_arrays(tmp_path / "set", "train", [tight_face(), blank], [0, 1])
    root = fer2013_arrays(tmp_path / "set", "val", [tight_face()], [0])
    result = run("fer2013", root, tmp_path / "out", "--no-face", "keep")
    assert "found in 66.7% of 3 pictures" in result.stdout
    assert "kept whole, as no face is found in them: 1" in result.stdout


def test_many_people_are_counted_and_not_named(tmp_path: Path) -> None:
    root = people(tmp_path / "set", {f"p{n:02d}": 1 + n % 2 for n in range(21)}, tight_face())
    result = run("faces-by-person", root, tmp_path / "out")
    assert "people: 21, " in result.stdout
    assert "identity: 21 classes, 1 to 2 each" in result.stdout


def test_help_names_every_kind() -> None:
    told = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).stdout
    assert [kind for kind in KINDS if kind not in told] == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--window-s", "4"), "--window-s is for videos, and faces-by-person has pictures"),
        (("--frame-rate", "5"), "--frame-rate is for videos"),
        (("--no-face", "drop"), "--no-face is drop but must be leave or keep"),
    ],
)
def test_option_without_sense_for_pictures_is_refused_before_any_work(
    tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    root = people(tmp_path / "set", {"ann": 1, "bob": 1}, face())
    error = run("faces-by-person", root, tmp_path / "out", *options).exception
    assert isinstance(error, UserError)
    assert told in str(error)
    assert not (tmp_path / "out").exists()


def test_videos_have_no_pictures_to_keep(tmp_path: Path) -> None:
    root = dfew(tmp_path / "set", face_frames(1))
    error = run("dfew", root, tmp_path / "out", "--no-face", "keep").exception
    assert isinstance(error, UserError)
    assert "--no-face is for sets of pictures, and dfew has videos" in str(error)
