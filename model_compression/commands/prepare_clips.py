"""`vigil data prepare`: clips of aligned faces from a set of labelled videos, or single ones from a set of pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model_compression.commands.kept_work import behind_a_bar
from model_compression.data.clips.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_compression.data.clips.clip_row import ClipRow
    from model_compression.data.clips.preparing import Prepared, Progress
    from model_compression.data.clips.settings import ClipSettings

_MIB = 1024 * 1024
_MOST_CLASSES_NAMED = 20  # a set of people has thousands


def _kinds(*, pictures: bool) -> str:
    return ", ".join(name for name, kind in KINDS.items() if kind.pictures == pictures)


def prepare(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help=f"Of videos: {_kinds(pictures=False)}. Of pictures: {_kinds(pictures=True)}.",
        ),
    ],
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="Where the data set lies.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder of the prepared clips; one that was stopped goes on.",
        ),
    ],
    size: Annotated[int, typer.Option("--size", help="Side of the square, pixels.")] = 160,
    channels: Annotated[int, typer.Option("--channels", help="3 for RGB, 1 for luma.")] = 3,
    frame_rate: Annotated[
        float | None,
        typer.Option(
            "--frame-rate",
            help="At most so many frames a second. Without it 15 for nthu-ddd and mix-bac, 6.25 for voxceleb2,"
            " elsewhere the videos' own.",
        ),
    ] = None,
    window_s: Annotated[
        float | None,
        typer.Option(
            "--window-s",
            help="Cut videos into clips of so many seconds; 0 keeps them whole. Without it 4 for nthu-ddd and mix-bac,"
            " 2.56 for voxceleb2, elsewhere 0.",
        ),
    ] = None,
    stride_s: Annotated[
        float | None,
        typer.Option(
            "--stride-s",
            help="Seconds from one window's beginning to the next. Without it 8 for mix-bac, 10 for voxceleb2,"
            " elsewhere as long as the window.",
        ),
    ] = None,
    min_label_share: Annotated[
        float,
        typer.Option(
            "--min-label-share",
            help="Leave a window out where fewer of its frames have one label; nthu-ddd labels frames.",
        ),
    ] = 0.75,
    min_faces: Annotated[
        float,
        typer.Option("--min-faces", help="Leave a clip out where fewer frames show a face."),
    ] = 0.5,
    outside: Annotated[
        str,
        typer.Option(
            "--outside",
            help="grey: nothing but the face is left, as captions beside it can tell its label; keep: all of the"
            " square.",
        ),
    ] = "grey",
    no_face: Annotated[
        str,
        typer.Option(
            "--no-face",
            help="Pictures in which no face is found. leave: left out, and counted; keep: the whole picture is the"
            " square, with its surroundings, for sets whose pictures are all faces.",
        ),
    ] = "leave",
    processes: Annotated[
        int, typer.Option("--processes", min=1, help="How many processes work at once.")
    ] = 1,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing", help="Prepare what is there of a set, and record what is not."
        ),
    ] = False,
) -> None:
    """Cut aligned faces out of a set's videos or pictures, for training; continues where it stopped.

    Faces are found by Vigil's own models. Nothing is downloaded, and the data set is left as it is.
    """
    from model_compression.data.clips.kinds import kind_of
    from model_compression.data.clips.preparing import prepare as prepared
    from model_compression.data.clips.settings import ClipSettings

    usual = kind_of(kind)
    window_s = usual.window_s if window_s is None else window_s
    if stride_s is None and window_s:
        stride_s = usual.stride_s
    settings = ClipSettings(
        size_px=size,
        channels=channels,
        frame_rate_hz=usual.frame_rate_hz if frame_rate is None else frame_rate,
        window_s=window_s or None,
        stride_s=stride_s,
        min_label_share=min_label_share,
        min_face_share=min_faces,
        outside=outside,  # type: ignore[arg-type]  # checked by the settings
        no_face=no_face,  # type: ignore[arg-type]
    )

    def work(progress: Progress) -> Prepared:
        return prepared(
            kind,
            root,
            out,
            settings,
            processes=processes,
            allow_missing=allow_missing,
            progress=progress,
        )

    of = "pictures" if usual.pictures else "videos"
    _tell(out, behind_a_bar(work, out, of_what=of), settings, of)


def _tell(out: Path, made: Prepared, settings: ClipSettings, of_what: str) -> None:
    index = made.index
    of_pictures = of_what == "pictures"
    rows = f"{of_what}: {len(index.rows)}"
    if not of_pictures:
        rows = f"clips: {len(index.rows)}, videos: {len({row.video for row in index.rows})}"
    size = sum(shard.bytes for shard in index.shards) / _MIB
    typer.echo(f"{out}")
    typer.echo(f"{rows}, people: {made.people or 'unknown'}, {size:.1f} MiB")
    for task, names in index.classes.items():
        typer.echo(f"{task}: {_classes_told(task, names, index.rows)}")
    for value in sorted({name for row in index.rows for name in row.values}):
        numbers = [row.values[value] for row in index.rows if value in row.values]
        mean = sum(numbers) / len(numbers)
        typer.echo(
            f"{value}: {min(numbers):.2f} to {max(numbers):.2f}, mean {mean:.2f}, of {len(numbers)}"
        )
    share = index.face_count / max(1, index.frame_count)
    searched = "pictures" if of_pictures else "frames"
    typer.echo(f"faces: found in {share:.1%} of {index.frame_count} {searched}")
    if of_pictures and settings.no_face == "keep":
        whole = sum(row.face_share == 0 for row in index.rows)
        typer.echo(f"kept whole, as no face is found in them: {whole}")
    for why, count in made.left_out.most_common():
        typer.echo(f"left out: {count}: {why}", err=True)
    if index.missing:
        typer.echo(f"missing: {len(index.missing)}, first {index.missing[0]}", err=True)
    if settings.outside == "keep":
        typer.echo("surroundings were kept: captions in them can tell a label", err=True)
    for note in index.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"made now: {made.made_now} {of_what}; fingerprint {index.fingerprint[:16]}")


def _classes_told(task: str, names: Sequence[str], rows: Sequence[ClipRow]) -> str:
    """How many rows each class has; of many classes, how many the smallest and the largest have."""
    counts = Counter(row.labels[task] for row in rows if task in row.labels)
    if len(names) <= _MOST_CLASSES_NAMED:
        return ", ".join(f"{name} {counts[number]}" for number, name in enumerate(names))
    each = [counts[number] for number in range(len(names))]
    return f"{len(names)} classes, {min(each)} to {max(each)} each"
