"""A bundle with the calibration of one head written into it: every model file as it was, the card with a line more."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from edge_app.bundle.head_calibration import HeadCalibration
from edge_app.bundle.manifest import MANIFEST_NAME, BundleManifest, yaml_text
from edge_app.bundle.open import Bundle, BundleError, read_manifest
from edge_app.errors import UserError

HEADING = "## Calibrated probabilities"
_VERSION = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)(.*)")


def next_version(version: str) -> str:
    """The next patch of it."""
    told = _VERSION.fullmatch(version)
    assert told is not None  # the manifest's pattern
    return f"{told[1]}.{told[2]}.{int(told[3]) + 1}"


def check_version(known: BundleManifest, version: str) -> None:
    """Raises `UserError` where a bundle cannot have this version."""
    changed = known.model_copy(update={"version": version})
    try:
        read_manifest(yaml_text(changed).encode(), MANIFEST_NAME)
    except BundleError as error:  # of a manifest that was good with another version
        raise UserError(
            f"--bundle-version {version}: is no version; give three numbers such as 1.4.0"
        ) from error


def calibrated_manifest(
    known: BundleManifest,
    head: str,
    calibration: HeadCalibration,
    *,
    version: str,
    created: datetime.date,
) -> BundleManifest:
    """As the vehicle will read it. Raises `BundleError` where it would refuse it."""
    heads = dict(known.heads)
    heads[head] = heads[head].model_copy(update={"calibration": calibration})
    temperatures = known.temperatures
    if calibration.temperature is not None:
        temperatures = temperatures.model_copy(update={head: calibration.temperature})
    changed = known.model_copy(
        update={
            "heads": heads,
            "temperatures": temperatures,
            "version": version,
            "created": created,
        }
    )
    return read_manifest(yaml_text(changed).encode(), MANIFEST_NAME)


def write_calibrated(bundle: Bundle, manifest: BundleManifest, place: Path) -> None:
    """Fills `place`, an empty folder. Raises `BundleError` for a file of `bundle` that is not as it was."""
    for file in bundle.files():
        target = place / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(bundle.read(file))
    source = bundle.folder / manifest.card
    try:
        card = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{source}: the model card cannot be read ({error})") from error
    target = place / manifest.card
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(with_calibrations(card, manifest), encoding="utf-8")
    (place / MANIFEST_NAME).write_text(yaml_text(manifest), encoding="utf-8")


def with_calibrations(card: str, manifest: BundleManifest) -> str:
    """The card with one section on all heads that are calibrated, in the place of an earlier one."""
    before, found, behind = card.partition(f"{HEADING}\n")
    following = ""
    if found:
        next_heading = re.search(r"^#{1,2} ", behind, re.MULTILINE)
        following = behind[next_heading.start() :] if next_heading else ""
    lines = [
        _sentence(name, head.calibration)
        for name, head in manifest.heads.items()
        if head.calibration is not None
    ]
    text = "\n".join([before.rstrip("\n"), "", HEADING, "", *lines, ""])
    return f"{text}\n{following}" if following else text


def _sentence(head: str, known: HeadCalibration) -> str:
    how = (
        f"temperature {known.temperature:g}"
        if known.temperature is not None
        else f"isotonic curve of {len(known.knots or ())} knots"
    )
    people = "people not named" if known.people is None else f"{known.people} people"
    return (
        f"- `{head}`: {how}, from {known.n} answers of {known.set} ({people}), {known.date}. Expected calibration error"
        f" {known.ece_before:.4f} before, {known.ece_after:.4f} after; Brier score {known.brier_before:.4f} before,"
        f" {known.brier_after:.4f} after; each answer read with a calibration that others than its person gave."
    )
