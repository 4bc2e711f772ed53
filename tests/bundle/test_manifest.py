"""The manifest takes what format 1 allows, comes back from its own text, and says in a sentence what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from edge_app.bundle.manifest import BundleManifest, yaml_text
from edge_app.configuration.document import read_document
from edge_app.configuration.load import validated
from tests.bundle.bundles import LABELS, manifest_values


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
