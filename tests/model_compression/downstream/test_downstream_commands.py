"""`vigil compound` and `vigil evaluate-heads` from the outside."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer

from edge_app.errors import UserError
from model_compression.commands.downstream import compound, evaluate_heads
from tests.model_compression.downstream.drawn_features import drawn_features

LOCAL = ("val",) * 6


def run(command: object, *words: str) -> None:
    app = typer.Typer(add_completion=False)
    app.command()(command)  # type: ignore[type-var]
    typer.main.get_command(app)(args=list(words), standalone_mode=False)


def test_compound_writes_figures_frames_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = drawn_features(tmp_path / "features", splits=LOCAL, faceless=[2])
    out = {name: tmp_path / f"out.{name}" for name in ("json", "csv", "png")}
    words = [word for name, path in out.items() for word in (f"--{name}", str(path))]
    run(compound, str(made.folder), "--cluster", *words)
    document = json.loads(out["json"].read_text())
    names = [model["name"] for model in document["models"]]
    assert names == [
        "drawn",
        "drawn, clusters of scores",
        "drawn, clusters of embedding",
        "drawn, clusters of wav2vec2",
    ]
    assert len(document["kappa"]) == 6
    assert document["models"][0]["intervals"]["kl"]["n"] == 5 * 24
    assert document["models"][3]["intervals"]["kl"]["n"] == 6 * 24
    assert document["without_a_face"]["drawn"] == ["video-2"]
    rows = list(csv.DictReader(out["csv"].open()))
    assert len(rows) == 6 * 24
    silent = [row for row in rows if row["video"] == "video-2"]
    assert {row["drawn"] for row in silent} == {""}
    assert "" not in {row["drawn, clusters of wav2vec2"] for row in silent}
    assert out["png"].read_bytes().startswith(b"\x89PNG")
    assert "no face in 1 videos: video-2" in capsys.readouterr().out


def test_compound_refuses_sets_of_other_videos(tmp_path: Path) -> None:
    first = drawn_features(tmp_path / "first", splits=LOCAL)
    other = drawn_features(tmp_path / "other", splits=("val",) * 3)
    with pytest.raises(UserError, match="other videos or frames"):
        run(compound, str(first.folder), str(other.folder))


def test_a_student_by_itself_is_measured_in_every_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    made = drawn_features(tmp_path / "features", splits=LOCAL, faceless=[0])
    out = tmp_path / "figures.json"
    words = ("--prepared", str(made.folder), "--zero-shot", "scores", "--half-width", "3")
    run(evaluate_heads, *words, "--json", str(out))
    figures = json.loads(out.read_text())["figures"]
    assert list(figures) == [
        f"scores, {way}, {which}"
        for way in ("raw", "smoothed", "causal")
        for which in ("frames with a face", "all labelled frames")
    ]
    assert json.loads(out.read_text())["missing"] == {"scores": ["video-0"]}
    assert "24 of 144 labelled frames have no face" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "--prepared"),
        (("--prepared", "FEATURES"), "name runs of one task"),
        (("--prepared", "FEATURES", "--zero-shot", "nobody"), "no stream of faces called nobody"),
        (("--prepared", "FEATURES", "--zero-shot", "embedding"), "does not name valence"),
        (
            ("--prepared", "FEATURES", "--zero-shot", "scores", "--split", "test"),
            "no videos of test",
        ),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    words: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    made = drawn_features(tmp_path / "features", splits=LOCAL)
    told = [str(made.folder) if word == "FEATURES" else word for word in words]
    with pytest.raises(UserError, match=sentence):
        run(evaluate_heads, *told)
