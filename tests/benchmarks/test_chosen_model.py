"""The benchmark measures the model that it is told, whichever that is, and says what is missing of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import side_by_side, whole_program
from benchmarks.__main__ import main
from benchmarks.chosen_model import ChosenModel, choose_model
from benchmarks.figures import Figure
from benchmarks.places import Places, find_places
from benchmarks.stopwatch import Stopwatch
from benchmarks.timed_models import stage_of, time_models
from edge_app.commands.demo import DEMO_CLIP
from edge_app.errors import UserError
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from tests.benchmarks.measured_models import BUILT_IN, MEDIAPIPE
from tests.bundle.bundles import write_bundle
from tests.face.students import CROP
from tests.mediapipe_stand_in import mediapipe_stand_in

NOWHERE = Places(clips=(), face_landmarker=None)
_RIVAL_S = 0.2
_RIVAL = mediapipe_stand_in(asked=f"time.sleep({_RIVAL_S})")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "b")
    return tmp_path / "b"


def benched(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    out = tmp_path / "bench.json"
    assert main(["--quick", "--json", str(out), *arguments]) == 0
    written = json.loads(out.read_text())
    assert isinstance(written, dict)
    return written


def looped(model: ChosenModel, rival: Path | None = None) -> dict[str, Figure]:
    clips = Places((DEMO_CLIP,), find_places().face_landmarker)
    figures = side_by_side.measure(clips, model, rival, block_frames=10, blocks_per_clip=1)
    return {figure.name: figure for figure in figures}


def test_folder_of_a_bundle_is_the_same_from_another_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path / 'odd: "b" #1')
    monkeypatch.chdir(tmp_path)
    model = choose_model('odd: "b" #1', NOWHERE)
    monkeypatch.chdir("/")
    assert model.settings.perception == PerceptionSettings(model=model.name, threads=1)
    assert open_perception(model.settings.perception).name == model.title == "tiny/1.0.0"
    assert model.is_bundle
    assert set(model.runs_in.items()) == {
        (part, "litert float32") for part in ("detector", "face", "eyes")
    }


def test_model_that_is_nowhere_is_one_sentence(tmp_path: Path) -> None:
    for name, told in (("no-such-bundle", "no-such-bundle"), ("mediapipe", "VIGIL_MODELS")):
        with pytest.raises(UserError, match=told):
            choose_model(name, NOWHERE)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"bundle\.yaml"):
        choose_model(str(tmp_path / "empty"), NOWHERE)


def test_bundle_needs_clips_but_not_mediapipes_file(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VIGIL_DATA", "VIGIL_MODELS"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    (said,) = benched(tmp_path, "--parts", "loop", "alert", "--model", str(bundle))["left_out"]
    assert "VIGIL_DATA" in said and "VIGIL_MODELS" not in said
    written = benched(tmp_path, "--parts", "loop", "alert", "--model", "no-such-bundle")
    (said,) = written["left_out"]
    assert "VIGIL_DATA" in said and "no-such-bundle" in said and said.endswith(".")
    assert written["figures"] == []


def test_without_mediapipes_file_only_the_rival_is_left_out(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yawdd").mkdir()
    (tmp_path / "yawdd" / "dash_1.avi").write_bytes(DEMO_CLIP.read_bytes())
    monkeypatch.setenv("VIGIL_DATA", str(tmp_path))
    monkeypatch.setenv("VIGIL_MODELS", str(tmp_path / "none"))
    written = benched(tmp_path, "--parts", "loop", "--model", str(bundle))
    (said,) = written["left_out"]
    assert "comparison" in said and "VIGIL_MODELS" in said
    assert written["model"] == "tiny/1.0.0"
    assert {figure["part"] for figure in written["figures"]} == {"loop"}


def test_each_model_of_a_bundle_is_timed_and_says_what_it_said_before(bundle: Path) -> None:
    image = np.random.default_rng(1).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    settings = PerceptionSettings(model=str(bundle), expression=True)
    plain, timed, watch = open_perception(settings), open_perception(settings), Stopwatch()
    assert time_models(timed, watch) == ["detector", "face", "eyes", "expression"]
    assert timed.detect(image) == plain.detect(image)
    assert timed.observe(image, CROP).presence == plain.observe(image, CROP).presence
    calls = {stage: spent["calls"] for stage, spent in watch.as_json().items()}
    # Expression looks at a face and at its mirror image.
    expected = {"detector": 1, "face": 1, "eyes": 1, "expression": 2}
    assert calls == {stage_of(model): count for model, count in expected.items()}


@pytest.mark.parametrize(
    ("name", "models"),
    [
        pytest.param("default", ("detector", "face", "eyes", "temporal"), marks=BUILT_IN.marks),
        pytest.param("mediapipe", ("detector", "landmarker", "blendshapes"), marks=MEDIAPIPE.marks),
    ],
)
def test_time_inside_the_models_is_that_of_all_of_them(name: str, models: tuple[str, ...]) -> None:
    found = looped(choose_model(name, find_places()))
    rows = [found[stage_of(model)] for model in models]
    assert found["inside the models"].value == pytest.approx(sum(row.value for row in rows))
    assert all((row.n or 0) > 0 for row in rows)
    assert (rows[1].n or 0) >= 10  # the face in every frame
    assert found["inside the models"].value < found["whole loop, mean"].value


def test_bundle_must_be_three_times_as_fast_as_mediapipe(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mediapipe.py").write_text(_RIVAL)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = looped(choose_model(str(bundle), NOWHERE), Path(sys.executable))
    ratio = found["Vigil's whole loop / its task alone, wall time"]
    assert ratio.target is not None and ratio.target.value == pytest.approx(1 / 3)
    assert ratio.value == pytest.approx(
        found["whole loop, mean"].value / found["its task alone, mean"].value
    )
    assert found["its task alone, mean"].value >= 1e3 * _RIVAL_S
    assert ratio.note.startswith(f"Vigil {1 / ratio.value:.1f} times as fast")


@pytest.mark.mediapipe_model
def test_mediapipes_own_models_must_not_be_slower_than_its_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mediapipe.py").write_text(_RIVAL)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = looped(choose_model("mediapipe", find_places()), Path(sys.executable))
    ratio = found["Vigil's whole loop / its task alone, wall time"]
    assert ratio.target is not None and ratio.target.value == 1.0


def test_program_is_measured_with_the_model_that_was_chosen(bundle: Path) -> None:
    clip = Places((DEMO_CLIP,), None)
    (start,) = whole_program.measure_start(clip, choose_model(str(bundle), NOWHERE), runs=1)
    assert 0 < start.value < 60
    with pytest.raises(UserError, match="no-such-bundle"):
        whole_program.measure_start(clip, ChosenModel("no-such-bundle"), runs=1)


def test_program_with_a_bundle_has_less_memory_to_spend(bundle: Path) -> None:
    clip = Places((DEMO_CLIP,), None)
    peak, *_ = whole_program.measure_memory(clip, ChosenModel(str(bundle)), seconds=1)
    assert peak.target is not None and peak.target.value == 120.0


def test_models_of_a_bundle_are_measured_one_by_one(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    write_bundle(tmp_path / "b", ("litert", "onnx"), ("float32", "int8"))
    figures = benched(tmp_path, "--parts", "models", "--model", str(tmp_path / "b"))["figures"]
    forward = {(f["part"], f["name"]) for f in figures if f["name"].startswith("forward")}
    assert forward == {
        (f"model {part}", f"forward, {file}")
        for part in ("detector", "face", "eyes", "expression")
        for file in ("litert float32", "litert int8", "onnx float32", "onnx int8")
    }
    (share,) = [f for f in figures if f["name"] == "share of the int8 peak"]
    assert share["part"] == "int8 peak" and share["value"] >= 0


def test_models_of_mediapipe_are_left_out_in_one_line(tmp_path: Path) -> None:
    written = benched(tmp_path, "--parts", "models", "--model", "mediapipe")
    assert written["figures"] == [] and len(written["left_out"]) == 1
