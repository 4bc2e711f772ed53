"""The gate passes models that agree, and names head, runtime and figure of one that does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.bundle.open import open_bundle
from edge_app.errors import UserError
from model_compression.quantization.gate import GateReport, compared, run_gate
from model_compression.quantization.gate_inputs import GateInputs
from model_compression.quantization.gated_bundle import gate_bundle
from model_compression.quantization.variants import reference_of, variants_of
from tests.bundle.bundles import manifest_values, write_bundle, write_manifest
from tests.face.students import eyes_outputs
from tests.model_compression.quantization.scripted_gate import Scripted, drive, eye_pictures

FLOAT = Scripted(precision="float32")
LONG = [drive(85.0), drive(85.0)]  # more than 200 blinks


def gated(*candidates: Scripted, drives: list | None = None) -> GateReport:
    opened = [candidate.opened() for candidate in candidates]
    return compared(FLOAT.opened(), opened, eye_pictures(), LONG if drives is None else drives)


def test_models_that_agree_pass_with_all_their_events() -> None:
    report = gated(Scripted())
    assert report.events >= 200
    sentences = [s for s in report.sentences() if "head off the road" not in s]
    assert not [s for s in sentences if "events" in s or "eyes closed" in s]


def test_eyes_that_hardly_shut_lose_events_and_decisions() -> None:
    report = gated(Scripted(off=lambda value: 0.5 + value / 2))
    text = "\n".join(report.sentences())
    assert "onnx int8: events: events that only one has" in text
    assert "onnx int8: eyes closed: share of sure decisions that are equal" in text
    assert not report.passed


def test_small_noise_moves_no_event_by_more_than_a_frame() -> None:
    report = gated(Scripted(off=lambda value: value + 0.01))
    (check,) = [
        c for c in report.results[1].checks if c.figure.startswith("events that only one has")
    ]
    assert check.value == 0 and check.n >= 200


def test_too_few_events_show_nothing() -> None:
    report = gated(Scripted(), drives=[drive(20.0)])
    assert any("events in the drives" in sentence for sentence in report.sentences())


def test_head_that_is_off_is_named_with_runtime_figure_and_limit() -> None:
    off = eyes_outputs(openness=[[0.7, -3.0], [0.5, -3.0]])
    report = gated(Scripted("litert", outputs=off), drives=[])
    (sentence,) = report.sentences()
    assert sentence.startswith("litert int8: openness: points worse")
    assert "at most 0.5" in sentence
    assert report.results[1].verdict("eyes") == "failed"
    assert report.results[1].verdict("detector") == "passed"


def test_of_two_runtimes_that_disagree_the_one_farther_from_float_is_blamed() -> None:
    """Each passes against float, but not against the other."""
    stated = np.log(0.02)
    ours = eyes_outputs(openness=[[0.5, stated], [0.5, stated]])
    above = eyes_outputs(openness=[[0.512, stated], [0.512, stated]])
    below = eyes_outputs(openness=[[0.489, stated], [0.489, stated]])
    reference = Scripted(precision="float32", outputs=ours).opened()
    candidates = [Scripted("onnx", outputs=above), Scripted("litert", outputs=below)]
    report = compared(reference, [c.opened() for c in candidates], eye_pictures(), [])
    (sentence,) = report.sentences()
    assert sentence.startswith("onnx int8: openness")
    assert "from litert int8" in sentence


def test_smoothed_expression_is_compared_where_there_is_one() -> None:
    with_expression = Scripted(expression=True, off=lambda value: 1 - value)
    reference = Scripted(precision="float32", expression=True).opened()
    report = compared(reference, [with_expression.opened()], eye_pictures(), [drive(20.0)])
    assert any("smoothed expression" in sentence for sentence in report.sentences())


def test_report_can_be_written_down() -> None:
    values = gated(Scripted(), drives=[]).as_json()
    assert values["reference"] == "onnx float32"
    checks = values["variants"][1]["checks"]
    assert {"head", "figure", "value", "n", "passed", "at_most"} <= set(checks[0])


def few_pictures() -> GateInputs:
    from model_compression.data.labelled_face import labelled_face
    from model_compression.quantization.pictures import trial_pictures
    from tests.model_compression.detector.painted_people import labelled_set

    faces = [labelled_face(labelled_set(people=3), row) for row in range(3)]
    pictures = trial_pictures(faces, np.random.default_rng(0), face_px=112)
    return GateInputs(pictures, [], "painted people")


def test_every_file_of_a_bundle_gets_its_verdict(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    write_bundle(tmp_path, runtimes=("litert", "onnx"))
    report = gate_bundle(tmp_path, few_pictures(), lambda what: None)
    assert report.passed
    manifest = open_bundle(tmp_path).manifest
    gates = {file.gate for part in manifest.parts.named().values() for file in part.files}
    assert gates == {"passed"}


def test_file_that_this_machine_cannot_judge_is_not_run(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    values = write_bundle(tmp_path, runtimes=("litert", "onnx"))
    for part in values["parts"].values():
        part["files"][1] |= {"precision": "int8", "providers": ["tensorrt"]}
    write_manifest(tmp_path, values)
    gate_bundle(tmp_path, few_pictures(), lambda what: None)
    face = open_bundle(tmp_path).manifest.parts.face
    assert face is not None
    assert [file.gate for file in face.files] == ["passed", "not-run"]


def test_files_that_run_together_are_one_variant(tmp_path: Path) -> None:
    values = manifest_values()
    write_manifest(tmp_path, values)
    variants = variants_of(open_bundle(tmp_path).manifest)
    assert [variant.title for variant in variants] == ["litert float32"]
    assert set(variants[0].files) == {"detector", "face", "eyes", "expression"}


def test_bundle_without_float_files_cannot_be_gated(tmp_path: Path) -> None:
    values = manifest_values()
    for part in values["parts"].values():
        part["files"][0]["precision"] = "int8"
    write_manifest(tmp_path, values)
    bundle = open_bundle(tmp_path)
    with pytest.raises(UserError, match="nothing to hold the int8 files against"):
        reference_of(variants_of(bundle.manifest), bundle.manifest)
    with pytest.raises(UserError, match="float32"):
        run_gate(bundle, few_pictures().pictures, [])
