"""`vigil quantize`: trained students as float and int8 files for the vehicle's runtimes."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError


class Runtime(str, Enum):
    """Runtimes that files are made for."""

    litert = "litert"
    onnx = "onnx"
    openvino = "openvino"


def quantize(
    students: Annotated[
        list[Path],
        typer.Argument(metavar="STUDENT…", help="student.pt files, or the folders of their runs."),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the files and report.")
    ],
    runtime: Annotated[
        list[Runtime] | None,
        typer.Option("--runtime", help="For which runtimes; may be repeated. All without it."),
    ] = None,
    pictures: Annotated[
        int,
        typer.Option("--pictures", min=4, help="On how many pictures ranges are measured."),
    ] = 160,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="Labelled set that they come from; may be repeated."),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Where the labels are kept; VIGIL_CACHE without it."),
    ] = None,
    qat: Annotated[
        int,
        typer.Option(
            "--qat", metavar="STEPS", min=0, help="Fine-tune for rounding first; no temporal head."
        ),
    ] = 0,
    eight_bits: Annotated[
        bool,
        typer.Option("--eight-bits", help="Also 8-bit weights, for CPUs that do not saturate."),
    ] = False,
    tensorrt: Annotated[
        bool, typer.Option("--tensorrt", help="Also a symmetric int8 file for TensorRT.")
    ] = False,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(
            "--contact-sheet",
            metavar="DIR",
            help="Write the chosen pictures there, side by side; they show people.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Chooses the pictures.")] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what an earlier run left in DIR.")
    ] = False,
) -> None:
    """Turn trained students into float and int8 files for each runtime."""
    from rich.console import Console

    from model_compression.export.finished_folder import finished_folder
    from model_compression.export.quantized_folder import FILE_NAME, write_folder

    try:
        from model_compression.evaluation.worst_cases import check_outside_repositories
        from model_compression.quantization.picture_coverage import COVERAGE_FILE, SHEET_FILE
        from model_compression.quantization.pictures import SETS
        from model_compression.quantization.quantize_students import (
            QuantizeOptions,
            quantize_students,
        )
    except ModuleNotFoundError as error:
        raise UserError(
            f"vigil quantize needs the Python package {error.name}; run"
            " `pip install 'vigil-driver-monitoring[train,quantize]'`."
        ) from error

    console = Console(highlight=False, soft_wrap=True)
    options = QuantizeOptions(
        runtimes=tuple(each.value for each in runtime or Runtime),
        pictures=pictures,
        sets=tuple(sets or SETS),
        cache=cache,
        fine_tuning_steps=qat,
        eight_bits=eight_bits,
        tensorrt=tensorrt,
        seed=seed,
        contact_sheet=contact_sheet,
    )
    if contact_sheet is not None:
        check_outside_repositories(contact_sheet)
    with finished_folder(out, replace=force, owned_by=FILE_NAME) as folder:
        made = quantize_students(
            students, folder, options, lambda what: console.print(what, markup=False)
        )
        write_folder(folder, made)
    for part in made.parts:
        for each in part.files:
            size_kb = sum(f.bytes for f in (each.file, *each.file.companions)) / 1000
            console.print(
                f"{out / each.file.path}: {size_kb:.0f} kB, largest error {each.largest_error:.3g}"
                f" of an output's deviation, {each.float_layers} layers in float",
                markup=False,
            )
    if made.coverage is not None:
        console.print(f"what the pictures cover: {out / COVERAGE_FILE}", markup=False)
    if contact_sheet is not None and made.coverage is not None:
        console.print(f"the pictures: {contact_sheet / SHEET_FILE}", markup=False)
    console.print(f"report: {out / FILE_NAME}", markup=False)
