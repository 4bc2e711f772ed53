"""`bundle.yaml`, format version 1: what a bundle holds, how it was made, and what it was measured to do.

Written by the exporter, read by the vehicle. Whether the files are there and whole is checked in `open.py`.
"""

from __future__ import annotations

import datetime
import re
from pathlib import PurePosixPath
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, Field, model_validator

from edge_app.bundle.head_calibration import HeadCalibration, check_calibration
from edge_app.bundle.heads import (
    BLINK_HEADS,
    CALIBRATED_HEADS,
    KNOWN_HEADS,
    PART_NAMES,
    TEMPORAL_HEADS,
    KnownHead,
    PartName,
)
from edge_app.bundle.tuning import Temperatures, Thresholds
from edge_app.inference.runtimes import Precision, Provider, RuntimeName
from edge_app.settings_model import SettingsModel

FORMAT = 1
MANIFEST_NAME = "bundle.yaml"
NOT_VALIDATED = "none"

Gate = Literal["passed", "failed", "not-run"]
# As /proc/cpuinfo of Linux writes them. The first two and the last are dot products of bytes.
InstructionSet = Literal["avx_vnni", "avx512_vnni", "avx2", "asimddp"]


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path:
        raise ValueError("a path must stay inside the bundle's folder")
    return path


InsidePath = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_inside)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
# Of a class of a head over time, which becomes a column of signals.csv beside others with this ending.
_CLASS_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_UNAVAILABLE = "unavailable"
# No least length where items may be wrong themselves: the sentence would then be of the length.
Shape = tuple[Annotated[int, Field(ge=1)], ...]


class Companion(SettingsModel):
    """A file that lies beside a model file and is loaded with it, such as OpenVINO's weights."""

    path: InsidePath = Field(description="Path inside the bundle.")
    sha256: Sha256 = Field(description="SHA-256 of the file, 64 lower-case hex digits.")
    bytes: int = Field(ge=1, description="Size of the file.")


class BundleFile(Companion):
    """One part as one file for one runtime, in one precision."""

    path: InsidePath = Field(description="Path inside the bundle.")
    runtime: RuntimeName = Field(description="Inference runtime that loads this file.")
    precision: Precision = Field(description="Precision of its inner layers.")
    weight_bits: int | None = Field(
        None, ge=2, le=8, description="Bits of quantized weights; 7 where 8 would saturate."
    )
    gate: Gate = Field(description="Whether the parity gate passed this file; others are not run.")
    instruction_sets: tuple[InstructionSet, ...] = Field(
        (), description="The CPU needs one of these; empty: any CPU."
    )
    providers: tuple[Provider, ...] = Field(
        ("cpu",), description="ONNX Runtime's providers that the file is meant for."
    )
    names: dict[str, str] = Field(
        {}, description="Names inside the file, by name of input or output, where they differ."
    )
    companions: tuple[Companion, ...] = Field(
        (), description="Files loaded with it: the .bin of an OpenVINO .xml."
    )

    @model_validator(mode="after")
    def _with_weights(self) -> BundleFile:
        if self.runtime == "openvino" and len(self.companions) != 1:
            raise ValueError("an openvino file names its .bin, and nothing else, as companions")
        if self.runtime != "openvino" and self.companions:
            raise ValueError("only an openvino file has companions")
        return self


class PartInput(SettingsModel):
    """The one input of a part, float32: a picture, luma, standardized; of `temporal` and `blinks` numbers."""

    name: str = Field(min_length=1, description="Name of the input.")
    shape: Shape = Field(description="Shape; NCHW of a picture.")


class PartOutput(SettingsModel):
    """One output of a part, float32."""

    shape: Shape = Field(description="Shape.")
    meaning: str = Field(description="What it says, in words.")


class Part(SettingsModel):
    """One model: the same function in each of its files."""

    input: PartInput = Field(description="Its input.")
    outputs: dict[str, PartOutput] = Field(description="Its outputs by name, in the model's order.")
    files: tuple[BundleFile, ...] = Field(description="One for each runtime and precision.")


class TemporalPart(Part):
    """A part with a memory. One run is one step of it."""

    rate_hz: float = Field(gt=0, le=120, description="Steps a second; it knows no other rate.")


class Parts(SettingsModel):
    """The models of a bundle."""

    detector: Part | None = Field(None, description="Finds faces in the whole frame.")
    face: Part | None = Field(None, description="Reads the face crop.")
    eyes: Part | None = Field(None, description="Reads both eye pictures.")
    expression: Part | None = Field(None, description="Reads the face crop too.")
    temporal: TemporalPart | None = Field(
        None, description="Follows what the face part says from frame to frame."
    )
    blinks: Part | None = Field(None, description="Tells from the last blinks how alert they look.")

    def named(self) -> dict[PartName, Part]:
        """The parts that are there."""
        return {name: part for name in PART_NAMES if (part := getattr(self, name)) is not None}


