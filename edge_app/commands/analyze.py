"""`vigil analyze`: the vehicle's own code over recorded clips, with pictures of what it saw."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from edge_app.camera.source import FrameSource, SourceError
from edge_app.camera.sources import open_source
from edge_app.configuration.load import load_settings
from edge_app.errors import UserError
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.monitor import DriverMonitor
from edge_app.recording import Recording
from edge_app.settings import VigilSettings
from edge_app.vehicle.providers import open_provider

_VIDEO_SUFFIXES = {".avi", ".mp4", ".mkv", ".mov", ".m4v", ".webm", ".gif", ".mjpeg", ".ts"}


def analyze(
    clip: Annotated[
        Path,
        typer.Argument(metavar="CLIP_OR_FOLDER", help="A video, or a folder of videos or images."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "vigil-report"
    ),
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The configuration file (YAML).")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY.PATH=VALUE", help="Set one value over the file; may be repeated."
        ),
    ] = None,
    independent: Annotated[
        bool, typer.Option("--independent", help="The images of a folder are unrelated stills.")
    ] = False,
    overlay: Annotated[
        bool, typer.Option("--overlay/--no-overlay", help="Write overlay.mp4.")
    ] = True,
    stills: Annotated[
        bool, typer.Option("--stills", help="Put pictures of the events into the report.")
    ] = False,
) -> None:
    """Analyze recorded clips: signals, events, overlay video and a report."""
    settings = load_settings(config, overrides or ())
    clips = _clips(clip)
    perception = open_perception(settings.perception)
    console = Console()
    for path in clips:
        folder = out if len(clips) == 1 else out / path.name
        report = _analyze_one(
            path,
            folder,
            settings,
            perception,
            console,
            independent=independent,
            overlay=overlay,
            stills=stills,
        )
        console.print(f"{path.name}: [link={report.absolute().as_uri()}]{report}[/link]")


def _clips(path: Path) -> list[Path]:
    if not path.exists():
        raise UserError(f"{path}: there is no such clip or folder")
    if not path.is_dir():
        return [path]
    videos = sorted(p for p in path.iterdir() if p.suffix.lower() in _VIDEO_SUFFIXES)
    return videos or [path]


def _analyze_one(
    path: Path,
    folder: Path,
    settings: VigilSettings,
    perception: Perception,
    console: Console,
    *,
    independent: bool,
    overlay: bool,
    stills: bool,
) -> Path:
    source = open_source(str(path), settings.camera)
    recording: Recording | None = None
    try:
        recording = Recording(
            folder, clip=path.name, perception=perception, overlay=overlay, stills=stills
        )
        also = _play(source, path, settings, perception, recording, console, independent)
        return recording.finish(**also)
    finally:
        source.close()
        if recording is not None:
            recording.close()


def _play(
    source: FrameSource,
    path: Path,
    settings: VigilSettings,
    perception: Perception,
    recording: Recording,
    console: Console,
    independent: bool,
) -> dict[str, object]:
    """Every frame of the source through the monitor; what else the summary should say."""
    monitor = DriverMonitor(perception, settings)
    vehicle = open_provider(settings.vehicle.provider)
    frames = left_out = 0
    broken_off: str | None = None
    started_s = time.perf_counter()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with progress:
        task = progress.add_task(path.name, total=source.frame_count)
        while True:
            try:
                frame = source.read()
            except SourceError as error:
                if frames == 0:
                    raise
                broken_off = str(error)
                console.print(f"[yellow]{error}; what came before is analyzed[/yellow]")
                break
            if frame is None:
                break
            frames += 1
            if independent:
                monitor.restart()
            step = monitor.step(frame, vehicle.read(frame.t_s))
            if step is None:
                left_out += 1
            else:
                recording.step(frame, step)
            progress.advance(task)
    vehicle.close()
    if frames == 0:
        raise SourceError(f"{path}: holds no frame that can be read")
    elapsed_s = time.perf_counter() - started_s
    return {
        "frames_out_of_order": left_out,
        "broken_off": broken_off,
        "ms_per_frame": round(1e3 * elapsed_s / frames, 2),
    }
