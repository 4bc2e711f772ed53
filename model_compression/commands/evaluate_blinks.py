"""`vigil evaluate-blinks`: what the head on blink sequences is worth for people it did not learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError
from model_compression.commands.output_place import check_place, unwritable

_FIGURES, _TABLE = "the file of figures", "the table"


def evaluate_blinks(
    data: Annotated[
        Path,
        typer.Option("--data", metavar="DIR", help="Folder of blink sequences, one npz a fold."),
    ],
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, max=20, help="Trainings of the head, each fold.")
    ] = 3,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="Optimiser steps; as shipped without it.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write all figures to this file.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--markdown", metavar="OUT", help="Write the tables there.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="CPU threads; all cores without it.")
    ] = None,
) -> None:
    """Leave each fold of blink sequences out once: the head beside trees on simple statistics."""
    import os
    from datetime import datetime, timezone

    from rich.console import Console

    from model_compression.blinks.sequences import fold_files, read_folds, sha256_of
    from model_compression.evaluation.file_bars import FileBars
    from model_compression.evaluation.report import write_document
    from model_compression.evaluation.surroundings import surroundings

    files = fold_files(data)
    if len(files) < 2:
        raise UserError(f"{data}: needs a folder of two folds or more, so that one can be left out")
    sequences = read_folds(files)
    try:
        import torch

        from model_compression.blinks.asking import ask_everybody
        from model_compression.blinks.left_out_report import document, markdown
        from model_compression.blinks.settings import BlinkTraining
    except ModuleNotFoundError as error:
        raise UserError(
            f"training needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'"
        ) from error

    for file, what in ((json_file, _FIGURES), (table, _TABLE)):
        if file is not None:
            check_place(file, what)
    torch.set_num_threads(threads or os.cpu_count() or 1)
    console = Console(highlight=False, soft_wrap=True)
    settings = BlinkTraining() if steps is None else BlinkTraining(steps=steps)
    told = {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": surroundings(),
        "data": {file.name: sha256_of(file) for file in files},
        "settings": settings.model_dump(),
    }
    with FileBars(console) as track:
        try:
            asked = ask_everybody(sequences, settings, seeds, track)
        except ValueError as error:
            raise UserError(f"{data}: {error}; give folds with all three recordings") from error
        bar = iter(track(range(len(asked.names)), len(asked.names), "intervals over people"))
        figures = document(asked, lambda: next(bar), told)
    text = markdown(figures)
    console.print(text, markup=False)
    if json_file is not None:
        write_document(figures, json_file)
        console.print(f"written: {json_file}", markup=False)
    if table is not None:
        try:
            table.write_text(text, encoding="utf-8")
        except OSError as error:
            raise unwritable(table, _TABLE, error) from error
        console.print(f"written: {table}", markup=False)
