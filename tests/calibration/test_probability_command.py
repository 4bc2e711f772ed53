"""`vigil calibrate probability` from the outside: a new bundle that holds true, diagrams, or one sentence."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
import yaml

from calibration.probability.softmax import softmax
from edge_app.bundle.open import BUILT_IN_NAME, open_bundle
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_bundle import open_student
from model_compression.commands.calibrate_probability import probability
from model_compression.evaluation.clips.answers import ClipAnswers, save_answers
from model_compression.evaluation.kinds.fer2013 import on_canvas
from model_compression.tuning.head_answers import read_answers
from tests.calibration.test_probability_temperature import calibrated


def run(*words: str) -> int:
    """The exit code; what is wrong is a `UserError`, which `vigil` turns into 2."""
    app = typer.Typer(add_completion=False)
    app.command()(probability)
    try:
        typer.main.get_command(app)(args=list(words), standalone_mode=True)
    except SystemExit as end:
        return int(end.code or 0)
    raise AssertionError("a command ends")


def kept(
    path: Path, classes: tuple[str, ...], factor: float = 1.0, n: int = 900, people: int = 60
) -> str:
    """Answers as a run keeps them: calibrated logits times `factor`. The argument of --set."""
    logits, truth = calibrated(n, len(classes), 11)
    persons = tuple(f"p{number % people}" for number in range(n))
    save_answers(ClipAnswers(factor * logits, truth, persons, persons, classes), path)
    return f"answers:{path}"


DROWSINESS = ("drowsy", "alert")  # not in the order of the bundle


def test_too_sure_answers_give_a_bundle_that_is_less_sure(tmp_path: Path) -> None:
    out = tmp_path / "new"
    wanted = kept(tmp_path / "a.npz", DROWSINESS, factor=3.0)
    assert run("default", "--set", wanted, "--head", "drowsiness", "--out", str(out)) == 0
    bundle = open_bundle(out)
    bundle.verify_all()
    known = bundle.manifest.heads["drowsiness"].calibration
    assert known is not None and known.temperature == pytest.approx(3.0, rel=0.15)
    assert bundle.manifest.temperatures.drowsiness == known.temperature
    assert (known.n, known.people, known.method) == (900, 60, "temperature")
    assert known.sha256 == hashlib.sha256((tmp_path / "a.npz").read_bytes()).hexdigest()
    assert known.ece_after < known.ece_before
    assert known.brier_after < known.brier_before
    assert "`drowsiness`: temperature" in (out / bundle.manifest.card).read_text()
    before = open_bundle(BUILT_IN_NAME, require=()).manifest
    assert bundle.manifest.parts == before.parts
    assert bundle.manifest.thresholds == before.thresholds
    assert bundle.manifest.version != before.version


def test_diagrams_and_figures_lie_beside_it(tmp_path: Path) -> None:
    wanted = kept(tmp_path / "a.npz", DROWSINESS, factor=3.0)
    report = tmp_path / "report"
    words = ("--head", "drowsiness", "--out", str(tmp_path / "new"), "--report", str(report))
    assert run("default", "--set", wanted, *words, "--false-alert-rate", "0.05") == 0
    told = json.loads((report / "calibration.json").read_text())
    assert told["figures"]["ece"]["after"]["value"] < told["figures"]["ece"]["before"]["value"]
    assert told["figures"]["ece"]["after"]["people"] == 60
    alert = told["alerts"]["drowsy"]["choice"]
    assert alert["threshold"] is not None and alert["rate_bound"] <= 0.05
    for binned in ("equal-mass", "equal-width"):
        picture = cv2.imread(str(report / f"drowsiness-{binned}.png"))
        assert picture is not None and picture.std() > 5
    assert sum(each["count"] for each in told["reliability"]["equal-mass, after"]) == 900


def test_a_bent_yes_is_unbent_by_an_isotonic_curve(tmp_path: Path) -> None:
    wanted = kept(tmp_path / "a.npz", ("alert", "drowsy"), factor=4.0)
    out = tmp_path / "new"
    words = ("--head", "drowsiness", "--method", "isotonic", "--out", str(out))
    assert run("default", "--set", wanted, *words) == 0
    known = open_bundle(out).manifest.heads["drowsiness"].calibration
    assert known is not None and known.knots is not None and known.temperature is None
    assert 2 <= len(known.knots) <= 16
    again = tmp_path / "again"
    words = ("--head", "drowsiness", "--method", "isotonic", "--out", str(again))
    assert run(str(out), "--set", wanted, *words) == 1, "nothing is left to mend"


def test_calibrated_answers_give_no_bundle_but_the_report(tmp_path: Path) -> None:
    wanted = kept(tmp_path / "a.npz", DROWSINESS)
    out = tmp_path / "new"
    assert run("default", "--set", wanted, "--head", "drowsiness", "--out", str(out)) == 1
    assert not out.exists()
    assert (tmp_path / "new-calibration" / "calibration.json").is_file()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.npz", "new-calibration"]


def test_what_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    wanted = kept(tmp_path / "a.npz", DROWSINESS, factor=3.0)
    words = ("default", "--set", wanted, "--head", "drowsiness", "--out", str(tmp_path / "new"))
    assert run(*words) == 0
    with pytest.raises(UserError, match="already there"):
        run(*words)
    assert run(*words, "--force", "--bundle-version", "7.0.0") == 0
    assert yaml.safe_load((tmp_path / "new" / "bundle.yaml").read_text())["version"] == "7.0.0"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("default", "--head", "visibility"), "read by thresholds"),
        (("default", "--head", "mood"), "is no head"),
        (("default",), "no data set is named"),
        (("default", "--set", "raf:x"), "one of the names fer2013, answers"),
        (("default", "--set", "fer2013:"), "one of the names"),
        (("default", "--set", "fer2013:nowhere.npz"), "no such npz file"),
        (("default", "--set", "answers:nowhere.npz"), "no such npz file"),
        (("nowhere", "--set", "fer2013:x.npz"), "no bundle of this name"),
        (("default", "--set", "fer2013:x", "--false-alert-rate", "1.5"), "between 0 and 1"),
        (("default", "--head", "drowsiness", "--set", "fer2013:x"), "says nothing of the head"),
        (("default", "--set", "fer2013:x", "--method", "isotonic"), "has 7 classes"),
        (("default", "--set", "fer2013:x", "--bundle-version", "new"), "version"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(
    tmp_path: Path, words: tuple[str, ...], what: str
) -> None:
    with pytest.raises(UserError, match=what) as caught:
        run(*words, "--out", str(tmp_path / "new"))
    assert len(str(caught.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda file: file.write_text("drowsy, alert"), "it is no whole npz file"),
        (lambda file: np.save(file.open("wb"), np.zeros(3)), "it is no whole npz file"),
        (lambda file: spoiled(file, logits=np.full((900, 2), np.nan)), "900 of 900 answers are no"),
        (lambda file: spoiled(file, classes=np.array([{}])), "other things than numbers"),
        (lambda file: np.savez(file, logits=np.zeros((3, 2))), "it lacks the array truth"),
    ],
)
def test_answers_that_are_none_are_told_with_their_file(
    tmp_path: Path, spoil: Callable[[Path], None], why: str
) -> None:
    """Nobody trained here, nothing is made again, and no pickle is to be loaded unsafely."""
    file = tmp_path / "a.npz"
    wanted = kept(file, DROWSINESS)
    spoil(file)
    with pytest.raises(UserError) as told:
        run("default", "--set", wanted, "--head", "drowsiness", "--out", str(tmp_path / "new"))
    sentence = str(told.value)
    assert sentence.startswith(f"{file}: ") and why in sentence and "evaluate-teacher" in sentence
    assert not any(word in sentence for word in ("\n", "training", "pickle", "made again"))


def spoiled(file: Path, **changes: object) -> None:
    arrays = dict(np.load(file))
    np.savez(file, **{**arrays, **changes})  # type: ignore[arg-type]


def test_rates_of_false_alerts_are_all_told_in_percent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    wanted = kept(tmp_path / "a.npz", DROWSINESS, factor=3.0)
    words = ("--head", "drowsiness", "--out", str(tmp_path / "new"), "--false-alert-rate", "0.1")
    assert run("default", "--set", wanted, *words) == 0
    lines = capsys.readouterr().out.splitlines()
    head = next(n for n, line in enumerate(lines) if "falsely, other people" in line)
    rows = [line.split("│") for line in lines[head + 2 : head + 4]]
    for cells in rows:
        falsely = [cells[4], cells[5], *re.split(r"[(]|to", cells[-1].rstrip(") "))]
        assert len(falsely) == 5 and all(cell.strip().endswith("%") for cell in falsely)


def test_folder_in_place_of_answers_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a folder"):
        run("default", "--set", f"answers:{tmp_path}", "--head", "drowsiness", "--out", "new")


def test_version_that_is_none_is_told_by_an_example(tmp_path: Path) -> None:
    wanted = kept(tmp_path / "a.npz", DROWSINESS)
    words = ("--head", "drowsiness", "--out", str(tmp_path / "new"), "--bundle-version", "x.y")
    with pytest.raises(UserError) as told:
        run("default", "--set", wanted, *words)
    assert str(told.value) == (
        "--bundle-version x.y: is no version; give three numbers such as 1.4.0"
    )


def test_few_answers_and_few_people_are_refused(tmp_path: Path) -> None:
    words = ("--head", "drowsiness", "--out", str(tmp_path / "new"))
    few = kept(tmp_path / "few.npz", DROWSINESS, n=150)
    with pytest.raises(UserError, match="150 answers of 60 people are too few"):
        run("default", "--set", few, *words)
    of_few = kept(tmp_path / "of_few.npz", DROWSINESS, people=8)
    with pytest.raises(UserError, match="900 answers of 8 people are too few"):
        run("default", "--set", of_few, *words)


def test_classes_of_another_head_are_refused(tmp_path: Path) -> None:
    wanted = kept(tmp_path / "a.npz", ("alert", "asleep"))
    with pytest.raises(UserError, match="alert, asleep, the head's alert, drowsy"):
        run("default", "--set", wanted, "--head", "drowsiness", "--out", str(tmp_path / "new"))


def test_pictures_are_read_as_the_vehicle_reads_them(tmp_path: Path) -> None:
    """Without a face the whole picture is taken for one; what is told is the vehicle's probability."""
    bundle = open_bundle(BUILT_IN_NAME, require=())
    images = np.random.default_rng(0).integers(0, 255, (3, 48, 48)).astype(np.uint8)
    path = tmp_path / "set.npz"
    classes = np.array(["surprised", *bundle.manifest.expression_labels[:-1]])
    np.savez(path, images=images, labels=np.array([0, 1, 2], dtype=np.uint8), classes=classes)
    told = read_answers(bundle, "expression", "fer2013", path, lambda items, n, what: iter(items))
    perception = open_student(PerceptionSettings(expression=True), precision="float32")
    expected = [perception.observe(*on_canvas(image)).expression for image in images]
    probabilities = softmax(told.logits, bundle.manifest.temperatures.expression)
    assert probabilities == pytest.approx(np.array(expected), abs=1e-4)
    assert told.truth.tolist() == [6, 0, 1]
