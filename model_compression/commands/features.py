"""`vigil data features`: what frozen networks say of the faces and the sound of labelled long videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError
from model_compression.commands.kept_work import behind_a_bar

if TYPE_CHECKING:
    from model_compression.data.features.extraction import Extracted
    from model_compression.data.features.face_reader import FaceReader
    from model_compression.data.features.sound_reader import SoundReader


def features(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND", help="aff-wild2-expr, aff-wild2-va, c-expr or hume-vidmimic2."
        ),
    ],
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="Where the data set lies.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder of the features; one that was stopped goes on.",
        ),
    ],
    visual: Annotated[
        list[str] | None,
        typer.Option(
            "--visual",
            metavar="[NAME=]NETWORK",
            help="A network that reads faces; several times for several. A run of 'vigil train' with a picture-network"
            " or its network.pt, a folder of transformers (BEiT, ViT, ResNet), or a bundle: default is Vigil's own."
            " Its streams are NAME.embedding and NAME.scores; NAME is the file's or folder's without it.",
        ),
    ] = None,
    audio: Annotated[
        Path | None,
        typer.Option(
            "--audio",
            metavar="DIR",
            help="A folder of transformers with WavLM, wav2vec 2.0 or HuBERT, which listens to the sound tracks.",
        ),
    ] = None,
    second_detector: Annotated[
        Path | None,
        typer.Option(
            "--second-detector",
            metavar="FILE",
            help="OpenCV's face_detection_yunet_*.onnx, for frames in which Vigil's own detector finds no face.",
        ),
    ] = None,
    every: Annotated[
        int, typer.Option("--every", min=1, help="Read every so many frames; 1 reads all of them.")
    ] = 1,
    frame_rate: Annotated[
        float | None,
        typer.Option(
            "--frame-rate", help="At most so many frames a second. Without it the videos' own."
        ),
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            "--device",
            help="auto, cpu or cuda: where networks of torch read. Faces are found on the CPU.",
        ),
    ] = "auto",
    allow_missing: Annotated[
        bool,
        typer.Option("--allow-missing", help="Read what is there of a set, and tell what is not."),
    ] = False,
) -> None:
    """Read faces and sound of labelled videos with frozen networks; continues where it stopped.

    Faces that a set brings cut out are taken as they are; else Vigil's own models find all faces of each frame. Nothing
    is downloaded, and the data set is left as it is.
    """
    if not visual and audio is None:
        raise UserError("nothing would be read; give --visual, --audio or both.")
    if device not in ("auto", "cpu", "cuda"):
        raise UserError(f"--device is {device} but must be auto, cpu or cuda.")
    from model_compression.data.features.all_faces import AllFaces
    from model_compression.data.features.extraction import extract
    from model_compression.data.features.kinds import find_labelled
    from model_compression.data.features.labelled_video import check_found
    from model_compression.data.features.second_detector import YuNet
    from model_compression.data.features.thinning import Thinning
    from model_compression.data.features.video_reading import VideoReading

    thinning = Thinning(every, frame_rate)
    found = find_labelled(kind, root)
    check_found(found, root, kind, allow_missing=allow_missing)
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder.")
    try:
        readers, sound = _readers(visual or (), device), _sound(audio, device)
    except ModuleNotFoundError as error:
        raise UserError(
            f"networks of torch need the package {error.name}: pip install 'vigil-driver-monitoring[audio-visual]'"
        ) from error
    searched = bool(readers) and any(not video.crops for video in found.videos)
    second = None if second_detector is None or not searched else YuNet(second_detector)
    if second_detector is not None and second is None:
        typer.echo("--second-detector is not needed: no face has to be searched", err=True)
    faces = AllFaces(second) if searched else None
    reading = VideoReading(visual=readers, sound=sound, faces=faces, thinning=thinning)
    options = f"every frame number divisible by {every}" if every > 1 else "every frame"
    if frame_rate is not None:
        options = f"at most {frame_rate:g} frames a second"
    if faces is not None:
        options += f"; faces searched by {faces.name}" + (
            f", then {faces.second_name}" if second else ""
        )

    def work(progress: Callable[[int, int], None]) -> Extracted:
        return extract(
            kind,
            found,
            out,
            reading,
            options=options,
            second_detector=faces.second_name if faces else "",
            progress=progress,
        )

    _tell(out, behind_a_bar(work, out), found.missing)


def _readers(options: Sequence[str], device: str) -> dict[str, FaceReader]:
    from model_compression.data.features.face_reader import Visual, open_face_reader

    chosen = [Visual.of(option) for option in options]
    names = [one.name for one in chosen]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(
            f"--visual: two networks are called {twice}; give them names of their own, NAME=NETWORK."
        )
    return {one.name: open_face_reader(one.what, device) for one in chosen}


def _sound(folder: Path | None, device: str) -> SoundReader | None:
    if folder is None:
        return None
    from model_compression.data.features.sound_reader import SoundReader

    return SoundReader(folder.expanduser(), device)  # type: ignore[arg-type]  # checked by the command


def _tell(out: Path, made: Extracted, missing: Sequence[str]) -> None:
    features, tally = made.features, made.tally
    frames = sum(row.frame_count for row in features.rows)
    splits = {row.split for row in features.rows}
    told = ", ".join(
        f"{split or 'no split'} {len(features.select(split))}" for split in sorted(splits)
    )
    typer.echo(f"{out}")
    typer.echo(f"videos: {len(features.rows)} ({told}), frames: {frames}")
    if tally is not None and any(stream.of == "face" for stream in features.streams.values()):
        share = tally.with_face / max(1, tally.frames)
        typer.echo(f"faces: {tally.faces}, in {share:.1%} of the frames")
    if tally is not None and any(stream.of == "sound" for stream in features.streams.values()):
        typer.echo(f"sound: at {tally.heard / max(1, tally.frames):.1%} of the frames")
    for name, stream in features.streams.items():
        typer.echo(
            f"{name}: {stream.size} numbers of each {'face' if stream.of == 'face' else 'frame'}, {stream.made_by}"
        )
    for why, count in made.left_out.most_common():
        typer.echo(f"left out: {count}: {why}", err=True)
    if missing:
        typer.echo(f"missing: {len(missing)}, first {missing[0]}", err=True)
    for note in features.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"read now: {made.read_now} videos; fingerprint {features.fingerprint[:16]}")
