"""Quantized parts become a bundle that the vehicle opens; a changed file, a part given twice, a wrong fact do not."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge_app.bundle.heads import KNOWN_HEADS
from edge_app.bundle.manifest import BundleFile, Companion, PartInput, PartOutput
from edge_app.bundle.open import open_bundle
from edge_app.errors import UserError
from model_compression.export.bundle_facts import BundleFacts, read_facts
from model_compression.export.bundle_writer import write_bundle
from model_compression.export.quantized_folder import (
    MadeFile,
    QuantizedFolder,
    QuantizedPart,
    sha256_of,
    write_folder,
)

OUTPUTS = {"openness": (2, 2), "visible": (2, 1), "iris": (2, 3)}


def made(folder: Path, name: str, **values: Any) -> MadeFile:
    path = folder / name
    path.write_bytes(name.encode())
    companions = []
    if path.suffix == ".xml":
        weights = path.with_suffix(".bin")
        weights.write_bytes(b"weights")
        companions = [Companion(path=weights.name, sha256=sha256_of(weights), bytes=7)]
    file = BundleFile(
        path=name,
        sha256=sha256_of(path),
        bytes=len(name),
        gate="not-run",
        companions=tuple(companions),
        **values,
    )
    return MadeFile(file=file, largest_error=0.0, operators={}, float_layers=0)


@pytest.fixture
def quantized(tmp_path: Path) -> Path:
    folder = tmp_path / "quantized"
    folder.mkdir()
    part = QuantizedPart(
        part="eyes",
        student="tiny",
        student_sha256="0" * 64,
        float_layers_meant=0,
        input=PartInput(name="eyes", shape=(2, 1, 48, 64)),
        outputs={
            name: PartOutput(shape=shape, meaning=KNOWN_HEADS[name].meaning)
            for name, shape in OUTPUTS.items()
        },
        files=(
            made(folder, "eyes-float32.onnx", runtime="onnx", precision="float32"),
            made(folder, "eyes-int8.xml", runtime="openvino", precision="int8", weight_bits=7),
        ),
    )
    day = datetime.date(2026, 11, 21)
    write_folder(folder, QuantizedFolder(created=day, calibration="none", parts=(part,)))
    return folder


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "about.md"
    path.write_text("# A tiny model\n")
    return path


def bundled(folders: list[Path], place: Path, card: Path, **values: Any) -> Any:
    place.mkdir()
    settings = {"name": "tiny", "version": "1.0.0", "facts": BundleFacts(), **values}
    return write_bundle(folders, place, card=card, **settings)


def test_bundle_opens_with_every_file_whole(quantized: Path, card: Path, tmp_path: Path) -> None:
    place = tmp_path / "bundle"
    bundled([quantized], place, card)
    bundle = open_bundle(place, require=())
    bundle.verify_all()
    assert bundle.title == "tiny 1.0.0"
    assert {file.path for file in bundle.files()} == {
        "eyes-float32.onnx",
        "eyes-int8.xml",
        "eyes-int8.bin",
    }


def test_facts_stand_in_the_manifest(quantized: Path, card: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    values = {
        "thresholds": {"eye": 0.6},
        "validated": {"openness": "on 1 233 frames labelled by looking"},
        "metrics": [{"set": "truth", "date": "2026-11-21", "n": 9, "figures": {"auc": 0.9}}],
    }
    facts.write_text(yaml.safe_dump(values))
    manifest = bundled([quantized], tmp_path / "bundle", card, facts=read_facts(facts))
    assert manifest.thresholds.eye == 0.6
    assert open_bundle(tmp_path / "bundle", require=()).manifest.thresholds == manifest.thresholds
    assert manifest.heads["openness"].validated.startswith("on 1 233")
    assert manifest.heads["iris"].validated == "none"
    assert manifest.metrics[0].figures == {"auc": 0.9}


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"thresholds": {"eyes": 0.6}}, "thresholds.eyes is not a known key; did you mean `eye`?"),
        ({"thresholds": {"mask": 0}}, "thresholds.mask is 0 but must be a number above 0"),
        ({"thresholds": {"openness_face_weight": 1.5}}, "must be a number from 0 to 1"),
        ({"temperatures": {"visible": -1}}, "temperatures.visible is -1 but must be a number"),
        ({"temperatures": {"gaze": 1}}, "temperatures.gaze is not a known key"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_fact_that_the_vehicle_would_refuse_is_told_with_its_line(
    tmp_path: Path, values: dict[str, Any], complaint: str
) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text(yaml.safe_dump(values))
    with pytest.raises(UserError) as caught:
        read_facts(facts)
    assert str(caught.value).startswith(f"{facts}:2: ")
    assert complaint in str(caught.value)


def test_only_files_that_are_kept_are_taken(quantized: Path, card: Path, tmp_path: Path) -> None:
    place = tmp_path / "bundle"
    bundled([quantized], place, card, keep=["onnx/float32"])
    assert not (place / "eyes-int8.xml").exists()


def test_files_that_are_left_out_are_not_taken(quantized: Path, card: Path, tmp_path: Path) -> None:
    place = tmp_path / "bundle"
    manifest = bundled([quantized], place, card, leave_out=["eyes/int8"])
    assert not (place / "eyes-int8.xml").exists()
    assert {file.precision for file in manifest.parts.named()["eyes"].files} == {"float32"}


def test_files_of_one_runtime_can_be_left_out(quantized: Path, card: Path, tmp_path: Path) -> None:
    manifest = bundled([quantized], tmp_path / "b", card, leave_out=["eyes/openvino/int8"])
    assert {file.runtime for file in manifest.parts.named()["eyes"].files} == {"onnx"}
    with pytest.raises(UserError, match="eyes/onnx/int8: no such files to leave out"):
        bundled([quantized], tmp_path / "c", card, leave_out=["eyes/onnx/int8"])


def test_files_to_leave_out_that_are_not_there_are_named(
    quantized: Path, card: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="face/int8: no such files to leave out; there are eyes/"):
        bundled([quantized], tmp_path / "bundle", card, leave_out=["face/int8"])


def test_file_changed_since_is_refused(quantized: Path, card: Path, tmp_path: Path) -> None:
    (quantized / "eyes-int8.bin").write_bytes(b"changed")
    with pytest.raises(UserError, match=r"eyes-int8\.bin: is missing or was changed"):
        bundled([quantized], tmp_path / "bundle", card)


def test_part_given_twice_is_refused(quantized: Path, card: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the part eyes comes from"):
        bundled([quantized, quantized], tmp_path / "bundle", card)


def test_fact_about_a_head_that_is_not_there_is_refused(
    quantized: Path, card: Path, tmp_path: Path
) -> None:
    facts = BundleFacts(validated={"gaze": "never"})
    with pytest.raises(UserError, match="gaze is validated, which no part gives"):
        bundled([quantized], tmp_path / "bundle", card, facts=facts)


def test_version_that_the_vehicle_would_refuse_is_refused_here(
    quantized: Path, card: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="version"):
        bundled([quantized], tmp_path / "bundle", card, version="new")


def test_folder_that_was_not_quantized_is_one_sentence(card: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="give a folder that 'vigil quantize' wrote"):
        bundled([tmp_path], tmp_path / "bundle", card)


def test_missing_card_is_one_sentence(quantized: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="model card cannot be read"):
        bundled([quantized], tmp_path / "bundle", tmp_path / "none.md")
