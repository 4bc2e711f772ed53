"""`vigil pack-audio-visual`: a trained head of faces and sound as a folder for `vigil analyze --audio`."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError
from model_compression.commands.output_place import check_place


def pack_audio_visual(
    run: Annotated[
        Path,
        typer.Argument(
            help="Run of 'vigil train network' on the task audio_visual, or its network.pt."
        ),
    ],
    listener: Annotated[
        Path,
        typer.Option(
            "--listener",
            metavar="DIR",
            help="The folder of transformers whose sound it learned from: WavLM, wav2vec 2.0 or HuBERT.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The new folder.")],
    bundle: Annotated[
        str,
        typer.Option(
            "--bundle",
            metavar="BUNDLE",
            help="The bundle whose faces it learned from, by name or folder.",
        ),
    ] = "default",
    licence: Annotated[
        str,
        typer.Option("--licence", help="Terms of the weights: of both networks and their data."),
    ] = "not told",
) -> None:
    """Pack a head of faces and sound with the network that listens; both run in ONNX Runtime, without torch."""
    from rich.console import Console

    try:
        from model_compression.audio_visual.packing import pack
    except ModuleNotFoundError as error:
        raise UserError(
            f"packing needs the package {error.name}:"
            " pip install 'vigil-driver-monitoring[train,audio-visual,quantize]'"
        ) from error
    check_place(out / "head.onnx", "the folder of the head", "name another folder")
    console = Console(highlight=False)
    with console.status("packing") as status:
        packed = pack(
            run,
            listener.expanduser(),
            out,
            bundle=bundle,
            licence=licence,
            today=datetime.now(timezone.utc).date(),
            at_work=status.update,
        )
    manifest = packed.manifest
    console.print(f"{packed.folder}", markup=False, soft_wrap=True)
    console.print(
        f"{manifest.name}: {', '.join(manifest.classes)}; validated: {manifest.validated}",
        markup=False,
        soft_wrap=True,
    )
    console.print(
        f"faces of {manifest.visual.bundle} {manifest.visual.version}, sound of {manifest.sound.network}",
        markup=False,
        soft_wrap=True,
    )
    console.print(
        f"off from torch by at most {packed.listener_off:.1e} (listener) and {packed.head_off:.1e} (head) of the"
        " numbers' deviation",
        markup=False,
        soft_wrap=True,
    )
    if manifest.frame_rates is None:
        typer.echo(
            "note: its training set is not there any more, so that nobody knows at which frame rates it learned",
            err=True,
        )
