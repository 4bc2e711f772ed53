"""`vigil train blinks`: the head on blink sequences, from UTA-RLDD's blink features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError
from model_compression.commands.output_place import check_place

_WHAT = "the head"


def blinks(
    data: Annotated[
        Path,
        typer.Option(
            "--data", metavar="DIR", help="Folder of blink sequences, one npz a fold; or one npz."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="RUN", help="Folder of the run.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Everything random follows.")] = 0,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="Optimiser steps; as tried without it.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="CPU threads; all cores without it.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what an earlier run left in RUN.")
    ] = False,
) -> None:
    """Train the head on blink sequences on all folds; first without each, to see how sure it may be."""
    import os
    from datetime import datetime, timezone

    from rich.console import Console

    from model_compression.blinks.sequences import fold_files, read_folds, sha256_of

    files = fold_files(data)
    sequences = read_folds(files)
    try:
        import torch

        from model_compression.blinks.learned import LearnedHead, learn
        from model_compression.blinks.settings import BlinkTraining
        from model_compression.blinks.student_file import write_student
    except ModuleNotFoundError as error:
        raise UserError(
            f"training needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'"
        ) from error
    from model_compression.evaluation.file_bars import FileBars
    from model_compression.evaluation.surroundings import surroundings
    from model_compression.export.finished_folder import finished_folder
    from model_compression.training.network_file import STUDENT_FILE

    check_place(out / STUDENT_FILE, _WHAT, "name another folder")
    torch.set_num_threads(threads or os.cpu_count() or 1)
    console = Console(highlight=False, soft_wrap=True)
    given = {"seed": seed} if steps is None else {"seed": seed, "steps": steps}
    settings = BlinkTraining(**given)
    with finished_folder(out, replace=force, owned_by=STUDENT_FILE) as folder:
        try:
            with FileBars(console) as track:
                head: LearnedHead = learn(sequences, settings, track)
        except ValueError as error:
            raise UserError(f"{data}: {error}; give folds with all three recordings") from error
        write_student(
            folder,
            head.network,
            settings,
            figures=head.figures,
            told={
                "data": {file.name: sha256_of(file) for file in files},
                "people": int(sequences.people.max()) + 1,
                "sequences": len(sequences),
                "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                "code": str(surroundings()["commit"]),
                "sharpness": head.sharpness,
            },
        )
    for name, value in head.figures.items():
        console.print(f"people left out: {name} {value:.3f}", markup=False)
    told = f"{out / STUDENT_FILE}: {len(sequences)} sequences of {len(files)} folds"
    console.print(f"{told}, logits ×{head.sharpness:.2f}", markup=False)
