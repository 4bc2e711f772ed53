"""`vigil aim`: mount the camera with a page on the telephone, and leave a commissioning report behind."""

from __future__ import annotations

import math
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.commands.options import ConfigOption, Overrides
from edge_app.commands.terminal_log import log_to_terminal
from edge_app.configuration.load import Override
from edge_app.errors import UserError

if TYPE_CHECKING:  # `--help` needs no OpenCV and no server
    from edge_app.aim.commissioning import Commissioning
    from edge_app.aim.finding import AimFinding
    from edge_app.aim.report_files import ReportFiles
    from edge_app.live import LiveLoop
    from edge_app.settings import VigilSettings

_SHORTEST_S, _LONGEST_S = 10.0, 600.0  # the shortest: what the figures of the report rest on
_LONGEST_WINDOW_S = 60.0


def aim(
    source: Annotated[
        str | None,
        typer.Option("--source", "-s", help="The camera, as for `vigil run`; also sim:SCENARIO."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="New folder for the commissioning report.")
    ] = Path("commissioning"),
    host: Annotated[
        str,
        typer.Option(
            "--host",
            help="Address to serve the page on. 0.0.0.0: for telephones on the vehicle's network, with a token that"
            " opens it once.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port of the page; 0: any.")
    ] = 8761,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            min=_SHORTEST_S,
            max=_LONGEST_S,
            help="No page: look for so long at a driver who looks ahead, report, end with code 1 on a red line.",
        ),
    ] = None,
    side: Annotated[
        str | None,
        typer.Option("--side", help="The vehicle's side on which the driver sits: left or right."),
    ] = None,
    mount: Annotated[
        str | None,
        typer.Option(
            "--mount", help="Where the camera is: steering_column, dash_centre, a_pillar, mirror."
        ),
    ] = None,
    picture: Annotated[
        bool,
        typer.Option("--picture", help="Put a picture of the driver into the report. Ask first."),
    ] = False,
    write_settings: Annotated[
        bool,
        typer.Option(
            "--write-settings",
            help="Write the settings found as a file to copy from; the configuration stays as it is.",
        ),
    ] = False,
    as_fast_as_possible: Annotated[
        bool,
        typer.Option(
            "--as-fast-as-possible",
            help="Every frame of a file or a simulated drive, without waiting.",
        ),
    ] = False,
    config: ConfigOption = None,
    overrides: Overrides = None,
) -> None:
    """Aim the camera: what it sees of the driver, what to move, and a commissioning report."""
    log_to_terminal()
    if seconds is not None and not math.isfinite(seconds):
        raise UserError("--seconds: is no number of seconds; give one from 10 to 600")
    acts = _acts(side, mount, picture=picture, settings=write_settings)
    chosen: list[str | Override] = [*(overrides or ())]
    if source is not None:
        chosen.append(Override.of_option("--source", "camera.source", source))
    from edge_app.aim.report_files import ReportFiles
    from edge_app.configuration.load import load_settings

    settings = load_settings(config, chosen)
    files = ReportFiles(out)
    with ExitStack() as stack:
        visit = _Visit(settings, files, stack, seconds, as_fast_as_possible=as_fast_as_possible)
        for act in acts:
            visit.session.act(act)
        result = visit.run_alone() if seconds is not None else visit.run_with_page(host, port)
    if result is None:
        typer.echo("no report was written", err=True)
        raise typer.Exit(1)
    for finding in result.findings:
        typer.echo(_line(finding))
    typer.echo(f"{result.words}; report: {out / 'commissioning.html'}")
    from edge_app.aim.finding import Verdict

    if result.verdict not in (Verdict.OK, Verdict.WARN):
        raise typer.Exit(1)


