"""The manifest takes what format 1 allows, comes back from its own text, and says in a sentence what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from edge_app.bundle.manifest import BundleManifest, yaml_text
from edge_app.configuration.document import read_document
from edge_app.configuration.load import validated
from tests.bundle.bundles import LABELS, MEMORY, manifest_values, with_temporal


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


def test_part_with_a_memory_comes_back_from_its_own_text() -> None:
    manifest = BundleManifest.model_validate(manifest_values(**with_temporal()))
    again = validated(BundleManifest, read_document(yaml_text(manifest), "bundle.yaml"))
    assert again == manifest
    assert again.parts.temporal is not None and again.parts.temporal.rate_hz == 4.0


def test_part_with_a_memory_needs_the_embedding_that_it_follows() -> None:
    values = manifest_values(**with_temporal())
    del values["parts"]["face"]["outputs"]["embedding"], values["heads"]["embedding"]
    assert "follows the embedding of a face part, and there is none" in refusal(values)
    del values["parts"]["face"]
    values["heads"] = {name: h for name, h in values["heads"].items() if h["part"] != "face"}
    assert "follows the embedding of a face part, and there is none" in refusal(values)


@pytest.mark.parametrize("shape", [[1, 256], [1, 256 + MEMORY, 1], [2, 256 + MEMORY]])
def test_step_that_is_no_embedding_and_memory_is_refused(shape: list[int]) -> None:
    sentence = refusal(manifest_values(**with_temporal(input={"name": "step", "shape": shape})))
    assert f"an embedding of 256 and a memory of {MEMORY} are (1, {256 + MEMORY})" in sentence


def test_part_with_a_memory_that_does_not_give_it_back_is_refused() -> None:
    values = manifest_values(**with_temporal())
    del values["parts"]["temporal"]["outputs"]["memory"], values["heads"]["memory"]
    assert "the part temporal has no output memory" in refusal(values)


def test_part_with_a_memory_that_says_nothing_is_refused() -> None:
    values = manifest_values(**with_temporal())
    for name in ("drowsiness", "intoxication", "expression_over_time"):
        del values["parts"]["temporal"]["outputs"][name], values["heads"][name]
    assert "the part temporal has none of the heads drowsiness, " in refusal(values)


def test_part_with_a_memory_says_its_rate() -> None:
    values = manifest_values(**with_temporal())
    del values["parts"]["temporal"]["rate_hz"]
    assert "parts.temporal.rate_hz" in refusal(values)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "the head drowsiness has 2 outputs and 0 names in its order"),
        (["alert"], "the head drowsiness has 2 outputs and 1 names in its order"),
        (["drowsy", "drowsy"], "the head drowsiness needs two classes or more, each with a name"),
    ],
)
def test_head_over_time_names_each_of_its_classes(names: list[str], told: str) -> None:
    values = manifest_values(**with_temporal())
    values["heads"]["drowsiness"]["order"] = names
    assert told in refusal(values)


@pytest.mark.parametrize(
    "name", ["", " ", "Drowsy", "very drowsy", "a,b", "müde", "unavailable", "not_unavailable"]
)
def test_class_whose_column_could_not_be_told_from_others_is_refused(name: str) -> None:
    values = manifest_values(**with_temporal())
    values["heads"]["drowsiness"]["order"] = ["alert", name]
    assert f"the head drowsiness has a class {name!r}" in refusal(values)


def test_openvino_file_without_its_weights_is_refused() -> None:
    values = manifest_values()
    values["parts"]["eyes"]["files"][0]["runtime"] = "openvino"
    assert "names its .bin" in refusal(values)


def test_every_field_says_what_it_is() -> None:
    schema = BundleManifest.model_json_schema()
    for model in [schema, *schema["$defs"].values()]:
        for name, field in model["properties"].items():
            assert field.get("description") or "$ref" in field, f"{model['title']}.{name}"
