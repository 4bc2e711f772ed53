"""The gate passes models that agree, and names head, runtime and figure of one that does not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge_app.bundle.open import open_bundle
from edge_app.errors import UserError
from model_compression.quantization.check import failed
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


def of_heads(report: GateReport) -> list[str]:
    return [sentence for sentence in report.sentences() if ": events: " not in sentence]


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


@pytest.mark.parametrize("drives", [[], [list]], ids=["no drives", "no frames"])
def test_nothing_driven_is_no_agreement(drives: list) -> None:
    report = gated(Scripted("litert"), drives=drives)
    assert "litert int8: events: events in the drives 0, at least 200 (n = 0)" in report.sentences()
    assert not report.passed and report.results[1].verdict("eyes") == "failed"


def test_drives_without_a_face_are_no_agreement() -> None:
    blind = [Scripted(precision="float32").opened(), Scripted("litert").opened()]
    for opened in blind:
        opened.perception.faces = []  # type: ignore[union-attr]
    report = compared(blind[0], blind[1:], eye_pictures(), [drive(20.0)])
    text = "\n".join(report.sentences())
    for nothing in ("events in the drives 0", "eyes closed: share of sure decisions", "mouth open"):
        assert nothing in text
    assert report.results[1].verdict("eyes") == "failed"


@pytest.mark.parametrize("number", [np.nan, np.inf])
@pytest.mark.parametrize("head", ["openness", "visible", "iris"])
def test_output_that_is_no_number_is_named_with_head_runtime_and_figure(
    head: str, number: float
) -> None:
    spoilt = eyes_outputs()
    spoilt[head] = np.full_like(spoilt[head], number)
    report = gated(Scripted("litert", outputs=spoilt), drives=[])
    (sentence,) = of_heads(report)
    assert sentence == (
        f"litert int8: {head}: pictures whose output is missing, empty or not a number 3, at most 0"
        " (n = 3)"
    )
    assert report.results[1].verdict("eyes") == "failed"


def test_float_reference_that_gives_no_numbers_fails_with_all_that_agree_with_it() -> None:
    spoilt = eyes_outputs()
    spoilt["iris"] = np.full_like(spoilt["iris"], np.nan)
    reference = Scripted(precision="float32", outputs=spoilt).opened()
    same = Scripted("litert", outputs=spoilt).opened()
    report = compared(reference, [same], eye_pictures(), [])
    assert [result.verdict("eyes") for result in report.results] == ["failed", "failed"]
    assert report.verdict("eyes", reference.variant.files["eyes"]) == "failed"


def test_head_that_is_off_is_named_with_runtime_figure_and_limit() -> None:
    off = eyes_outputs(openness=[[0.7, -3.0], [0.5, -3.0]])
    report = gated(Scripted("litert", outputs=off), drives=[])
    mean, tail = of_heads(report)
    assert mean.startswith("litert int8: openness: points worse") and "at most 0.5" in mean
    assert tail.startswith("litert int8: openness: 99th percentile") and "at most 5" in tail
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
    (sentence,) = of_heads(report)
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
    assert any(check["figure"].startswith("99th percentile") for check in checks)


def test_report_of_what_is_no_number_is_still_json() -> None:
    blind = Scripted(off=lambda value: float("nan"))
    report = compared(blind.opened(), [blind.opened()], eye_pictures(), [drive(5.0)])
    values = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert None in [check["value"] for check in values["variants"][1]["checks"]]


def few_pictures() -> GateInputs:
    from model_compression.data.labelled_face import labelled_face
    from model_compression.quantization.pictures import trial_pictures
    from tests.model_compression.detector.painted_people import labelled_set

    faces = [labelled_face(labelled_set(people=3), row) for row in range(3)]
    pictures = trial_pictures(faces, np.random.default_rng(0), face_px=112)
    return GateInputs(pictures, [], "painted people")


def test_every_file_of_a_bundle_gets_its_verdict(tmp_path: Path) -> None:
    """Tiny models agree, but they find no face, and there was no drive."""
    pytest.importorskip("onnxruntime")
    write_bundle(tmp_path, runtimes=("litert", "onnx"))
    report = gate_bundle(tmp_path, few_pictures(), lambda what: None)
    parts = open_bundle(tmp_path).manifest.parts.named()
    assert {part: [file.gate for file in each.files] for part, each in parts.items()} == {
        "detector": ["passed", "failed"],
        "face": ["passed", "failed"],
        "eyes": ["passed", "failed"],
        "expression": ["passed", "passed"],
    }
    assert {check.head for check in failed(report.results[1].checks)} == {"box", "points", "events"}
    assert report.as_json()["inputs"] == "painted people"


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
