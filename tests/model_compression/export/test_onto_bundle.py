"""A temporal part is added to a bundle whose other files and facts stay as they are."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge_app.bundle.heads import KNOWN_HEADS, PartName
from edge_app.bundle.manifest import (
    BundleFile,
    BundleManifest,
    Measurement,
    PartInput,
    PartOutput,
    Teacher,
    Training,
    TrainingData,
    TrainingRun,
)
from edge_app.bundle.open import Bundle, BundleError, open_bundle
from edge_app.bundle.tuning import Temperatures, Thresholds
from edge_app.errors import UserError
from model_compression.export.bundle_facts import BundleFacts
from model_compression.export.bundle_writer import write_bundle
from model_compression.export.quantized_folder import (
    MadeFile,
    QuantizedFolder,
    QuantizedPart,
    sha256_of,
    write_folder,
)
from tests.bundle import bundles

OUTPUTS = {"drowsiness": (1, 2), "expression_over_time": (1, 7), "memory": (1, 8)}
CLASSES = {
    "drowsiness": ("alert", "drowsy"),
    "expression_over_time": tuple("abcdefg"),
}
DAY = datetime.date(2026, 11, 21)
BOTH: tuple[PartName, ...] = ("face", "temporal")


def quantized(folder: Path, **changes: Any) -> Path:
    """A folder of one part, temporal unless told."""
    folder.mkdir()
    content = str(folder).encode()
    (folder / "temporal-float32.onnx").write_bytes(content)
    file = BundleFile(
        path="temporal-float32.onnx",
        sha256=sha256_of(folder / "temporal-float32.onnx"),
        bytes=len(content),
        runtime="onnx",
        precision="float32",
        gate="not-run",
    )
    values: dict[str, Any] = {
        "part": "temporal",
        "student": "head",
        "student_sha256": "1" * 64,
        "float_layers_meant": 2,
        "input": PartInput(name="step", shape=(1, 256 + 8)),
        "outputs": {
            name: PartOutput(shape=shape, meaning=KNOWN_HEADS[name].meaning)
            for name, shape in OUTPUTS.items()
        },
        "files": (MadeFile(file=file, largest_error=0.0, operators={}, float_layers=0),),
        "rate_hz": 4.0,
        "classes": CLASSES,
        **changes,
    }
    part = QuantizedPart(**values)
    write_folder(folder, QuantizedFolder(created=DAY, calibration="none", parts=(part,)))
    return folder


@pytest.fixture
def base(tmp_path: Path) -> Bundle:
    run = TrainingRun(parts=("face",), command="vigil train student face", commit="0" * 40)
    bundles.write_bundle(
        tmp_path / "base",
        thresholds={"eye": 0.9, "mask": 0.1},
        temperatures={"visible": 0.6},
        metrics=[{"set": "truth", "date": "2026-11-21", "n": 9, "figures": {"auc": 0.9}}],
        training={"teachers": ["a landmarker"], "runs": [run.model_dump(mode="json")]},
    )
    return open_bundle(tmp_path / "base")


def added(place: Path, *folders: Path, onto: Bundle | None, **facts: Any) -> BundleManifest:
    place.mkdir()
    card = place.parent / "about.md"
    card.write_text("# Tiny\n")
    return write_bundle(
        folders,
        place,
        name="more",
        version="2.0.0",
        card=card,
        facts=BundleFacts(**facts),
        onto=onto,
    )


def test_other_parts_stay_as_they_are_byte_for_byte(base: Bundle, tmp_path: Path) -> None:
    head, place = quantized(tmp_path / "head"), tmp_path / "more"
    added(place, head, onto=base)
    opened = open_bundle(place)
    opened.verify_all()
    parts, before = opened.manifest.parts.named(), base.manifest.parts.named()
    assert {name: parts[name] for name in before} == before
    assert {file.gate for part in before.values() for file in part.files} == {"passed"}
    for file in base.files():
        assert (place / file.path).read_bytes() == (base.folder / file.path).read_bytes()


def test_part_comes_with_its_rate_and_the_names_of_its_classes(
    base: Bundle, tmp_path: Path
) -> None:
    manifest = added(tmp_path / "more", quantized(tmp_path / "head"), onto=base)
    temporal = manifest.parts.temporal
    assert temporal is not None and temporal.rate_hz == 4.0
    assert [file.gate for file in temporal.files] == ["not-run"]
    assert {name: manifest.heads[name].order for name in CLASSES} == CLASSES
    assert manifest.expression_labels == base.manifest.expression_labels


def test_facts_come_on_top_of_what_is_known(base: Bundle, tmp_path: Path) -> None:
    run = TrainingRun(parts=("temporal",), command="vigil distill", commit="1" * 40)
    manifest = added(
        tmp_path / "more",
        quantized(tmp_path / "head"),
        onto=base,
        validated={"drowsiness": "on drawn drivers"},
        thresholds=Thresholds(mask=0.2),
        temperatures=Temperatures(drowsiness=1.7),
        metrics=(Measurement(set="drawn", date=DAY, n=3, figures={"uar": 0.8}),),
        training=Training(runs=(run,)),
    )
    assert (manifest.thresholds.eye, manifest.thresholds.mask) == (0.9, 0.2)
    assert (manifest.temperatures.visible, manifest.temperatures.drowsiness) == (0.6, 1.7)
    assert [measured.set for measured in manifest.metrics] == ["truth", "drawn"]
    assert [run.command for run in manifest.training.runs] == [
        "vigil train student face",
        "vigil distill",
    ]
    assert manifest.heads["drowsiness"].validated == "on drawn drivers"
    assert manifest.heads["openness"] == base.manifest.heads["openness"]


def data(name: str, *parts: PartName) -> TrainingData:
    return TrainingData(name=name, licence="CC0", sha256="4" * 64, parts=parts)


def measured(name: str, *parts: PartName) -> Measurement:
    return Measurement(set=name, date=DAY, n=3, figures={"uar": 0.8}, parts=parts)


def test_temporal_part_is_replaced_with_what_was_known_of_it(base: Bundle, tmp_path: Path) -> None:
    run = TrainingRun(parts=("temporal",), command="vigil distill", commit="1" * 40)
    added(
        tmp_path / "first",
        quantized(tmp_path / "old"),
        onto=base,
        validated={"drowsiness": "on drawn drivers"},
        temperatures=Temperatures(drowsiness=1.7),
        metrics=(measured("drawn"), measured("drawn too", "temporal"), measured("both", *BOTH)),
        training=Training(
            data=(data("drawn"), data("both", *BOTH)),
            teachers=("the old teacher", Teacher(name="of both", parts=BOTH)),
            runs=(run,),
        ),
    )
    first = open_bundle(tmp_path / "first")
    assert len(first.manifest.metrics) == 4
    second = added(
        tmp_path / "second",
        quantized(tmp_path / "new"),
        onto=first,
        training=Training(teachers=("the new teacher",)),
    )
    assert second.heads["drowsiness"].validated == "none"
    assert second.temperatures.drowsiness == 1.0 and second.temperatures.visible == 0.6
    assert [run.parts for run in second.training.runs] == [("face",)]
    assert second.metrics == base.manifest.metrics
    assert second.training.data == (data("both", "face"),)
    assert second.training.teachers == (
        *base.manifest.training.teachers,
        Teacher(name="of both", parts=("face",)),
        Teacher(name="the new teacher", parts=("temporal",)),
    )
    assert (tmp_path / "second" / "temporal-float32.onnx").read_bytes().endswith(b"new")


def test_what_is_known_of_the_whole_bundle_is_written_as_before(
    base: Bundle, tmp_path: Path
) -> None:
    """Programs that know no parts of a measurement, of data and of a teacher still read it."""
    place = tmp_path / "more"
    again = Training(teachers=base.manifest.training.teachers)
    added(place, quantized(tmp_path / "head"), onto=base, training=again)
    values = yaml.safe_load((place / "bundle.yaml").read_text())
    before = yaml.safe_load((base.folder / "bundle.yaml").read_text())
    assert values["metrics"] == before["metrics"]
    assert values["training"]["teachers"] == before["training"]["teachers"]


def test_classes_of_a_part_that_is_kept_cannot_be_renamed(base: Bundle, tmp_path: Path) -> None:
    known = base.manifest.expression_labels
    with pytest.raises(UserError, match="leave expression_labels out of the facts"):
        added(
            tmp_path / "more",
            quantized(tmp_path / "head"),
            onto=base,
            expression_labels=tuple(reversed(known)),
        )
    told = added(tmp_path / "same", quantized(tmp_path / "too"), onto=base, expression_labels=known)
    assert told.expression_labels == known


def test_part_that_others_were_judged_with_is_not_replaced(base: Bundle, tmp_path: Path) -> None:
    eyes = quantized(
        tmp_path / "eyes",
        part="eyes",
        input=PartInput(name="eyes", shape=(2, 1, 48, 64)),
        outputs={"openness": PartOutput(shape=(2, 2), meaning="lids")},
    )
    with pytest.raises(UserError, match="has a part eyes already"):
        added(tmp_path / "more", eyes, onto=base)


def test_changed_file_of_the_bundle_is_not_taken_over(base: Bundle, tmp_path: Path) -> None:
    file = base.files()[0]
    (base.folder / file.path).write_bytes(b"changed")
    with pytest.raises(BundleError, match=file.path):
        added(tmp_path / "more", quantized(tmp_path / "head"), onto=base)


def test_temporal_part_without_a_face_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="follows the embedding of a face part, and there is none"):
        added(tmp_path / "more", quantized(tmp_path / "head"), onto=None)


def test_head_of_another_face_part_is_refused(tmp_path: Path) -> None:
    head = quantized(tmp_path / "head", follows="2" * 64)
    face = quantized(
        tmp_path / "face",
        part="face",
        student="other face",
        student_sha256="3" * 64,
        input=PartInput(name="face", shape=(1, 1, 112, 112)),
        outputs={"embedding": PartOutput(shape=(1, 256), meaning="features")},
    )
    with pytest.raises(UserError, match="learned to follow another face part than other face"):
        added(tmp_path / "more", head, face, onto=None)