class _Visit:
    """One visit of an installer: the loop that looks, the session that judges, the report. An `AimDesk`."""

    def __init__(
        self,
        settings: VigilSettings,
        files: ReportFiles,
        stack: ExitStack,
        seconds: float | None,
        *,
        as_fast_as_possible: bool,
    ) -> None:
        from edge_app.aim.bars import bars_of
        from edge_app.aim.looks import WINDOW_S
        from edge_app.aim.session import AimSession
        from edge_app.aim.view import View
        from edge_app.camera.capture import Capture
        from edge_app.camera.direct_feed import DirectFeed
        from edge_app.camera.opened_lens import open_lens
        from edge_app.face.perceptions import open_perception
        from edge_app.live import FrameFeed
        from edge_app.views.aim_cabin import CabinOfInstaller
        from edge_app.views.aim_watcher import AimWatcher

        self._settings, self._files, self._stack = settings, files, stack
        self._seconds = seconds
        self._finished = threading.Event()
        self._lock = threading.Lock()
        self._result: Commissioning | None = None
        self._loop: LiveLoop | None = None
        self._lens = open_lens(settings.camera)
        self._view = View(self._lens, settings)
        self._perception = open_perception(settings.perception)
        self._feed: FrameFeed = (
            DirectFeed(settings.camera) if as_fast_as_possible else Capture(settings.camera)
        )
        stack.callback(self._feed.close)
        self._cabin = CabinOfInstaller(settings.cabin)
        stack.callback(self._cabin.close)
        self.session = AimSession(
            settings,
            self._view,
            outputs=[output.type for output in settings.cabin.outputs],
            failing=self._cabin.failing,
            window_s=WINDOW_S if seconds is None else min(seconds, _LONGEST_WINDOW_S),
        )
        self._cabin.may_sound = lambda: self.session.may_sound
        self._watcher = AimWatcher(
            self.session, bars_of(settings), enough_s=seconds, stop=self._stop_loop
        )

    def run_alone(self) -> Commissioning:
        """For `--seconds`: what was seen then, written."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        with Progress(
            TextColumn("looking at a driver who looks ahead"),
            BarColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        ) as progress:
            task = progress.add_task("", total=self._seconds)
            self._watcher.told = lambda passed_s: progress.update(task, completed=passed_s)
            self._look()
        self.write()
        assert self._result is not None
        return self._result

    def run_with_page(self, host: str, port: int) -> Commissioning | None:
        """Until the installer has finished; None where no report was written."""
        from edge_app.aim.qr_code import qr_lines
        from edge_app.views.aim_page import LOOPBACK, AimPage

        page = AimPage(self.session, self, host, port)
        self._watcher.page = page
        url = page.start()
        self._stack.callback(page.close)
        typer.echo(f"open on the telephone: {url}  (Ctrl-C ends)", err=True)
        if host not in LOOPBACK:
            typer.echo("\n".join(qr_lines(url)), err=True)
        self._look()
        if not self._finished.is_set():
            typer.echo("the source has ended; finish on the page, or end with Ctrl-C", err=True)
            self._finished.wait()
        return self._result

    def write(self) -> None:
        """The report, anew each time: the page may be asked again after a choice has changed."""
        from edge_app.views.aim_report import aim_report

        with self._lock:
            result = self._commissioning()
            self._files.write(
                aim_report(result), result, with_settings=self.session.choices.settings
            )
            self._result = result

    def written(self, name: str) -> Path | None:
        return self._files.path_of(name)

    def finish(self) -> None:
        self._finished.set()
        self._stop_loop()

    def _commissioning(self) -> Commissioning:
        from datetime import datetime

        from edge_app import __version__
        from edge_app.aim.commissioning import Commissioning
        from edge_app.camera.sources import shown_uri

        with_steps = self._seconds is None
        return Commissioning(
            written_at=datetime.now().astimezone().isoformat(timespec="seconds"),
            vehicle_id=self._settings.unit.vehicle_id,
            vigil=__version__,
            bundle=self._perception.name,
            camera=shown_uri(self._settings.camera.source),
            lens=self._view.words,
            with_steps=with_steps,
            findings=self.session.result(with_steps=with_steps),
            settings_yaml=self.session.found_settings,
            drawn=self.session.drawn,
            picture_jpeg=self._watcher.picture_jpeg(),
        )

    def _look(self) -> None:
        """The vehicle program's own loop, without fleet and vehicle: alerts then assume fast driving."""
        from edge_app.live import LiveLoop
        from edge_app.monitor import DriverMonitor
        from edge_app.telemetry.settings import TelemetrySettings
        from edge_app.telemetry.telemetry import Telemetry
        from edge_app.vehicle.none import NoneProvider

        self._loop = LiveLoop(
            feed=self._feed,
            monitor=DriverMonitor(self._perception, self._settings, lens=self._lens),
            vehicle=NoneProvider(),
            cabin=self._cabin,
            telemetry=Telemetry(TelemetrySettings(), self._settings.unit.vehicle_id, {}),
            watchers=(self._watcher,),
            model_bundle=self._perception.name,
        )
        before = signal.signal(signal.SIGTERM, lambda number, frame: self.finish())
        try:
            self._feed.start()
            self._loop.run()
        finally:
            signal.signal(signal.SIGTERM, before)

    def _stop_loop(self) -> None:
        if self._loop is not None:
            self._loop.stop()


def _acts(side: str | None, mount: str | None, *, picture: bool, settings: bool) -> list[str]:
    """The options as what a tap on the page would say. Raises `UserError`."""
    from edge_app.aim.found_settings import MOUNTS

    acts = ["picture"] if picture else []
    acts += ["settings"] if settings else []
    if side is not None:
        if side not in ("left", "right"):
            raise UserError(
                f"--side {side}: is neither left nor right; give one of them, or leave it out"
            )
        acts.append(side)
    if mount is not None:
        if mount not in MOUNTS:
            raise UserError(f"--mount {mount}: is no such place; give one of {', '.join(MOUNTS)}")
        acts.append(f"mount_{mount}")
    return acts


def _line(finding: AimFinding) -> str:
    to_do = f"; {finding.to_do}" if finding.to_do else ""
    return f"{finding.verdict.value:<8}{finding.label}: {finding.found}{to_do}"
