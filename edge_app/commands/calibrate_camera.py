"""`vigil calibrate camera`: a board held before the camera, or a recording of it, becomes a lens file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.commands.options import ConfigOption, Overrides
from edge_app.errors import UserError

if TYPE_CHECKING:  # `--help` needs no OpenCV
    from calibration.camera.charuco_board import CharucoBoard
    from calibration.camera.intrinsics import Intrinsics
    from calibration.camera.view_selection import ViewSelection
    from edge_app.camera.settings import CameraSettings
    from edge_app.commands.calibration_files import CalibrationFiles

_EVERY_S = 0.2


def calibrate_camera(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="A camera such as v4l2:0, a video or a folder of pictures of the board; camera.source of the"
            " configuration without it.",
            show_default=False,
        ),
    ] = None,
    board: Annotated[
        Path | None,
        typer.Option(
            "--board",
            metavar="FILE",
            help="Write the board to print, as .pdf or .png, and leave.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The lens file to write.")] = Path(
        "lens.yaml"
    ),
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture",
            help="PNG of where corners were seen and what error is left; beside the lens file unless told.",
            show_default=False,
        ),
    ] = None,
    columns: Annotated[int, typer.Option(help="Squares of the board along its long side.")] = 9,
    rows: Annotated[int, typer.Option(help="Squares along its short side.")] = 6,
    square_mm: Annotated[float, typer.Option(help="Side of a square in print.")] = 30.0,
    longest_s: Annotated[
        float, typer.Option(min=1, help="A camera is looked through no longer than this, seconds.")
    ] = 180.0,
    config: ConfigOption = None,
    overrides: Overrides = None,
) -> None:
    """Measure a camera's lens with a printed board, for directions that are right in its whole picture."""
    from calibration.camera.charuco_board import BoardShape, CharucoBoard

    try:
        charuco = CharucoBoard(BoardShape(columns, rows, square_mm))
    except ValueError as error:
        raise UserError(
            f"the board cannot be made: {error}; change --columns, --rows or --square-mm"
        ) from error
    if board is not None:
        if source is not None:
            raise UserError(
                "--board only writes the sheet to print; leave out the source, print it, then calibrate"
            )
        _write_board(charuco, board)
        return
    from calibration.camera.lens_file import MARK
    from edge_app.commands.calibration_files import CalibrationFiles
    from edge_app.configuration.load import load_settings

    settings = load_settings(config, overrides or ())
    files = CalibrationFiles.checked(out, picture, mark=MARK, what="lens")
    session = CameraSession(source or settings.camera.source, settings.camera, charuco)
    session.look(longest_s)
    session.conclude(files)


def _write_board(charuco: CharucoBoard, file: Path) -> None:
    from calibration.camera.board_sheet import sheet_pdf, sheet_png, sheet_size_mm

    makers = {".pdf": sheet_pdf, ".png": sheet_png}
    make = makers.get(file.suffix.lower())
    if make is None:
        raise UserError(f"{file}: the board is written as .pdf or .png; name such a file")
    try:
        content = make(charuco)
    except ValueError as error:
        raise UserError(f"{file}: {error}; make fewer or smaller squares") from error
    _write(file, content)
    width_mm, height_mm = sheet_size_mm(charuco.shape)
    typer.echo(
        f"{file}: print it at 100 % on {width_mm:g} x {height_mm:g} mm, check the 100 mm measure, stick it on something"
        " flat"
    )


