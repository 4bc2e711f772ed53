"""`vigil bundle make`: quantized parts as one bundle that the vehicle can open, each file with the gate's verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from edge_app.errors import UserError
from model_compression.commands.output_place import check_place, unwritable

if TYPE_CHECKING:
    from rich.console import Console

    from edge_app.bundle.heads import PartName
    from edge_app.bundle.manifest import BundleManifest
    from model_compression.quantization.gate import GateReport

_CHECK_FAILED = 1
_REPORT = "the gate's report"


def make(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR…", help="Folders that `vigil quantize` wrote.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="BUNDLE", help="The new bundle.")],
    name: Annotated[str, typer.Option("--name", help="Name of the bundle.")],
    version: Annotated[str, typer.Option("--bundle-version", help="Version of its weights.")],
    card: Annotated[Path, typer.Option("--card", help="The model card, Markdown.")],
    facts: Annotated[
        Path | None,
        typer.Option(
            "--facts", help="YAML: thresholds, temperatures, validated, metrics, training."
        ),
    ] = None,
    onto: Annotated[
        str | None,
        typer.Option(
            "--onto",
            metavar="BUNDLE",
            help="Add to this bundle, by name or folder: its other parts stay as they are, byte for byte.",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep", metavar="RUNTIME/PRECISION", help="Only such files, e.g. onnx/int8."
        ),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            "--leave-out",
            metavar="PART/[RUNTIME/]PRECISION",
            help="No such files, e.g. eyes/int8 or face/openvino/int8.",
        ),
    ] = None,
    gate: Annotated[
        Literal["labels", "clip", "none"],
        typer.Option("--gate", help="On people held out, on the demo's clip, or not at all."),
    ] = "labels",
    pictures: Annotated[
        int, typer.Option("--pictures", min=1, help="Pictures that the gate compares.")
    ] = 400,
    drives: Annotated[
        int, typer.Option("--drives", min=1, help="Drives of 60 s that the gate compares.")
    ] = 9,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Where the labels are kept; VIGIL_CACHE without it."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="JSON", help="Write the gate's figures there."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a bundle in that place.")] = False,
) -> None:
    """Put quantized parts together as a bundle and run the parity gate on it."""
    from rich.console import Console

    from edge_app.bundle.manifest import MANIFEST_NAME
    from edge_app.bundle.open import open_bundle
    from model_compression.export.finished_folder import finished_folder

    try:
        from model_compression.export.bundle_facts import BundleFacts, read_facts
        from model_compression.export.bundle_writer import write_bundle
    except ModuleNotFoundError as error:
        raise UserError(
            f"vigil bundle make needs the Python package {error.name}; run"
            " `pip install 'vigil-driver-monitoring[train,quantize]'`."
        ) from error

    console = Console(highlight=False, soft_wrap=True)
    told = None
    if report is not None:
        check_place(report, _REPORT)
    base = open_bundle(onto, require=()) if onto is not None else None
    with finished_folder(out, replace=force, owned_by=MANIFEST_NAME) as place:
        manifest = write_bundle(
            folders,
            place,
            name=name,
            version=version,
            facts=read_facts(facts) if facts is not None else BundleFacts(),
            card=card,
            keep=keep or (),
            leave_out=leave_out or (),
            onto=base,
        )
        if gate != "none":
            face_px = manifest.preprocessing.face_size_px
            new = None if base is None else new_parts(manifest, base.manifest)
            told = _gated(place, gate, (pictures, drives, face_px), new, cache, console)
    console.print(f"{out}: {manifest.name} {manifest.version}", markup=False)
    if told is not None and report is not None:
        write_report(report, told)
    if told is not None and not told.passed:
        for sentence in told.sentences():
            console.print(f"gate failed: {sentence}", markup=False, style="red")
        raise typer.Exit(_CHECK_FAILED)


def new_parts(manifest: BundleManifest, base: BundleManifest) -> set[PartName]:
    """Parts of `manifest` that are not as they are in `base`."""
    before = base.parts.named()
    return {name for name, part in manifest.parts.named().items() if before.get(name) != part}


def _gated(
    place: Path,
    source: str,
    size: tuple[int, int, int],
    new: set[PartName] | None,
    cache: Path | None,
    console: Console,
) -> GateReport:
    """size: pictures, drives, and the side of the face's crop in px. new: the parts that are judged; None: all."""
    from edge_app.bundle.open import open_bundle
    from edge_app.commands.demo import DEMO_CLIP
    from model_compression.quantization.gate_inputs import (
        drives_from_clip,
        drives_from_labels,
        inputs_from_clip,
        inputs_from_labels,
    )
    from model_compression.quantization.gated_bundle import gate_blinks, gate_bundle

    pictures, drives, face_px = size
    given = {"pictures": pictures, "drives": drives, "face_px": face_px, "seed": 1}
    if new == {"blinks"}:
        told = gate_blinks(place, lambda what: console.print(f"gate: {what}", markup=False))
        console.print(f"gate on {told.inputs}", markup=False)
        for result in told.results:
            console.print(
                f"gate: {result.variant.title}: blinks {result.verdict('blinks')}", markup=False
            )
        return told
    if new == {"temporal"}:  # which looks at no picture of its own
        if source == "clip":
            opened = open_bundle(place, require=())
            inputs = drives_from_clip(opened, DEMO_CLIP, drives=drives, seed=1)
        else:
            inputs = drives_from_labels(drives=drives, seed=1, cache=cache)
    elif source == "clip":
        inputs = inputs_from_clip(open_bundle(place, require=()), DEMO_CLIP, **given)
    else:
        inputs = inputs_from_labels(**given, cache=cache)
    console.print(f"gate on {inputs.told}", markup=False)
    told = gate_bundle(
        place, inputs, lambda what: console.print(f"gate: {what}", markup=False), only=new
    )
    for result in told.results:
        words = {part: result.verdict(part) for part in result.variant.files}
        verdicts = ", ".join(f"{part} {verdict}" for part, verdict in words.items())
        console.print(f"gate: {result.variant.title}: {verdicts}", markup=False)
    if new is None:
        console.print(f"gate: {told.events} events in the drives", markup=False)
    return told


def write_report(report: Path, told: GateReport) -> None:
    """Raises `UserError`."""
    try:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(told.as_json(), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise unwritable(report, _REPORT, error) from error
