"""`vigil run`: the program in the vehicle."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from edge_app.commands.options import ConfigOption, DriverProfileOption, Overrides
from edge_app.commands.terminal_log import log_to_terminal
from edge_app.configuration.by_command import SettingsSources, load_in_vehicle
from edge_app.configuration.load import Override, load_settings
from edge_app.updates.opening import signed_below


def run(
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            "-s",
            help="v4l2:0, picamera2:0, gst:PIPELINE, rtsp://..., file:CLIP, images:FOLDER or sim:SCENARIO.",
        ),
    ] = None,
    config: ConfigOption = None,
    overrides: Overrides = None,
    as_fast_as_possible: Annotated[
        bool,
        typer.Option(
            "--as-fast-as-possible",
            help="Every frame of a file or a simulated drive, without waiting.",
        ),
    ] = False,
    page: Annotated[
        int | None,
        typer.Option("--page", metavar="PORT", help="Serve a live page on 127.0.0.1; 0: any port."),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", metavar="FOLDER", help="Write signals, events and a report there."
        ),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(
            "--trace",
            metavar="FOLDER",
            help="Record what `vigil replay` repeats, without pictures.",
        ),
    ] = None,
    driver_profile: DriverProfileOption = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No status lines, only alerts and problems.")
    ] = False,
) -> None:
    """Watch the driver: camera in; cabin alerts and fleet messages out."""
    log_to_terminal()
    chosen: list[str | Override] = [*(overrides or ())]
    if source is not None:
        chosen.append(Override.of_option("--source", "camera.source", source))
    if trace is not None:
        from edge_app.trace.folder import require_writable

        require_writable(trace)
        chosen.append(Override.of_option("--trace", "trace.folder", str(trace)))
    sources = SettingsSources(
        config,
        tuple(chosen),
        signed_below(lambda below: load_settings(config, chosen, below=below)),
    )
    settings = load_in_vehicle(sources)

    from edge_app.camera.sources import shown_uri
    from edge_app.live import Watcher
    from edge_app.program import VehicleProgram
    from edge_app.views.status_lines import StatusLines

    watchers: list[Watcher] = []
    with ExitStack() as stack:
        program = stack.enter_context(
            VehicleProgram(
                settings,
                as_fast_as_possible=as_fast_as_possible,
                driver_profile=driver_profile,
                sources=sources,
            )
        )
        recording = None
        if not quiet:
            watchers.append(StatusLines(program.telemetry))
        if record is not None:
            # Imported only here: its report and video writers are 20 MB that a vehicle need not carry.
            from edge_app.recording import Recording

            recording = Recording(
                record,
                clip=shown_uri(settings.camera.source),
                perception=program.perception,
                settings=settings,
                overlay=False,
            )
            stack.callback(recording.close)
            watchers.append(recording)
        if page is not None:
            from edge_app.views.live_page import LivePage
            from edge_app.views.page_watcher import PageWatcher

            live_page = LivePage(port=page)
            typer.echo(f"live page: {live_page.start()}", err=True)
            stack.callback(live_page.close)
            watchers.append(PageWatcher(live_page))
        # A recording's files would begin anew as well; and nobody waits for a run that does not keep time.
        begins_anew = record is None and not as_fast_as_possible
        loop = program.run(tuple(watchers), begins_anew=begins_anew)
        if recording is not None:
            typer.echo(
                f"report: {recording.finish(frames_dropped=loop.counters.dropped)}", err=True
            )
    if program.trace is not None:
        typer.echo(program.trace.told(), err=True)
    waiting = program.telemetry.snapshot().queue_depth
    if waiting:
        typer.echo(
            f"{waiting} messages have not reached the broker; they wait on disk for the next start",
            err=True,
        )