class CameraSession:
    """One calibration: looks at the board through a source, then says what came of it."""

    def __init__(self, source: str, settings: CameraSettings, board: CharucoBoard) -> None:
        from edge_app.camera.sources import shown_uri

        self._uri = source
        self._name = shown_uri(source)
        self._settings = settings
        self._board = board
        self._selection: ViewSelection | None = None
        self._other_sizes = 0

    def look(self, longest_s: float) -> None:
        """Until the file ends, the camera has shown enough, or the user has had enough. Raises `UserError`."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[found]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        ) as progress:
            task = progress.add_task("hold the board before the camera", total=1.0, found="")
            try:
                for live, share in self._frames(longest_s):
                    selection = self._selection
                    if selection is None:
                        continue
                    found = f"{len(selection.views)} views, {selection.coverage:.0%} of the picture"
                    progress.update(
                        task,
                        description=selection.hint() if live else self._name,
                        completed=_progress_of(selection) if share is None else share,
                        found=found,
                    )
            except KeyboardInterrupt:
                typer.echo("interrupted: what was seen until then is used", err=True)

    def conclude(self, files: CalibrationFiles) -> None:
        """Writes lens and picture, or the picture alone where the lens is not good enough; raises `UserError` then."""
        import cv2

        from calibration.camera.calibration_picture import calibration_picture
        from calibration.camera.intrinsics import (
            CalibrationRefusedError,
            solve_intrinsics,
        )
        from calibration.camera.lens_file import KeptLens, write_lens

        selection = self._selection
        if selection is None or selection.seen == 0:
            raise UserError(
                f"{self._name}: the board was not seen in any picture; print it with `vigil calibrate camera --board"
                " board.pdf`, give its --columns and --rows, and hold it before the camera in good light"
            )
        solved: Intrinsics | None = None
        try:
            solved = solve_intrinsics(
                selection.views,
                selection.width_px,
                selection.height_px,
                selection.coverage,
                name=self._name[:200],
            )
            distrust = solved.distrust
        except CalibrationRefusedError as refusal:
            distrust = str(refusal)
        verdict = f"not good enough: {distrust}" if distrust else f"good: {_told(solved)}"
        drawn = calibration_picture(selection, solved, verdict)
        out = files.out
        picture = files.refused_picture if distrust else files.picture
        _write(picture, cv2.imencode(".png", drawn)[1].tobytes())
        if self._other_sizes:
            typer.echo(f"{self._other_sizes} pictures of another size were left out", err=True)
        if solved is None or distrust:
            kept = f"; {out} stays as it was" if out.exists() else ""
            raise UserError(f"{self._name}: {verdict}{kept} ({picture} shows what was seen)")
        try:
            write_lens(out, KeptLens(solved.lens, solved.quality))
        except OSError as error:
            raise UserError(
                f"{out}: cannot be written ({error.strerror}); name another with --out"
            ) from error
        typer.echo(
            f"{verdict}; {out} holds it, set camera.lens to that path ({picture} shows what it rests on)"
        )

    def _frames(self, longest_s: float) -> Iterator[tuple[bool, float | None]]:
        """Looks at frame after frame; yields whether it is live, and how much of a file has been read."""
        from calibration.camera.view_selection import SelectionSettings, ViewSelection
        from edge_app.camera.source import SourceError
        from edge_app.camera.sources import open_source

        source = open_source(self._uri, self._settings)
        try:
            stills = bool(getattr(source, "paths", ()))
            began_s = next_s = None
            read = 0
            while True:
                try:
                    frame = source.read()
                except SourceError as error:
                    # What was seen until then is worth something; one bad picture costs the others nothing.
                    if not stills and (self._selection is None or not self._selection.views):
                        raise
                    typer.echo(f"error: {error}", err=True)
                    if stills:
                        continue
                    return
                if frame is None:
                    return
                read += 1
                began_s = frame.t_s if began_s is None else began_s
                if self._selection is None:
                    self._selection = ViewSelection(
                        frame.width_px, frame.height_px, SelectionSettings()
                    )
                selection = self._selection
                share = read / source.frame_count if source.frame_count else None
                # Frames of a video that follow one another at once show the same.
                if stills or next_s is None or frame.t_s >= next_s:
                    next_s = frame.t_s + _EVERY_S
                    if (frame.width_px, frame.height_px) != (
                        selection.width_px,
                        selection.height_px,
                    ):
                        self._other_sizes += 1
                    elif (view := self._board.find(frame.image)) is not None:
                        selection.offer(view)
                yield source.live, share
                if source.live and (selection.enough or frame.t_s - began_s > longest_s):
                    return
        finally:
            source.close()


def _told(solved: Intrinsics | None) -> str:
    import math

    assert solved is not None
    lens, quality = solved.lens, solved.quality
    return (
        f"focal length {lens.focal_x_px:.1f} px +- {quality.focal_std_px:.1f}, horizontal view"
        f" {math.degrees(lens.horizontal_field_of_view_rad):.1f} degrees, {quality.rms_px:.2f} px left over in"
        f" {quality.views} views, board seen in {quality.coverage:.0%} of the picture"
    )


def _progress_of(selection: ViewSelection) -> float:
    """0..1 of what a camera must show."""
    settings = selection.settings
    return min(
        1.0,
        0.5 * selection.coverage / settings.enough_coverage
        + 0.5 * len(selection.views) / settings.enough_views,
    )


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UserError(
            f"{file}: cannot be written ({error.strerror}); name another file"
        ) from error
