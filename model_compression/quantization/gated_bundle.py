"""A bundle whose manifest says of each file whether it passed the gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge_app.bundle.manifest import BundleManifest, Part, Parts
from edge_app.bundle.open import open_bundle
from model_compression.export.bundle_writer import save_manifest
from model_compression.quantization.gate import GateReport, Progress, run_gate
from model_compression.quantization.gate_inputs import GateInputs


def gate_bundle(folder: Path, inputs: GateInputs, progress: Progress) -> GateReport:
    """Run the gate on the bundle in `folder` and write each file's result into its manifest."""
    bundle = open_bundle(folder, require=())
    report = replace(run_gate(bundle, inputs.pictures, inputs.drives, progress), inputs=inputs.told)
    save_manifest(folder, with_verdicts(bundle.manifest, report))
    return report


def with_verdicts(manifest: BundleManifest, report: GateReport) -> BundleManifest:
    parts: dict[str, Part] = {}
    for name, part in manifest.parts.named().items():
        files = tuple(
            file.model_copy(update={"gate": report.verdict(name, file)}) for file in part.files
        )
        parts[name] = part.model_copy(update={"files": files})
    return manifest.model_copy(update={"parts": Parts(**parts)})
