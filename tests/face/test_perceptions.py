"""Which perception the settings open, and the sentence where they cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.bundle.manifest import BundleManifest, Preprocessing
from edge_app.bundle.open import Bundle
from edge_app.configuration.load import load_settings
from edge_app.driver_state.signals import TemporalHead
from edge_app.errors import UserError
from edge_app.face.letterbox import DETECTOR_SIZE_PX
from edge_app.face.observation import temporal_heads
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_bundle import tuning_of
from edge_app.face.student_crops import EYE_HEIGHT_PX, EYE_WIDTH_PX
from edge_app.face.student_reading import StudentTuning
from edge_app.face.temporal_reading import TemporalReader
from edge_app.inference.choice import Candidate, Timing
from tests.bundle.bundles import (
    MEMORY,
    TEMPORAL_CLASSES,
    file_values,
    manifest_values,
    with_temporal,
    write_bundle,
    write_manifest,
)
from tests.face.students import CROP

IMAGE = np.random.default_rng(1).integers(0, 256, (480, 640, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def sentence_of(**settings: Any) -> str:
    with pytest.raises(UserError) as caught:
        open_perception(PerceptionSettings(**settings))
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def changed_bundle(folder: Path, **changes: Any) -> str:
    write_manifest(folder, {**write_bundle(folder), **changes})
    return str(folder)


def test_bundle_of_a_folder_is_opened_by_its_path_and_named_by_its_manifest(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b")
    perception = open_perception(PerceptionSettings(model=str(tmp_path / "b")))
    assert perception.name == "tiny/1.0.0"
    assert isinstance(perception.detect(IMAGE), list)
    seen = perception.observe(IMAGE, CROP)
    assert 0.0 <= seen.presence <= 1.0


def test_expression_is_loaded_only_where_it_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    values = write_bundle(folder)
    for file in values["parts"]["expression"]["files"]:
        (folder / file["path"]).unlink()
    without = open_perception(PerceptionSettings(model=str(folder)))
    assert without.expression_labels == ()
    assert without.observe(IMAGE, CROP).expression is None
    assert "expression" in sentence_of(model=str(folder), expression=True)


def test_expression_that_is_asked_for_is_read(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b")
    perception = open_perception(PerceptionSettings(model=str(tmp_path / "b"), expression=True))
    assert len(perception.expression_labels) == 7
    expression = perception.observe(IMAGE, CROP).expression
    assert expression is not None and sum(expression) == pytest.approx(1.0)


def test_part_with_a_memory_is_offered_with_its_classes_and_what_it_was_validated_on(
    tmp_path: Path,
) -> None:
    write_bundle(tmp_path / "b", **with_temporal(), temperatures={"drowsiness": 2.5})
    perception = open_perception(PerceptionSettings(model=str(tmp_path / "b"), expression=True))
    assert temporal_heads(perception) == (
        TemporalHead("drowsiness", ("alert", "drowsy"), "none", of_emotion=False),
        TemporalHead(
            "intoxication",
            ("sober", "tipsy", "drunk"),
            "on 7 drives of one person",
            of_emotion=False,
        ),
        TemporalHead(
            "expression_over_time",
            tuple(TEMPORAL_CLASSES["expression_over_time"]),
            "none",
            of_emotion=True,
        ),
    )
    model = perception.temporal
    assert model is not None
    assert (model.rate_hz, model.embedding_size, model.memory_size) == (4.0, 256, MEMORY)
    assert model.temperatures["drowsiness"] == 2.5
    embedding = perception.observe(IMAGE, CROP).embedding
    assert embedding is not None and embedding.shape == (256,)
    readings = TemporalReader(model, same_driver_s=20.0).step(0.0, embedding)
    assert [len(reading.probabilities) for reading in readings] == [2, 3, 7]


def test_emotions_over_time_are_read_only_where_expression_is(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b", **with_temporal())
    perception = open_perception(PerceptionSettings(model=str(tmp_path / "b")))
    assert [head.name for head in temporal_heads(perception)] == ["drowsiness", "intoxication"]


def test_part_with_a_memory_is_not_loaded_where_it_is_switched_off(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    values = write_bundle(folder, **with_temporal())
    for file in values["parts"]["temporal"]["files"]:
        (folder / file["path"]).unlink()
    without = open_perception(PerceptionSettings(model=str(folder), temporal=False))
    assert without.temporal is None and temporal_heads(without) == ()


def test_bundle_without_a_part_with_a_memory_is_used_without(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b")
    assert open_perception(PerceptionSettings(model=str(tmp_path / "b"))).temporal is None


def test_part_with_a_memory_that_fits_nothing_here_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parts = write_bundle(tmp_path / "b", **with_temporal())["parts"]
    parts["temporal"]["files"][0]["gate"] = "failed"
    folder = changed_bundle(tmp_path / "b", **{**with_temporal(), "parts": parts})
    assert open_perception(PerceptionSettings(model=folder)).temporal is None
    assert "no file of its part temporal fits this machine" in caplog.text


def opened_without(folder: Path, caplog: pytest.LogCaptureFixture) -> str:
    """Perception of that bundle works and has no heads over time; the one warning that says why."""
    perception = open_perception(PerceptionSettings(model=str(folder)))
    assert perception.temporal is None and temporal_heads(perception) == ()
    assert 0.0 <= perception.observe(IMAGE, CROP).presence <= 1.0
    (warning,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert "going on without" in warning.message and "\n" not in warning.message
    return warning.message


def _rot(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"?")


@pytest.mark.parametrize(("files", "timed_before"), [(1, False), (2, True)])
@pytest.mark.parametrize(("spoil", "told"), [(_rot, "damaged"), (Path.unlink, "missing")])
def test_part_with_a_memory_whose_file_is_not_whole_is_done_without(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    files: int,
    spoil: Callable[[Path], None],
    told: str,
    timed_before: bool,
) -> None:
    folder = tmp_path / "b"
    precisions = ("float32", "int8")[:files]
    values = write_bundle(folder, precisions=precisions, **with_temporal())
    if timed_before:
        assert open_perception(PerceptionSettings(model=str(folder))).temporal is not None
    for file in values["parts"]["temporal"]["files"]:
        spoil(folder / file["path"])
    warning = opened_without(folder, caplog)
    assert "temporal" in warning and told in warning


def test_part_with_a_memory_that_is_no_model_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = write_bundle(tmp_path / "b", **with_temporal())
    (tmp_path / "b" / "bad.tflite").write_bytes(b"TFL3 no more")
    values["parts"]["temporal"]["files"] = [file_values("bad.tflite", b"TFL3 no more")]
    write_manifest(tmp_path / "b", values)
    assert "temporal" in opened_without(tmp_path / "b", caplog)


@pytest.mark.parametrize("times", [1, 2])
def test_only_file_of_the_part_with_a_memory_that_ends_its_process_is_never_loaded_here(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
) -> None:
    asked: list[str] = []

    def killed(
        bundle: Bundle, candidates: list[Candidate], *, threads: int
    ) -> dict[Candidate, Timing]:
        asked.extend(candidate.part for candidate in candidates)
        return dict.fromkeys(candidates, Timing(None, "the process was killed by signal 4"))

    monkeypatch.setattr("edge_app.bundle.timing.timed", killed)
    write_bundle(tmp_path / "b", **with_temporal())
    for _ in range(times):
        caplog.clear()
        warning = opened_without(tmp_path / "b", caplog)
        assert "no file of its part temporal fits this machine" in warning
    assert asked == ["temporal"], "tried once, and remembered"


def test_step_by_another_name_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    changed = with_temporal(input={"name": "embedding", "shape": [1, 256 + MEMORY]})
    write_bundle(tmp_path / "b", **changed)
    warning = opened_without(tmp_path / "b", caplog)
    assert "temporal" in warning and "embedding" in warning and "step" in warning


@pytest.mark.parametrize(
    ("part", "key", "value", "told"),
    [
        ("temporal", "input", {"name": "step", "shape": [1, 300]}, "takes (1, 300)"),
        ("temporal", "rate_hz", 0, "rate_hz"),
    ],
)
def test_part_with_a_memory_that_does_not_hold_together_is_told(
    tmp_path: Path, part: str, key: str, value: Any, told: str
) -> None:
    values = write_bundle(tmp_path / "b", **with_temporal())
    values["parts"][part][key] = value
    write_manifest(tmp_path / "b", values)
    assert told in sentence_of(model=str(tmp_path / "b"))


def test_name_that_nobody_installed_says_what_is_there() -> None:
    assert "default" in sentence_of(model="no-such-bundle")


def test_picture_that_this_program_does_not_show(tmp_path: Path) -> None:
    parts = write_bundle(tmp_path / "b")["parts"]
    parts["face"]["input"] = {"name": "face", "shape": [1, 1, 96, 96]}
    sentence = sentence_of(model=changed_bundle(tmp_path / "b", parts=parts))
    assert "face" in sentence and "96" in sentence and "112" in sentence


@pytest.mark.parametrize("thresholds", [{"mouth": 1.0}, {"openness_face_weight": -0.1}])
def test_threshold_that_is_none(tmp_path: Path, thresholds: dict[str, float]) -> None:
    (name,) = thresholds
    assert name in sentence_of(model=changed_bundle(tmp_path / "b", thresholds=thresholds))


def test_thresholds_weights_and_temperatures_are_taken_from_the_bundle(tmp_path: Path) -> None:
    values = manifest_values(
        thresholds={"mouth": 0.3, "openness_face_weight": 0.0}, temperatures={"visibility": 1.7}
    )
    tuning = tuning_of(BundleManifest.model_validate(values))
    assert tuning.thresholds["mouth"] == 0.3
    assert tuning.openness_face_weight == 0.0
    assert tuning.temperatures["visibility"] == 1.7


def test_bundle_that_says_nothing_is_read_as_one_that_says_what_is_usual() -> None:
    tuning = tuning_of(BundleManifest.model_validate(manifest_values()))
    plain = StudentTuning()
    assert set(tuning.thresholds.values()) == {0.5} and set(tuning.temperatures.values()) == {1.0}
    assert tuning.openness_face_weight == plain.openness_face_weight
    assert tuning.visible_face_weight == plain.visible_face_weight


def test_pictures_are_those_that_a_bundle_says_without_words() -> None:
    usual = Preprocessing()
    assert usual.detector_size_px == DETECTOR_SIZE_PX
    assert (usual.eye_width_px, usual.eye_height_px) == (EYE_WIDTH_PX, EYE_HEIGHT_PX)


def test_runtime_that_mediapipe_does_not_have() -> None:
    assert "litert" in sentence_of(model="mediapipe", runtime="onnx")


def test_expression_that_mediapipe_does_not_read() -> None:
    assert "expression" in sentence_of(model="mediapipe", expression=True)


def test_mediapipes_file_for_a_bundle_is_a_mistake(tmp_path: Path) -> None:
    sentence = sentence_of(model="default", model_file=tmp_path / "face_landmarker.task")
    assert "perception.model" in sentence and "mediapipe" in sentence


def test_model_without_a_name_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(UserError, match=r"perception\.model"):
        load_settings(None, ["perception.model="])
