"""`vigil demo`: the whole program on a clip, with a broker and a live page of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import edge_app
from edge_app.camera.sources import plays_by_itself, shown_uri, split_uri
from edge_app.commands.options import Overrides
from edge_app.commands.terminal_log import log_to_terminal
from edge_app.configuration.load import Override, load_settings

# A simulated drive; the folder's README says how it was drawn.
DEMO_CLIP = Path(edge_app.__file__).parent / "demo_clip" / "demo_drive.mp4"
_STORY = "attentive, a yawn, a nod, asleep, awake again at the alarm, a telephone in the lap"


def demo(
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            "-s",
            help="A clip (file:CLIP), a simulated drive (sim:SCENARIO) or a camera such as v4l2:0; unless told the"
            " built-in clip, a simulated minute.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the report.")] = Path(
        "vigil-report"
    ),
    port: Annotated[int, typer.Option("--port", help="Port of the live page; 0: any.")] = 8760,
    overrides: Overrides = None,
) -> None:
    """Play a clip through the whole program, with a live page and a report."""
    log_to_terminal()
    _check_model(overrides)
    if source is None:
        typer.echo(f"clip: one minute of a simulated driver: {_STORY}")
    report = _play(source or f"file:{DEMO_CLIP}", out, port, overrides or [])
    typer.echo(f"report: {report}")


def _check_model(overrides: list[str] | None) -> None:
    """Raises `UserError` where the perception that the settings name cannot be opened."""
    from edge_app.face.perceptions import open_perception

    # Loaded once more by the program: so that nothing is begun that cannot be played.
    open_perception(load_settings(None, overrides or ()).perception)


def _play(source: str, out: Path, port: int, overrides: list[str]) -> Path:
    from edge_app.program import VehicleProgram
    from edge_app.recording import Recording
    from edge_app.telemetry.local_broker import local_broker
    from edge_app.views.live_page import LivePage
    from edge_app.views.page_watcher import PageWatcher

    with local_broker() as broker:
        typer.echo(f"broker: {broker.description}")
        settings = load_settings(
            None,
            [
                "unit.vehicle_id=demo",
                Override.of_option("--out", "telemetry.outbox.path", str(out / "outbox.sqlite")),
                *overrides,
                Override.of_option("--source", "camera.source", source),
                "telemetry.enabled=true",
                f"telemetry.host={broker.host}",
                f"telemetry.port={broker.port}",
            ],
        )
        page = LivePage(port=port)
        with VehicleProgram(settings) as program:
            recording = Recording(
                out,
                clip=_clip_name(source),
                perception=program.perception,
                settings=settings,
            )
            try:
                typer.echo(f"live page: {page.start()}  (Ctrl-C ends the demo)")
                loop = program.run((PageWatcher(page), recording))
                report = recording.finish(frames_dropped=loop.counters.dropped)
                page.finish(report)
            finally:
                recording.close()
                page.close()
        return report


def _clip_name(source: str) -> str:
    """The name of a file or folder; of a camera its whole address, without the password."""
    if plays_by_itself(source):
        return shown_uri(source)
    return Path(split_uri(source)[1]).name
