"""Quantized parts and what is known of them, put together as a bundle: manifest, model files, model card."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge_app.bundle.heads import KNOWN_HEADS, PartName
from edge_app.bundle.manifest import (
    FORMAT,
    MANIFEST_NAME,
    NOT_VALIDATED,
    BundleManifest,
    Head,
    Part,
    Parts,
    Preprocessing,
    TemporalPart,
    yaml_text,
)
from edge_app.bundle.open import Bundle, read_manifest
from edge_app.errors import UserError
from model_compression.export.base_bundle import kept_heads, kept_parts, with_base
from model_compression.export.bundle_facts import BundleFacts
from model_compression.export.quantized_folder import (
    MadeFile,
    QuantizedPart,
    read_folder,
    sha256_of,
)

CARD = "card.md"


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
    onto: Bundle | None = None,
) -> BundleManifest:
    """Fill `place`, an empty folder. keep: `runtime/precision` of the files to take; all without it.

    leave_out: `part/precision` or `part/runtime/precision` of files not to take, such as `eyes/int8`.

    onto: a bundle whose other parts are taken over, with all that is known of them; `facts` come on top.

    Every gate of a new file is `not-run` until the gate has run. Raises `UserError`.
    """
    parts, homes = _quantized_parts(folders)
    named = {name for part, q in parts.items() for made in q.files for name in _names(part, made)}
    for absent in sorted(set(leave_out) - named):
        raise UserError(
            f"{absent}: no such files to leave out; there are {', '.join(sorted(named))}."
        )
    _check_follows(parts)
    described: dict[PartName, Part] = {}
    heads: dict[str, Head] = {}
    if onto is not None:
        facts = with_base(facts, onto, parts)
        described = kept_parts(onto, parts, place)
        heads = kept_heads(onto.manifest, described, facts)
    for part, quantized in parts.items():
        told = _part(quantized, homes[part], place, keep, leave_out)
        described[part] = told
        heads |= {output: _head(output, quantized, facts) for output in told.outputs}
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
        preprocessing=_preprocessing(
            described, None if onto is None else onto.manifest.preprocessing
        ),
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


def _quantized_parts(
    folders: Sequence[Path],
) -> tuple[dict[PartName, QuantizedPart], dict[PartName, Path]]:
    """Each part, and the folder that it comes from."""
    parts: dict[PartName, QuantizedPart] = {}
    homes: dict[PartName, Path] = {}
    for folder in folders:
        for part in read_folder(folder).parts:
            if part.part in parts:
                raise UserError(
                    f"{folder}: the part {part.part} comes from {homes[part.part]} too; give one."
                )
            parts[part.part], homes[part.part] = part, folder
    return parts, homes


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
            if (place / each.path).exists():
                raise UserError(f"{source}: the bundle has another file of this name; rename one.")
            shutil.copyfile(source, place / each.path)
        files.append(file)
    if not files:
        wanted = f" for {', '.join(keep)}" if keep else " left"
        raise UserError(f"{home}: has no file of {quantized.part}{wanted}.")
    if quantized.part != "temporal":
        return Part(input=quantized.input, outputs=quantized.outputs, files=tuple(files))
    if quantized.rate_hz is None:
        raise UserError(f"{home}: does not say the rate of its part temporal; quantize it again.")
    return TemporalPart(
        input=quantized.input,
        outputs=quantized.outputs,
        files=tuple(files),
        rate_hz=quantized.rate_hz,
    )


def _check_follows(parts: Mapping[PartName, QuantizedPart]) -> None:
    """Raises `UserError` where a temporal part learned to follow another face part than the one beside it."""
    temporal, face = parts.get("temporal"), parts.get("face")
    if temporal is None or face is None or temporal.follows in ("", face.student_sha256):
        return
    raise UserError(
        f"the part temporal ({temporal.student}) learned to follow another face part than {face.student}; give the"
        " one that it was quantized with."
    )


def _names(part: PartName, made: MadeFile) -> set[str]:
    """What `leave_out` may call a file by."""
    file = made.file
    return {f"{part}/{file.precision}", f"{part}/{file.runtime}/{file.precision}"}


def _head(output: str, quantized: QuantizedPart, facts: BundleFacts) -> Head:
    return Head(
        part=quantized.part,
        unit=KNOWN_HEADS[output].unit,
        order=quantized.classes.get(output) or _order(output, facts),
        validated=facts.validated.get(output, NOT_VALIDATED),
    )


def _order(output: str, facts: BundleFacts) -> tuple[str, ...]:
    return facts.expression_labels if output == "expression" else KNOWN_HEADS[output].order


def _preprocessing(
    parts: Mapping[PartName, Part], known: Preprocessing | None = None
) -> Preprocessing:
    """known: of a bundle that others of the parts come from."""
    given: dict[str, int] = {}
    if "face" in parts:
        given["face_size_px"] = parts["face"].input.shape[-1]
    if "detector" in parts:
        given["detector_size_px"] = parts["detector"].input.shape[-1]
    return (known or Preprocessing()).model_copy(update=given)
