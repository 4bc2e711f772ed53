"""`vigil analyze`: the vehicle's own code over recorded clips, with pictures of what it saw."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

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

from calibration.camera.lens import Lens
from edge_app.camera.opened_lens import open_lens
from edge_app.camera.source import SourceError, UnusableSourceError
from edge_app.camera.sources import added_source, open_source, plays_by_itself
from edge_app.commands.options import ConfigOption, DriverProfileOption, Overrides
from edge_app.configuration.load import load_settings
from edge_app.driver_profiles.given_profile import GivenProfile
from edge_app.errors import UserError
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.monitor import DriverMonitor
from edge_app.recording import Recording
from edge_app.settings import VigilSettings
from edge_app.vehicle.providers import beside_a_recording, open_provider

if TYPE_CHECKING:
    from edge_app.sound.clip_fusion import ClipFusion
    from edge_app.sound.fused_clip import FusedClip
    from edge_app.sound.fused_head import FusedHead
    from edge_app.trace.recorder import TraceRecorder

_VIDEO_SUFFIXES = {".avi", ".mp4", ".mkv", ".mov", ".m4v", ".webm", ".gif", ".mjpeg", ".ts"}

_COMPLETE_SHARE = 0.95  # some containers count frames that hold no picture


def analyze(
    clip: Annotated[
        Path,
        typer.Argument(
            metavar="CLIP_OR_FOLDER",
            help="A video, a folder of videos or images, or a simulated drive (sim:SCENARIO).",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "vigil-report"
    ),
    config: ConfigOption = None,
    overrides: Overrides = None,
    independent: Annotated[
        bool, typer.Option("--independent", help="The images of a folder are unrelated stills.")
    ] = False,
    overlay: Annotated[
        bool, typer.Option("--overlay/--no-overlay", help="Write overlay.mp4.")
    ] = True,
    stills: Annotated[
        bool, typer.Option("--stills", help="Put pictures of the events into the report.")
    ] = False,
    trace: Annotated[
        Path | None,
        typer.Option(
            "--trace",
            metavar="FOLDER",
            help="Record what `vigil replay` repeats, without pictures.",
        ),
    ] = None,
    audio: Annotated[
        Path | None,
        typer.Option(
            "--audio",
            metavar="FOLDER",
            help="Tell the expression from face and sound track, by a head of `vigil pack-audio-visual`; by sound alone"
            " while the face is lost. It raises no alert.",
        ),
    ] = None,
    driver_profile: DriverProfileOption = None,
) -> None:
    """Analyze recorded clips: signals, events, overlay video and a report.

    A clip is taken to be from the camera that the settings tell of: its lens (camera.lens) turns the head's angles. Of
    a clip from another camera say `--set camera.lens=NAME_OR_FILE`, or `--set camera.lens=null` where its lens is not
    known.
    """
    settings = load_settings(config, overrides or ())
    clips = _clips(clip)
    lens = open_lens(settings.camera)
    head = None if audio is None else _head(audio, clip, settings, independent=independent)
    driver = None if driver_profile is None else GivenProfile(driver_profile)
    perception = open_perception(settings.perception)
    console = Console()
    problems = 0
    for path in clips:
        folder = out if len(clips) == 1 else out / path.name
        try:
            with ClipAnalysis(
                path,
                folder,
                settings,
                perception,
                lens=lens,
                independent=independent,
                trace=trace,
                head=head,
                driver=driver,
            ) as analysis:
                report = analysis.run(console, overlay=overlay, stills=stills)
        except UserError as error:
            if len(clips) == 1:
                raise
            # One bad clip costs the others nothing.
            typer.echo(f"error: {error}", err=True)
            problems += 1
            continue
        for problem in analysis.problems:
            typer.echo(f"error: {problem}", err=True)
        problems += len(analysis.problems)
        console.print(f"{path.name}: [link={report.absolute().as_uri()}]{report}[/link]")
        if analysis.fusion is not None:
            for sentence in analysis.fusion.told:
                console.print(f"{path.name}: {sentence}", markup=False, soft_wrap=True)
        if analysis.interrupted:
            missing = ", without face and sound together" if head is not None else ""
            typer.echo(
                f"interrupted: what had been seen until then is in the report{missing}", err=True
            )
            raise typer.Exit(130)
    if problems:
        raise typer.Exit(2)


def _clips(path: Path) -> list[Path]:
    if not path.exists() and not _waits_to_be_read(str(path)):
        raise UserError(f"{path}: there is no such clip or folder")
    if not path.is_dir():
        return [path]
    videos = sorted(p for p in path.iterdir() if p.suffix.lower() in _VIDEO_SUFFIXES)
    return videos or [path]


def _head(audio: Path, clip: Path, settings: VigilSettings, *, independent: bool) -> FusedHead:
    """Raises `UserError`, also where the clip can have no sound track."""
    from edge_app.camera.sources import PICTURE_SUFFIXES

    folder_of_pictures = clip.is_dir() and _clips(clip) == [clip]
    picture = clip.suffix.lower() in PICTURE_SUFFIXES
    if independent or folder_of_pictures or picture or not clip.exists():
        raise UserError(
            f"{clip}: --audio listens to the sound track of a video file; name a video, or a folder of videos, or"
            " leave it out"
        )
    from edge_app.sound.head_folder import open_fused_head

    return open_fused_head(audio.expanduser(), settings.perception)


def _waits_to_be_read(source: str) -> bool:
    try:
        return not plays_by_itself(source)
    except UnusableSourceError:
        return False


class ClipAnalysis:
    """Every frame of one clip, or of a folder of images, through the monitor and into a recording."""

    def __init__(
        self,
        path: Path,
        folder: Path,
        settings: VigilSettings,
        perception: Perception,
        *,
        lens: Lens | None,
        independent: bool,
        trace: Path | None = None,
        head: FusedHead | None = None,
        driver: GivenProfile | None = None,
    ) -> None:
        """lens: of the camera that made the clip, where it is known. head: tells of the clip's faces and sound
        together, once all frames have gone by. driver: who is in it.
        """
        self.problems: list[str] = []  # what could not be read, a sentence each
        self.interrupted = False
        self._path = path
        self._folder = folder
        self._settings = settings
        self._perception = perception
        self._independent = independent
        self._driver = driver
        self._trace_folder = trace or settings.trace.folder
        self._trace: TraceRecorder | None = None
        self._lens = lens
        self._source = open_source(str(path), settings.camera)
        self._image_names = [Path(p).name for p in getattr(self._source, "paths", ())]
        if independent and not self._image_names:
            self._source.close()
            raise UserError(
                f"{path}: --independent is for images; a video's frames belong together"
            )
        self._recording: Recording | None = None
        self._frames = self._left_out = 0
        self.fusion: ClipFusion | None = None
        if head is not None:
            from edge_app.sound.clip_fusion import ClipFusion

            self.fusion = ClipFusion(head, path)

    def run(self, console: Console, *, overlay: bool, stills: bool) -> Path:
        """Returns the report's path. Raises `UserError` where nothing can be read or written."""
        self._recording = Recording(
            self._folder,
            clip=self._path.name,
            perception=self._perception,
            settings=self._settings,
            overlay=overlay,
            stills=stills,
            image_names=self._image_names,
        )
        started_s = time.perf_counter()
        try:
            self._play(console, self._recording)
        except KeyboardInterrupt:
            self.interrupted = True
        if self._frames == 0:
            self._recording.discard()
            raise SourceError(
                self.problems[0]
                if self.problems
                else f"{self._path}: holds no frame that can be read"
            )
        self._check_complete()
        elapsed_s = time.perf_counter() - started_s
        also = {}
        fused = None
        if self.fusion is not None and not self.interrupted:
            fused = self._fuse(console, self.fusion)
            if fused is not None:
                also["audio_visual_s"] = round(time.perf_counter() - started_s - elapsed_s, 2)
        return self._recording.finish(
            frames_out_of_order=self._left_out,
            problems=self.problems,
            interrupted=self.interrupted,
            ms_per_frame=round(1e3 * elapsed_s / self._frames, 2),
            fused=fused,
            **also,
        )

    def _fuse(self, console: Console, fusion: ClipFusion) -> FusedClip | None:
        with _progress(console) as progress:

            def bar(what: str) -> Callable[[int, int], None]:
                task = progress.add_task(f"{self._path.name}: {what}", total=None)
                return lambda done, of: progress.update(task, completed=done, total=of)

            try:
                return fusion.tell(bar=bar)
            except KeyboardInterrupt:
                self.interrupted = True
            except (RuntimeError, ValueError) as error:
                # What was judged of the driver is whole without it.
                reason = " ".join(str(error).split())[:200]
                self.problems.append(
                    f"{self._path}: face and sound cannot be told together ({reason}); leave out --audio, or pack the"
                    " head again"
                )
        return None

    def _play(self, console: Console, recording: Recording) -> None:
        if self._trace_folder is not None:
            from edge_app.trace.folder import require_writable
            from edge_app.trace.open import open_recorder

            require_writable(self._trace_folder)
            self._trace = open_recorder(
                self._trace_folder, self._settings, self._perception, may_wait=True
            )
        monitor = DriverMonitor(
            self._perception,
            self._settings,
            lens=self._lens,
            tracer=self._trace,
            keeper=self._driver,
        )
        vehicle = open_provider(
            beside_a_recording(self._settings.vehicle.provider), added_source(str(self._path))
        )
        with _progress(console) as progress:
            task = progress.add_task(self._path.name, total=self._source.frame_count)
            while True:
                try:
                    frame = self._source.read()
                except SourceError as error:
                    self.problems.append(str(error))
                    if not self._image_names:
                        break
                    continue
                if frame is None:
                    break
                self._frames += 1
                if self._independent:
                    monitor.restart()
                step = monitor.step(frame, vehicle.read(frame.t_s))
                if step is None:
                    self._left_out += 1
                else:
                    recording.step(frame, step)
                    if self.fusion is not None:
                        self.fusion.see(frame.t_s, step.observation)
                progress.advance(task)
        vehicle.close()

    def _check_complete(self) -> None:
        announced = self._source.frame_count
        if self.problems or self.interrupted or announced is None:
            return
        if self._frames < _COMPLETE_SHARE * announced:
            self.problems.append(
                f"{self._path}: only {self._frames} of {announced} frames could be read; the file may be cut off"
            )

    def __enter__(self) -> ClipAnalysis:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._source.close()
        if self._recording is not None:
            self._recording.close()
        if self._trace is not None:
            self._trace.close()


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
