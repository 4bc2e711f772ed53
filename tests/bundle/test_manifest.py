"""The manifest takes what format 1 allows, comes back from its own text, and says in a sentence what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from edge_app.bundle.heads import KNOWN_HEADS, VEHICLE_HEADS
from edge_app.bundle.manifest import BundleManifest, yaml_text
from edge_app.configuration.document import read_document
from edge_app.configuration.load import validated

SHAPES: dict[str, tuple[int, ...]] = {
    "heat": (1, 1, 24, 24),
    "box": (1, 4, 24, 24),
    "points": (1, 10, 24, 24),
    "expression": (1, 7),
}
INPUTS = {
    "detector": {"name": "image", "shape": [1, 1, 192, 192]},
    "face": {"name": "face", "shape": [1, 1, 112, 112]},
    "eyes": {"name": "eyes", "shape": [2, 1, 48, 64]},
    "expression": {"name": "features", "shape": [1, 128, 14, 14]},
}
LABELS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]


def manifest_values(**changes: Any) -> dict[str, Any]:
    """A whole bundle.yaml, of files that need not exist."""
    parts: dict[str, Any] = {}
    heads: dict[str, Any] = {}
    for name in (*VEHICLE_HEADS, "embedding", "features", "expression"):
        known = KNOWN_HEADS[name]
        heads[name] = {"part": known.part, "unit": known.unit, "validated": "none"}
        part = parts.setdefault(
            known.part,
            {
                "input": INPUTS[known.part],
                "outputs": {},
                "files": [
                    {
                        "path": f"{known.part}.float32.tflite",
                        "runtime": "litert",
                        "precision": "float32",
                        "sha256": "0" * 64,
                        "bytes": 1,
                        "gate": "passed",
                    }
                ],
            },
        )
        part["outputs"][name] = {
            "shape": list(SHAPES.get(name, known.shape)),
            "meaning": known.meaning,
        }
    values: dict[str, Any] = {
        "format": 1,
        "name": "test-bundle",
        "version": "1.0.0",
        "created": "2026-11-20",
        "parts": parts,
        "heads": heads,
        "preprocessing": {},
        "expression_labels": LABELS,
    }
    return {**values, **changes}


def test_manifest_comes_back_from_its_own_text() -> None:
    # A commit such as 12e4567 would be a number to YAML.
    runs = [{"parts": ["face"], "command": "vigil train student", "commit": "12e4567"}]
    manifest = BundleManifest.model_validate(manifest_values(training={"runs": runs}))
    again = validated(BundleManifest, read_document(yaml_text(manifest), "bundle.yaml"))
    assert again == manifest


def refusal(values: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        BundleManifest.model_validate(values)
    return str(caught.value)


@pytest.mark.parametrize("path", ["../outside.tflite", "/etc/passwd", "a/../../b", "a\\b", ""])
def test_path_that_leaves_the_folder_is_refused(path: str) -> None:
    values = manifest_values()
    values["parts"]["eyes"]["files"][0]["path"] = path
    assert "parts.eyes.files.0.path" in refusal(values)


def test_unknown_key_is_refused() -> None:
    assert "colour_of_car" in refusal(manifest_values(colour_of_car="red"))


def test_output_without_a_head_is_refused() -> None:
    values = manifest_values()
    del values["heads"]["openness"]
    assert "the output openness of eyes has no entry in heads" in refusal(values)


def test_head_without_an_output_is_refused() -> None:
    values = manifest_values()
    del values["parts"]["eyes"]["outputs"]["iris"]
    assert "the head iris is no output of the part eyes" in refusal(values)


def test_head_in_another_unit_is_refused() -> None:
    values = manifest_values()
    values["heads"]["gaze"]["unit"] = "degrees"
    assert "the head gaze belongs to face, in rad, log(rad)" in refusal(values)


def test_head_of_another_shape_is_refused() -> None:
    values = manifest_values()
    values["parts"]["face"]["outputs"]["landmarks"]["shape"] = [1, 136]
    assert "the head landmarks has shape 1×136, not 1×292" in refusal(values)


def test_expression_without_a_name_for_each_class_is_refused() -> None:
    assert "7 outputs and 6 labels" in refusal(manifest_values(expression_labels=LABELS[:-1]))


def test_openvino_file_without_its_weights_is_refused() -> None:
    values = manifest_values()
    values["parts"]["eyes"]["files"][0]["runtime"] = "openvino"
    assert "names its .bin" in refusal(values)


def test_every_field_says_what_it_is() -> None:
    schema = BundleManifest.model_json_schema()
    for model in [schema, *schema["$defs"].values()]:
        for name, field in model["properties"].items():
            assert field.get("description") or "$ref" in field, f"{model['title']}.{name}"
