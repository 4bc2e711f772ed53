"""Quantized parts and what is known of them, put together as a bundle: manifest, model files, model card."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from edge_app.bundle.heads import KNOWN_HEADS, PartName
from edge_app.bundle.manifest import (
    FORMAT,
    MANIFEST_NAME,
    NOT_VALIDATED,
    BundleManifest,
    Head,
    Measurement,
    Part,
    Parts,
    Preprocessing,
    Training,
    yaml_text,
)
from edge_app.bundle.open import read_manifest
from edge_app.bundle.tuning import Temperatures, Thresholds
from edge_app.configuration.document import read_document
from edge_app.configuration.load import validated
from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel
from model_compression.data.fer2013 import EMOTIONS
from model_compression.export.quantized_folder import (
    MadeFile,
    QuantizedPart,
    read_folder,
    sha256_of,
)

CARD = "card.md"


class BundleFacts(SettingsModel):
    """What no model file can tell; written by hand as YAML for `vigil bundle --facts`."""

    expression_labels: tuple[str, ...] = Field(
        EMOTIONS, description="Classes of the expression head, in its order."
    )
    thresholds: Thresholds = Field(Thresholds(), description="As in bundle.yaml.")
    temperatures: Temperatures = Field(Temperatures(), description="As in bundle.yaml.")
    validated: dict[str, str] = Field(
        {}, description="By head: on which data it was validated, in a sentence."
    )
    metrics: tuple[Measurement, ...] = Field((), description="As in bundle.yaml.")
    training: Training = Field(Training(), description="As in bundle.yaml.")


def read_facts(path: Path) -> BundleFacts:
    """Raises `UserError`, a sentence for each mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: the facts of the bundle cannot be read ({error}).") from error
    return validated(BundleFacts, read_document(text, str(path)))


def write_bundle(
    folders: Sequence[Path],
    place: Path,
    *,
    name: str,
    version: str,
    facts: BundleFacts,
    card: Path,
    keep: Sequence[str] = (),
    leave_out: Sequence[str] = (),
) -> BundleManifest:
    """Fill `place`, an empty folder. keep: `runtime/precision` of the files to take; all without it.

    leave_out: `part/precision` or `part/runtime/precision` of files not to take, such as `eyes/int8`.

    Every gate is `not-run` until the gate has run. Raises `UserError`.
    """
    parts: dict[PartName, QuantizedPart] = {}
    homes: dict[PartName, Path] = {}
    for folder in folders:
        for part in read_folder(folder).parts:
            if part.part in parts:
                raise UserError(
                    f"{folder}: the part {part.part} comes from {homes[part.part]} too; give one."
                )
            parts[part.part], homes[part.part] = part, folder
    named = {name for part, q in parts.items() for made in q.files for name in _names(part, made)}
    for absent in sorted(set(leave_out) - named):
        raise UserError(
            f"{absent}: no such files to leave out; there are {', '.join(sorted(named))}."
        )
    described = {
        part: _part(quantized, homes[part], place, keep, leave_out)
        for part, quantized in parts.items()
    }
    heads = {
        output: Head(
            part=part,
            unit=KNOWN_HEADS[output].unit,
            order=_order(output, facts),
            validated=facts.validated.get(output, NOT_VALIDATED),
        )
        for part, told in described.items()
        for output in told.outputs
    }
    unknown = sorted(set(facts.validated) - set(heads))
    if unknown:
        raise UserError(
            f"the facts say that {', '.join(unknown)} is validated, which no part gives."
        )
    manifest = _checked(
        place,
        format=FORMAT,
        name=name,
        version=version,
        created=datetime.datetime.now(datetime.timezone.utc).date(),
        parts=Parts(**described),
        heads=heads,
        preprocessing=_preprocessing(described),
        expression_labels=facts.expression_labels if "expression" in described else (),
        thresholds=facts.thresholds,
        temperatures=facts.temperatures,
        metrics=facts.metrics,
        training=facts.training,
        card=CARD,
    )
    try:
        shutil.copyfile(card, place / CARD)
    except OSError as error:
        raise UserError(f"{card}: the model card cannot be read ({error.strerror}).") from error
    save_manifest(place, manifest)
    return manifest


def save_manifest(place: Path, manifest: BundleManifest) -> None:
    (place / MANIFEST_NAME).write_text(yaml_text(manifest), encoding="utf-8")


def _checked(place: Path, **values: object) -> BundleManifest:
    """As the vehicle will read it: what it would refuse is refused here."""
    manifest = BundleManifest.model_construct(**values)  # type: ignore[arg-type]
    return read_manifest(yaml_text(manifest).encode(), str(place / MANIFEST_NAME))


def _part(
    quantized: QuantizedPart,
    home: Path,
    place: Path,
    keep: Sequence[str],
    leave_out: Sequence[str],
) -> Part:
    files = []
    for made in quantized.files:
        file = made.file
        if keep and f"{file.runtime}/{file.precision}" not in keep:
            continue
        if _names(quantized.part, made) & set(leave_out):
            continue
        for each in (file, *file.companions):
            source = home / each.path
            if not source.is_file() or sha256_of(source) != each.sha256:
                raise UserError(
                    f"{source}: is missing or was changed since it was quantized; run 'vigil"
                    " quantize' again."
                )
            shutil.copyfile(source, place / each.path)
        files.append(file)
    if not files:
        wanted = f" for {', '.join(keep)}" if keep else " left"
        raise UserError(f"{home}: has no file of {quantized.part}{wanted}.")
    return Part(input=quantized.input, outputs=quantized.outputs, files=tuple(files))


def _names(part: PartName, made: MadeFile) -> set[str]:
    """What `leave_out` may call a file by."""
    file = made.file
    return {f"{part}/{file.precision}", f"{part}/{file.runtime}/{file.precision}"}


def _order(output: str, facts: BundleFacts) -> tuple[str, ...]:
    return facts.expression_labels if output == "expression" else KNOWN_HEADS[output].order


def _preprocessing(parts: dict[PartName, Part]) -> Preprocessing:
    given: dict[str, int] = {}
    if "face" in parts:
        given["face_size_px"] = parts["face"].input.shape[-1]
    if "detector" in parts:
        given["detector_size_px"] = parts["detector"].input.shape[-1]
    return Preprocessing(**given)
