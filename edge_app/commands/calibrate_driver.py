"""`vigil calibrate driver`: a minute before the camera, or a recording of one, becomes a driver's file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.commands.options import ConfigOption, Overrides
from edge_app.errors import UserError

if TYPE_CHECKING:  # `--help` needs neither models nor OpenCV
    from rich.console import Console

    from edge_app.commands.calibration_files import CalibrationFiles
    from edge_app.driver_profiles.asked_calibration import AskedCalibration, AskedMinute
    from edge_app.settings import VigilSettings

_BELL = "\a"
_AS_SURE_WITHIN = 0.1  # two good minutes differ by less


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the driver is asked for, and for how long; with a sound where the eyes are shut at its end."""

    words: str
    seconds: float
    ends_with_sound: bool = False


INSTRUCTIONS = (
    Instruction("look ahead, at the road", 12.0),
    Instruction("look at the left mirror, the inner mirror, the right mirror", 8.0),
    Instruction("look ahead and blink as usual", 15.0),
    Instruction("shut your eyes until you hear a sound", 3.5, ends_with_sound=True),
    Instruction("open your mouth wide, then close it", 5.0),
    Instruction("look ahead once more", 10.0),
)


def calibrate_driver(
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            "-s",
            help="A camera such as v4l2:0, a clip (file:CLIP) or a simulated drive (sim:SCENARIO); camera.source of the"
            " configuration without it.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The driver's file to write.")] = Path(
        "driver.yaml"
    ),
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture",
            help="PNG of both eyes over the minute with the references; beside the driver's file unless told.",
            show_default=False,
        ),
    ] = None,
    longest_s: Annotated[
        float,
        typer.Option(min=10, max=600, help="A recording is read no further than this, seconds."),
    ] = 60.0,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace a driver's file that is surer than this minute."),
    ] = False,
    config: ConfigOption = None,
    overrides: Overrides = None,
) -> None:
    """Learn a driver's open and shut eyes, resting mouth and forward direction within a minute, on request."""
    from rich.console import Console

    from calibration.driver.profile_file import MARK
    from edge_app.commands.calibration_files import CalibrationFiles
    from edge_app.configuration.load import load_settings

    settings = load_settings(config, overrides or ())
    files = CalibrationFiles.checked(out, picture, mark=MARK, what="driver's file")
    session = DriverSession(source or settings.camera.source, settings)
    session.look(Console(stderr=True), longest_s)
    session.conclude(files, force=force)


class DriverSession:
    """One calibration: watches a driver through a source, then says what came of it."""

    def __init__(self, source: str, settings: VigilSettings) -> None:
        from edge_app.camera.sources import shown_uri
        from edge_app.driver_profiles.asked_calibration import AskedMinute

        self._uri = source
        self._name = shown_uri(source)
        self._settings = settings
        self._minute: AskedMinute = AskedMinute(settings.driver_state)

    def look(self, console: Console, longest_s: float) -> None:
        """Until the recording ends, all has been asked for, or the user has had enough. Raises `UserError`."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        from edge_app.camera.sources import plays_by_itself

        live = plays_by_itself(self._uri)
        asked_s = sum(instruction.seconds for instruction in INSTRUCTIONS)
        total_s = asked_s if live else longest_s
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        ) as progress:
            first = INSTRUCTIONS[0].words if live else self._name
            task = progress.add_task(first, total=total_s)
            asking = _Asking(console) if live else None
            try:
                for passed_s in self._seconds(total_s):
                    words = self._name if asking is None else asking.at(passed_s)
                    progress.update(task, completed=passed_s, description=words)
            except KeyboardInterrupt:
                typer.echo("interrupted: what was seen until then is used", err=True)

    def conclude(self, files: CalibrationFiles, *, force: bool) -> None:
        """Writes file and picture and prints what they hold; a surer file stays without `force`. Raises `UserError`."""
        import cv2

        from calibration.driver.profile_file import write_private, write_profile
        from edge_app.telemetry.clock import now
        from edge_app.views.driver_calibration_picture import driver_calibration_picture

        try:
            told = self._minute.conclude()
        except UserError as error:
            raise UserError(f"{self._name}: {error}") from error
        title = f"{self._name[:80]}: {told.seconds:.0f} s, face in {told.face_share:.0%}"
        drawn = driver_calibration_picture(self._minute.course(), told, title)
        png = cv2.imencode(".png", drawn)[1].tobytes()
        kept = _kept(files.out)
        hasty = kept is not None and told.confidence < kept - _AS_SURE_WITHIN
        stays = hasty and not force
        out, picture = files.out, files.refused_picture if stays else files.picture
        try:
            if not stays:
                write_profile(out, told.profile(now().wall.date().isoformat()))
            write_private(picture, png)
        except OSError as error:
            raise UserError(
                f"{error.filename or out}: cannot be written ({error.strerror}); name another with --out or --picture"
            ) from error
        _print(told, self._name)
        if stays:
            raise UserError(
                f"{out}: stays as it was, since its confidence of {kept:.2f} is more than this minute's"
                f" {told.confidence:.2f} ({picture} shows why); sit longer, name another with --out, or replace it with"
                " --force"
            )
        typer.echo(f"driver: {out} ({picture} shows what it rests on); delete both to forget")
        typer.echo(f"use it: vigil run --driver-profile {out}, or in the configuration:")
        typer.echo(_snippet(told))

    def _seconds(self, longest_s: float) -> Iterator[float]:
        """Watches frame after frame; yields how much time has passed."""
        from edge_app.camera.opened_lens import open_lens
        from edge_app.camera.sources import open_source
        from edge_app.face.perceptions import open_perception
        from edge_app.monitor import DriverMonitor
        from edge_app.vehicle.state import VehicleState

        settings = self._settings
        lens = open_lens(settings.camera)
        perception = open_perception(settings.perception)
        source = open_source(self._uri, settings.camera)
        monitor = DriverMonitor(perception, settings, lens=lens)
        began_s = None
        try:
            while (frame := source.read()) is not None:
                began_s = frame.t_s if began_s is None else began_s
                step = monitor.step(frame, VehicleState())
                if step is not None:
                    self._minute.add(step.signals, step.state)
                yield frame.t_s - began_s
                if frame.t_s - began_s >= longest_s:
                    return
        finally:
            source.close()


class _Asking:
    """Says what is to be done next, once, with a sound where it must be heard."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told = -1

    def at(self, passed_s: float) -> str:
        ends_s = 0.0
        number = 0
        for number, instruction in enumerate(INSTRUCTIONS):  # noqa: B007 - the last one lasts to the end
            ends_s += instruction.seconds
            if passed_s < ends_s:
                break
        if number != self._told:
            if self._told >= 0 and INSTRUCTIONS[self._told].ends_with_sound:
                self._console.file.write(_BELL)
            self._told = number
            self._console.print(
                f"{INSTRUCTIONS[number].words} ({INSTRUCTIONS[number].seconds:g} s)"
            )
        return INSTRUCTIONS[number].words


