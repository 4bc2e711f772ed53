"""`vigil compound` and `vigil evaluate-heads` from the outside."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer

from edge_app.errors import UserError
from model_compression.commands.downstream import compound, evaluate_heads
from model_compression.downstream.compound import COMPOUNDS, video_compounds
from tests.model_compression.downstream.drawn_features import drawn_features
from tests.model_compression.downstream.test_compound import compound_set, logits

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
    assert document["missing"]["drawn"] == ["video-2"]
    rows = list(csv.DictReader(out["csv"].open()))
    assert len(rows) == 6 * 24
    silent = [row for row in rows if row["video"] == "video-2"]
    assert {row["drawn"] for row in silent} == {""}
    assert "" not in {row["drawn, clusters of wav2vec2"] for row in silent}
    assert out["png"].read_bytes().startswith(b"\x89PNG")
    assert "drawn: nothing is said of video-2" in capsys.readouterr().out


def test_frames_of_thinned_videos_are_told_with_their_time_in_the_video(tmp_path: Path) -> None:
    made = drawn_features(tmp_path / "features", splits=LOCAL, frame_rate_hz=1.5)  # of 30, every 20
    out = tmp_path / "frames.csv"
    run(compound, str(made.folder), "--csv", str(out))
    rows = list(csv.DictReader(out.open()))
    assert list(rows[0])[:4] == ["video", "frame", "t_s", "has_face"]
    assert [(row["frame"], row["t_s"]) for row in rows[:4]] == [
        ("0", "0.000"),
        ("1", "0.667"),
        ("2", "1.333"),
        ("3", "2.000"),
    ]
    assert rows[24]["t_s"] == "0.000"  # of the next video


def test_f1_is_told_with_how_many_frames_and_videos_are_labelled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faces = [logits(happiness=0.6, surprise=0.3), logits(anger=0.6, sadness=0.3)]
    sets = [compound_set(tmp_path / name, [([0, 3], faces)] * 2) for name in ("a", "b")]
    run(compound, *(str(one.folder) for one in sets))
    told = capsys.readouterr().out
    assert told.count("labelled: 6 frames of 2 videos") == 1 and "macro F1" in told


def test_intervals_that_are_not_there_have_no_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = drawn_features(tmp_path / "features", splits=("val",), frames=240)
    run(compound, str(made.folder))
    told = capsys.readouterr().out
    assert "95 % from" not in told and "95 % to" not in told and "labelled" not in told


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
        f"scores by itself, {way}, {which}"
        for way in ("raw", "smoothed", "causal")
        for which in ("frames with a face", "all labelled frames")
    ]
    assert json.loads(out.read_text())["missing"] == {"scores by itself": ["video-0"]}
    assert "24 of 144 labelled frames have no face" in capsys.readouterr().out


def test_every_frame_is_written_with_its_truth_and_what_is_said_in_each_way(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    made = drawn_features(tmp_path / "features", splits=LOCAL, faceless=[0])
    out = tmp_path / "frames.csv"
    words = ("--prepared", str(made.folder), "--zero-shot", "scores", "--half-width", "1")
    run(evaluate_heads, *words, "--csv", str(out))
    rows = list(csv.DictReader(out.open()))
    assert len(rows) == 6 * 24
    assert {row["scores by itself, raw, valence"] for row in rows if row["video"] == "video-0"} == {
        ""
    }
    own = [row for row in rows if row["video"] == "video-1"]
    valence = made.streams["drawn.scores"].places.index("valence")
    said = made.features(1).faces["drawn.scores"][:, valence]
    ways = {way: f"scores by itself, {way}, valence" for way in ("raw", "smoothed", "causal")}
    assert float(own[5][ways["raw"]]) == pytest.approx(said[5], abs=1e-5)
    assert float(own[5][ways["smoothed"]]) == pytest.approx(said[4:7].mean(), abs=1e-5)
    assert float(own[5][ways["causal"]]) == pytest.approx(said[4:6].mean(), abs=1e-5)
    assert own[6]["t_s"] == "0.200"
    truth = made.features(1).frame_values["valence"]
    assert float(own[5]["true valence"]) == pytest.approx(truth[5], abs=1e-5)


def test_several_faces_of_a_frame_count_as_asked_for(tmp_path: Path) -> None:
    """Of two faces the mean says what both say a little, the largest what one of them says loudest."""
    made = drawn_features(tmp_path / "features", splits=LOCAL, faces_a_frame=2)
    said = {}
    for how in ("mean", "max"):
        out = tmp_path / f"{how}.csv"
        run(compound, str(made.folder), "--faces", how, "--csv", str(out))
        said[how] = [row["drawn"] for row in csv.DictReader(out.open())]
    for how, told in said.items():
        first = video_compounds(made, 0, "drawn.scores", how)  # type: ignore[arg-type]
        assert told[: len(first.labels)] == [COMPOUNDS[label] for label in first.labels]
    assert said["mean"] != said["max"]


def test_figures_of_compounds_stay_readable_beside_many_models(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    first, second = (drawn_features(tmp_path / name, splits=LOCAL) for name in ("a", "b"))
    run(compound, str(first.folder), str(second.folder), "--cluster")
    told = capsys.readouterr().out
    assert "8: b: drawn, clusters of wav2vec2" in told
    assert "fearfully surprised" in told and "…" not in told


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