class Head(SettingsModel):
    """One output as the vehicle uses it."""

    part: PartName = Field(description="The part whose output of this name it is.")
    unit: str = Field(description="Unit.")
    order: tuple[str, ...] = Field(
        (), description="What stands in each place, where that has names."
    )
    validated: str = Field(
        min_length=1, description="`none`, or in a sentence on which data it was validated."
    )
    calibration: HeadCalibration | None = Field(
        None, description="How its probabilities were calibrated, where they were."
    )


class Preprocessing(SettingsModel):
    """What is done to a frame before a model sees it. The vehicle refuses what it does not do."""

    colour: Literal["luma"] = Field("luma", description="The one channel.")
    scaling: Literal["standardized"] = Field(
        "standardized", description="Each picture to mean 0 and deviation 1."
    )
    crop_geometry: Literal[1] = Field(1, description="Version of the rule that places crops.")
    landmark_layout: Literal[1] = Field(1, description="Version of the order of the 146 points.")
    detector_size_px: int = Field(192, ge=32, description="Side of the letterboxed frame.")
    face_size_px: int = Field(112, ge=32, description="Side of the face crop.")
    expression_size_px: int = Field(
        112, ge=32, description="Side of the face crop as the part expression sees it."
    )
    eye_width_px: int = Field(64, ge=8, description="Width of an eye picture.")
    eye_height_px: int = Field(48, ge=8, description="Height of an eye picture.")


class Measurement(SettingsModel):
    """Figures on one data set."""

    set: str = Field(min_length=1, description="The data set.")
    date: datetime.date = Field(description="When it was measured.")
    n: int = Field(ge=0, description="Number of pictures, clips or events.")
    people: int | None = Field(None, ge=0, description="Number of people, where known.")
    figures: dict[str, float] = Field(description="Figure by name.")
    parts: tuple[PartName, ...] = Field(
        (), description="The parts it was measured of; empty: the whole bundle."
    )


class TrainingData(SettingsModel):
    """One data set that took part in training."""

    name: str = Field(min_length=1, description="The data set.")
    licence: str = Field(min_length=1, description="Its terms.")
    sha256: Sha256 = Field(description="SHA-256 of the data as used.")
    what: str = Field("", description="What it was used for.")
    parts: tuple[PartName, ...] = Field(
        (), description="The parts it was used for; empty: the whole bundle."
    )


class Teacher(SettingsModel):
    """One model that gave labels."""

    name: str = Field(
        min_length=1, description="The model, with its terms and what it is known by."
    )
    parts: tuple[PartName, ...] = Field(
        (), description="The parts that learned from it; empty: the whole bundle."
    )


class TrainingRun(SettingsModel):
    """One command that made weights of this bundle."""

    parts: tuple[PartName, ...] = Field(description="The parts it trained.")
    command: str = Field(min_length=1, description="The exact command.")
    commit: str = Field(min_length=7, description="Commit of the code.")
    seed: int | None = Field(None, description="Seed.")
    hours: float | None = Field(None, ge=0, description="How long it took.")


class Training(SettingsModel):
    """Where the weights come from."""

    data: tuple[TrainingData, ...] = Field((), description="The data sets.")
    teachers: tuple[Teacher | str, ...] = Field(
        (), description="The models that gave labels; a name alone: of the whole bundle."
    )
    runs: tuple[TrainingRun, ...] = Field((), description="The commands, in their order.")


