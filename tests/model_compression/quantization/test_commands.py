"""`vigil quantize` and `vigil bundle make` from a trained student to a bundle that opens, and their errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

from edge_app.bundle.open import open_bundle
from edge_app.errors import UserError
from model_compression.commands.bundle_make import make, write_report
from model_compression.commands.quantize import quantize
from model_compression.data.labelled_set import labels_folder, save_labels
from model_compression.export.quantized_folder import read_folder
from model_compression.quantization.gate import GateReport
from model_compression.quantization.variants import Variant
from model_compression.students import create_student
from model_compression.training.config import NetworkChoice, Stage, TaskChoice, TrainConfig
from model_compression.training.network_file import write_network
from tests.model_compression.detector.painted_people import labelled_set
from tests.model_compression.export.tiny_students import seasoned

app = typer.Typer()
app.command()(quantize)
app.command("bundle")(make)


def vigil(*words: object, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)
    if isinstance(result.exception, UserError):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return result.output


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels of painted people, some of them held out."""
    place = tmp_path_factory.mktemp("cache")
    painted = labelled_set("faces", people=120)
    save_labels(labels_folder("faces", place), painted.pixels, painted.labels, "painted")
    return place


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    choice = NetworkChoice(name="eye-branch", options={"width": 0.35})
    eyes = seasoned(create_student(choice.name, **choice.options), (1, 48, 64))
    config = TrainConfig(
        name="tiny",
        part="eyes",
        network=choice,
        task=TaskChoice(name="eyes"),
        stages=(Stage(steps=1, learning_rate=1e-3),),
    )
    path = tmp_path_factory.mktemp("run") / "student.pt"
    write_network(path, eyes, config, step=1, metrics={})
    return path


@pytest.mark.slow
def test_student_becomes_a_bundle_that_opens(student: Path, cache: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    quantized, place, card = tmp_path / "quantized", tmp_path / "bundle", tmp_path / "about.md"
    card.write_text("# Tiny\n")
    told = vigil(
        "quantize", student, "--out", quantized, "--runtime", "onnx", "--pictures", 8,
        "--set", "faces", "--cache", cache, "--qat", 2, "--contact-sheet", tmp_path / "look",
    )  # fmt: skip
    assert "eyes-int8.onnx" in told and "fine-tuning" in told
    covered = read_folder(quantized).coverage
    assert covered is not None and covered.pictures == covered.people == 8
    assert f"{covered.cells_covered} of {covered.cells} covered" in (
        quantized / "coverage.txt"
    ).read_text(encoding="utf-8")
    assert [each.name for each in (tmp_path / "look").iterdir()] == ["calibration-pictures.png"]
    assert not list(quantized.glob("*.png")), (
        "pictures of people lie only where they were asked for"
    )
    report = place / "measured" / "gate.json"
    told = vigil(
        "bundle", quantized, "--out", place, "--name", "tiny", "--bundle-version", "1.0.0",
        "--card", card, "--cache", cache, "--pictures", 6, "--report", report,
        exit_code=1,
    )  # fmt: skip
    assert "tiny 1.0.0" in told
    assert "onnx int8 with 7-bit weights: events: events in the drives 0, at least 200" in told
    opened = open_bundle(place, require=())
    opened.verify_all()
    eyes = opened.manifest.parts.eyes
    assert eyes is not None
    assert [(f.precision, f.weight_bits) for f in eyes.files] == [("float32", None), ("int8", 7)]
    assert all(file.gate in ("passed", "failed") for file in eyes.files)
    assert "6 of faces" in json.loads(report.read_text())["inputs"]


def test_file_that_is_no_student_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "student.pt"
    path.write_bytes(b"nothing")
    with pytest.raises(UserError, match="is not a file of weights"):
        vigil("quantize", path, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_sets_that_are_not_labelled_are_one_sentence(student: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="run 'vigil data labels"):
        vigil("quantize", student, "--out", tmp_path / "out", "--cache", tmp_path)
    assert not (tmp_path / "out").exists()


def test_fewer_faces_than_ranges_are_measured_on_are_one_sentence(
    student: Path, cache: Path, tmp_path: Path
) -> None:
    words = ("--set", "faces", "--cache", cache, "--pictures", 500)
    with pytest.raises(UserError, match=r"faces: 1\d\d labelled faces .* on 500; label more"):
        vigil("quantize", student, "--out", tmp_path / "out", *words)
    assert not (tmp_path / "out").exists()


def test_pictures_of_people_are_kept_out_of_a_repository(student: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(UserError, match="lies in the repository"):
        vigil("quantize", student, "--out", tmp_path / "out", "--contact-sheet", tmp_path / "look")
    assert not (tmp_path / "out").exists() and not (tmp_path / "look").exists()


def test_folder_in_the_way_is_one_sentence(student: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is already there"):
        vigil("quantize", student, "--out", tmp_path)


def test_two_students_of_one_part_are_one_sentence(student: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="another student already gives the part eyes"):
        vigil("quantize", student, student, "--out", tmp_path / "out")


def test_folder_without_quantized_files_is_one_sentence(tmp_path: Path) -> None:
    card = tmp_path / "about.md"
    card.write_text("# Tiny\n")
    with pytest.raises(UserError, match="quantize"):
        vigil(
            "bundle", tmp_path, "--out", tmp_path / "bundle", "--name", "tiny",
            "--bundle-version", "1.0.0", "--card", card,
        )  # fmt: skip
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("place", ["a-file/gate.json", "a-folder"])
def test_report_that_cannot_be_written_is_told_before_the_gate_runs(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "a-file").write_text("in the way")
    (tmp_path / "a-folder").mkdir()
    with pytest.raises(UserError, match="report cannot be written") as caught:
        vigil(
            "bundle", tmp_path, "--out", tmp_path / "bundle", "--name", "tiny",
            "--bundle-version", "1.0.0", "--card", tmp_path / "none.md", "--report", tmp_path / place,
        )  # fmt: skip
    assert str(tmp_path / place) in str(caught.value) and "\n" not in str(caught.value)


def test_report_on_a_full_disk_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*arguments: object, **others: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", no_space)
    told = GateReport(Variant("onnx", "float32", None, ("cpu",), {}), [], 0, 0)
    with pytest.raises(UserError, match="No space left on device"):
        write_report(tmp_path / "gate.json", told)
