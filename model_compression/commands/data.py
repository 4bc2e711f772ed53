"""Prepare the pictures that the students learn from, and the clips and pictures of their teachers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError
from model_compression.commands.features import features
from model_compression.commands.prepare_clips import prepare

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])
app.command()(prepare)
app.command()(features)


@app.command()
def labels(
    sets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SET]...", help="Which sets; all of them without it."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the data sets; VIGIL_DATA without it.")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Where labels are kept; VIGIL_CACHE without it."),
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option("--teacher", help="MediaPipe's face_landmarker.task; searched without it."),
    ] = None,
    processes: Annotated[
        int, typer.Option("--processes", min=1, help="How many processes work at once.")
    ] = 1,
) -> None:
    """Let the teacher label the training pictures; continues where it stopped."""
    from rich.console import Console

    from edge_app.inference.model_files import FACE_LANDMARKER, find_model
    from model_compression.data.folders import cache_folder, data_folder
    from model_compression.data.label_run import LabelledCount, prepare
    from model_compression.data.sets import SET_NAMES

    console = Console(highlight=False, soft_wrap=True)
    cache_root = cache_folder(cache)

    def tell(count: LabelledCount) -> None:
        said = "labelled" if count.made_now else "already there"
        console.print(
            f"{count.name}: {said}, {count.found} of {count.faces} faces found", markup=False
        )

    with _bars(console) as advance:
        prepare(
            sets or SET_NAMES,
            data_folder(data),
            cache_root,
            find_model(FACE_LANDMARKER.file_name, explicit=teacher),
            processes=processes,
            progress=advance,
            finished=tell,
        )
    console.print(f"{cache_root / 'labels'}", markup=False)


@app.command()
def pack(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="The pack to be written.")],
    sets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SET]...",
            help="Which sets; without it all labelled ones that are learned from.",
        ),
    ] = None,
    most_mib: Annotated[
        float, typer.Option("--most-mib", min=0.1, help="Largest size; pictures are coded to fit.")
    ] = 58.0,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Where labels are kept; VIGIL_CACHE without it."),
    ] = None,
) -> None:
    """Write the labelled sets as one file, for a machine with a GPU and without the photographs."""
    from rich.console import Console

    from model_compression.data.folders import cache_folder
    from model_compression.data.labelled_set import fingerprint_of
    from model_compression.data.pack import pack as packed
    from model_compression.data.sets import SET_NAMES

    console = Console(highlight=False, soft_wrap=True)
    root = cache_folder(cache)
    learned_from = [name for name in SET_NAMES if not name.endswith("-val")]
    names = sets or [name for name in learned_from if fingerprint_of(name, root) is not None]
    if not names:
        raise UserError(f"{root}: no set is labelled here; run 'vigil data labels' first.")
    with _bars(console) as advance:
        size, quality = packed(names, out, most_mib=most_mib, cache_root=root, progress=advance)
    console.print(
        f"{out}: {', '.join(names)}; {size / 2**20:.1f} MiB, JPEG quality {quality}", markup=False
    )


@app.command()
def unpack(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `vigil data pack` wrote.")],
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Where labels are kept; VIGIL_CACHE without it."),
    ] = None,
) -> None:
    """Put a pack's sets into the cache, from where training reads them."""
    from rich.console import Console

    from model_compression.data.folders import cache_folder
    from model_compression.data.pack import unpack as unpacked

    console = Console(highlight=False, soft_wrap=True)
    root = cache_folder(cache)
    with _bars(console) as advance:
        names = unpacked(file, cache_root=root, progress=advance)
    console.print(f"{root / 'labels'}: {', '.join(names)}", markup=False)


@contextmanager
def _bars(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each set, from its first step on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn

    with Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(name: str, done: int, of: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=None)
            bar.update(tasks[name], completed=done, total=of)

        yield advance
