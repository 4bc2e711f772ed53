"""A bundle whose manifest says of each file whether it passed the gate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import BundleManifest, Part, Parts
from edge_app.bundle.open import open_bundle
from model_compression.export.bundle_writer import save_manifest
from model_compression.quantization.blinks_gate import run_blinks_gate
from model_compression.quantization.gate import GateReport, Progress, run_gate
from model_compression.quantization.gate_inputs import GateInputs


def gate_bundle(
    folder: Path,
    inputs: GateInputs,
    progress: Progress,
    *,
    only: Collection[PartName] | None = None,
) -> GateReport:
    """Run the gate on the bundle in `folder` and write each file's result into its manifest.

    only: the parts that are judged; the others keep their verdicts. None: all.
    """
    bundle = open_bundle(folder, require=())
    judged = set(bundle.manifest.parts.named() if only is None else only)
    ran = run_gate(
        bundle,
        inputs.pictures,
        inputs.drives,
        progress,
        followed=inputs.followed,
        only=only,
    )
    report = replace(ran, inputs=inputs.told)
    if "blinks" in judged and bundle.manifest.parts.blinks is not None:
        report.results.extend(run_blinks_gate(bundle, progress).results)
    save_manifest(folder, with_verdicts(bundle.manifest, report, only))
    return report


def gate_blinks(folder: Path, progress: Progress) -> GateReport:
    """As `gate_bundle` where the part blinks alone is judged, which looks at no picture and follows nobody."""
    bundle = open_bundle(folder, require=())
    report = run_blinks_gate(bundle, progress)
    save_manifest(folder, with_verdicts(bundle.manifest, report, {"blinks"}))
    return report


def with_verdicts(
    manifest: BundleManifest, report: GateReport, only: Collection[PartName] | None = None
) -> BundleManifest:
    parts: dict[str, Part] = {}
    for name, part in manifest.parts.named().items():
        if only is not None and name not in only:
            parts[name] = part
            continue
        files = tuple(
            file.model_copy(update={"gate": report.verdict(name, file)}) for file in part.files
        )
        parts[name] = part.model_copy(update={"files": files})
    return manifest.model_copy(update={"parts": Parts(**parts)})