class BundleManifest(SettingsModel):
    """All of `bundle.yaml`."""

    format: Literal[1] = Field(description="Version of this format.")
    name: str = Field(pattern="^[a-z0-9][a-z0-9._-]{0,63}$", description="Name of the bundle.")
    version: str = Field(
        pattern=r"^[0-9]+\.[0-9]+\.[0-9]+[a-z0-9.+-]*$", description="Version of its weights."
    )
    created: datetime.date = Field(description="When it was made.")
    parts: Parts = Field(description="Its models.")
    heads: dict[str, Head] = Field(description="What its models say, by name.")
    preprocessing: Preprocessing = Field(description="What a model expects to see.")
    expression_labels: tuple[str, ...] = Field(
        (), description="Names of the expression's classes, in order."
    )
    thresholds: Thresholds = Field(
        Thresholds(), description="Decision thresholds and weights by name."
    )
    temperatures: Temperatures = Field(
        Temperatures(), description="By head: what its logits are divided by."
    )
    metrics: tuple[Measurement, ...] = Field((), description="What was measured.")
    training: Training = Field(Training(), description="How the weights were made.")
    card: InsidePath = Field("card.md", description="The model card.")

    @model_validator(mode="after")
    def _consistent(self) -> BundleManifest:
        parts = self.parts.named()
        outputs = {output: name for name, part in parts.items() for output in part.outputs}
        for output, part_name in outputs.items():
            if output not in self.heads:
                raise ValueError(f"the output {output} of {part_name} has no entry in heads")
        for name, head in self.heads.items():
            if outputs.get(name) != head.part:
                raise ValueError(f"the head {name} is no output of the part {head.part}")
            _like_known(name, head, parts[head.part].outputs[name].shape)
        for name, head in self.heads.items():
            if head.calibration is not None:
                _calibrated(name, head.calibration, parts[head.part], self.temperatures)
        if self.parts.temporal is not None:
            _remembers(self.parts, self.heads)
        blinks = self.parts.blinks
        if blinks is not None and set(blinks.outputs) != set(BLINK_HEADS):
            raise ValueError(f"the part blinks gives {' and '.join(BLINK_HEADS)}, and nothing else")
        if "expression" in self.heads:
            classes = parts["expression"].outputs["expression"].shape[-1]
            if len(self.expression_labels) != classes:
                raise ValueError(
                    f"expression has {classes} outputs and {len(self.expression_labels)} labels"
                )
        return self


def yaml_text(manifest: BundleManifest) -> str:
    """The manifest as the text of `bundle.yaml`."""
    values = manifest.model_dump(mode="json", exclude_none=True)
    training = values["training"]
    for entry in (*values["metrics"], *training["data"], *training["teachers"]):
        if isinstance(entry, dict) and not entry["parts"]:
            del entry["parts"]  # of the whole bundle: said so since the format began
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120)


def _remembers(parts: Parts, heads: dict[str, Head]) -> None:
    """That the part `temporal` fits the face part of the same bundle, and names the classes of what it says."""
    assert parts.temporal is not None
    outputs = parts.temporal.outputs
    face = parts.face.outputs.get("embedding") if parts.face is not None else None
    if face is None:
        raise ValueError(
            "the part temporal follows the embedding of a face part, and there is none"
        )
    if "memory" not in outputs:
        raise ValueError("the part temporal has no output memory")
    embedding, memory = face.shape[-1], outputs["memory"].shape[-1]
    if parts.temporal.input.shape != (1, embedding + memory):
        raise ValueError(
            f"the part temporal takes {parts.temporal.input.shape}, but an embedding of {embedding} and a"
            f" memory of {memory} are {(1, embedding + memory)}"
        )
    said = [name for name in TEMPORAL_HEADS if name in outputs]
    if not said:
        raise ValueError(f"the part temporal has none of the heads {', '.join(TEMPORAL_HEADS)}")
    for name in said:
        classes, names = outputs[name].shape[-1], heads[name].order
        if len(names) != classes:
            raise ValueError(
                f"the head {name} has {classes} outputs and {len(names)} names in its order"
            )
        if classes < 2 or len(set(names)) < classes:
            raise ValueError(
                f"the head {name} needs two classes or more, each with a name of its own"
            )
        for each in names:
            if not _CLASS_NAME.fullmatch(each) or each.endswith(_UNAVAILABLE):
                raise ValueError(
                    f"the head {name} has a class {each!r}, but a name is of small letters, digits, `.`, `_`, `-`,"
                    f" at most 64, and does not end with {_UNAVAILABLE}"
                )


def _calibrated(
    name: str, calibration: HeadCalibration, part: Part, temperatures: Temperatures
) -> None:
    if name not in CALIBRATED_HEADS:
        raise ValueError(
            f"the head {name} takes no calibration: only {', '.join(CALIBRATED_HEADS)} tell probabilities, what"
            " others say becomes decisions by thresholds"
        )
    check_calibration(
        name,
        calibration,
        classes=part.outputs[name].shape[-1],
        temperature=getattr(temperatures, name),
    )


def _like_known(name: str, head: Head, shape: tuple[int, ...]) -> None:
    known: KnownHead | None = KNOWN_HEADS.get(name)
    if known is None:
        raise ValueError(f"{name} is no head that format {FORMAT} knows")
    if head.part != known.part or head.unit != known.unit:
        raise ValueError(f"the head {name} belongs to {known.part}, in {known.unit}")
    fits = len(shape) == len(known.shape) and all(
        want is None or size == want for size, want in zip(shape, known.shape, strict=True)
    )
    if not fits:
        wanted = "×".join("any" if want is None else str(want) for want in known.shape)
        raise ValueError(f"the head {name} has shape {'×'.join(map(str, shape))}, not {wanted}")