def _print(told: AskedCalibration, name: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{name}: {told.seconds:.0f} s, face in {told.face_share:.0%}", box=None)
    for column in ("", "open", "shut", "rests on", "confidence"):
        table.add_column(column, overflow="fold")
    for side, eye in (("left eye", told.left), ("right eye", told.right)):
        if eye is None:
            table.add_row(side, "-", "-", "not seen for long enough; taken to be as the other", "-")
            continue
        shut = f"{eye.reference.closed:.2f}"
        if eye.held_s > 0:
            rests = f"held shut for {eye.held_s:.1f} s"
        elif eye.shut_seen:
            rests = f"{eye.blinks} blinks"
        else:
            rests = "a shut eye was not seen: a typical driver's"
        rests = f"{eye.open_s:.0f} s open, {rests}"
        table.add_row(side, f"{eye.reference.open:.2f}", shut, rests, f"{eye.confidence:.2f}")
    Console().print(table)
    for line in _facts(told):
        typer.echo(line)


def _facts(told: AskedCalibration) -> list[str]:
    from math import degrees

    mouth = "not seen" if told.mouth_resting is None else f"{told.mouth_resting:.2f}"
    blinks = f"{told.blinks} seen"
    if told.blink_mean_s is not None:
        blinks += f", {told.blink_mean_s:.2f} s on average"
    blinks += "; what is usual for this driver is learned on the road"
    glasses = "cannot be told" if told.worn is None else "worn" if told.worn else "not seen"
    return [
        f"mouth at rest: {mouth}",
        f"forward: {degrees(told.forward_yaw_rad):.1f} degrees to the picture's right,"
        f" {degrees(told.forward_pitch_rad):.1f} up (half of the time within"
        f" {degrees(told.forward_spread_rad):.1f})",
        f"blinks: {blinks}",
        f"glasses: {glasses}" + ("" if told.glasses is None else f" ({told.glasses:.2f})"),
    ]


def _snippet(told: AskedCalibration) -> str:
    eyes = (("left", told.references.left), ("right", told.references.right))
    lines = [
        f"    {side}: {{open: {eye.open:.3f}, closed: {eye.closed:.3f}}}" for side, eye in eyes
    ]
    return "\n".join(["driver_state:", "  lids:", *lines])


def _kept(file: Path) -> float | None:
    """How sure the driver's file is that stands there; None where none can be read."""
    from calibration.driver.profile import ProfileError
    from calibration.driver.profile_file import profile_of_file

    try:
        return profile_of_file(file).confidence
    except (OSError, ProfileError):
        return None
