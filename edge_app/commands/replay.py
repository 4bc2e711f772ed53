"""`vigil replay`: recorded signals through estimators and policy once more, with the recorded settings or others."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from edge_app.commands.options import ConfigOption, Overrides
from edge_app.errors import UserError

if TYPE_CHECKING:
    from edge_app.alerts.event import Event
    from edge_app.trace.comparison import Change
    from edge_app.trace.replay import JudgingSettings, ReplayedRun
    from edge_app.trace.series import RecordedRun

_NOT_AS_RECORDED = 1


def replay(
    trace: Annotated[
        Path, typer.Argument(metavar="TRACE", help="A trace file, or a folder of them.")
    ],
    config: ConfigOption = None,
    overrides: Overrides = None,
    from_s: Annotated[
        float, typer.Option("--from", metavar="SECONDS", help="Leave out events before this.")
    ] = 0.0,
    to_s: Annotated[
        float | None, typer.Option("--to", metavar="SECONDS", help="Leave out events after this.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write the replayed events.jsonl there."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document in place of text.")
    ] = False,
) -> None:
    """Replay a trace: the same alerts bit for bit, or what other settings would have changed.

    Without --config and --set the recorded settings hold, and the exit code is 1 where the alerts are not the recorded
    ones. --config replaces the settings that judge; --set changes single ones, of --config or else of the recorded.
    Seconds count from the beginning of the run.
    """
    from edge_app.trace.comparison import compare
    from edge_app.trace.opening import TraceError
    from edge_app.trace.replay import replay_run
    from edge_app.trace.series import recorded_runs

    runs, problems = recorded_runs(trace)
    replayed: list[ReplayedRun] = []
    for run in runs:
        try:
            replayed.append(replay_run(run, _other_settings(run, config, overrides or ())))
        except TraceError as error:
            if len(runs) == 1:
                raise
            # One bad run costs the others nothing.
            problems.append(str(error))
    if replayed:
        _require_within(replayed, from_s, to_s)
    for result in replayed:
        _cut(result, from_s, math.inf if to_s is None else to_s)
    if out is not None:
        _write_events(out, replayed)
    changes = [compare(result.recorded, result.replayed) for result in replayed]
    if as_json:
        typer.echo(json.dumps(_document(replayed, changes, problems), indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for result, changed in zip(replayed, changes, strict=True):
            _tell(console, result, changed)
    for problem in problems:
        typer.echo(f"error: {problem}", err=True)
    if problems:
        raise typer.Exit(2)
    if any(not r.with_other_settings and not r.as_recorded for r in replayed):
        raise typer.Exit(_NOT_AS_RECORDED)


def _other_settings(
    run: RecordedRun, config: Path | None, overrides: Sequence[str]
) -> JudgingSettings | None:
    if config is None and not overrides:
        return None
    from edge_app.configuration.load import load_settings
    from edge_app.trace.opening import judging_settings
    from edge_app.trace.replay import JudgingSettings

    if config is not None:
        settings = load_settings(config, overrides)
        _require_judging(overrides)
        return JudgingSettings(settings.driver_state, settings.alerts)
    first = run.parts[0]
    driver_state, alerts, _ = judging_settings(first.opening, str(first.path))
    recorded = {
        "driver_state": driver_state.model_dump(mode="json"),
        "alerts": alerts.model_dump(mode="json"),
    }
    settings = load_settings(None, overrides, below=recorded)
    _require_judging(overrides)
    return JudgingSettings(settings.driver_state, settings.alerts)


def _require_judging(overrides: Sequence[str]) -> None:
    """Raises `UserError` for settings that have played their part before a trace is written."""
    from edge_app.configuration.load import Override

    keys = [".".join(override.keys) for override in map(Override.parse, overrides)]
    without_effect = [key for key in keys if key.split(".")[0] not in ("driver_state", "alerts")]
    if without_effect:
        raise UserError(
            f"--set {', '.join(without_effect)}: a replay judges recorded signals, so only driver_state and alerts can"
            " be set; run `vigil analyze` on the clip to try other settings"
        )


def _require_within(replayed: Sequence[ReplayedRun], from_s: float, to_s: float | None) -> None:
    """Raises `UserError` for a stretch of time in which no run of the trace has a moment."""
    end_s = max(run.last_s - run.first_s for run in replayed)
    trace = f"the {'longest run of the ' if len(replayed) > 1 else ''}trace goes from 0 s to {end_s:.1f} s"
    if not 0.0 <= from_s <= end_s:
        raise UserError(f"--from {from_s:g}: {trace}; choose a time within it")
    if to_s is not None and not from_s <= to_s:
        raise UserError(
            f"--to {to_s:g}: is before --from {from_s:g}, and {trace}; choose a later time"
        )


def _cut(result: ReplayedRun, from_s: float, to_s: float) -> None:
    def kept(events: list[Event]) -> list[Event]:
        return [event for event in events if from_s <= event.t_s - result.first_s <= to_s]

    result.recorded, result.replayed = kept(result.recorded), kept(result.replayed)


def _write_events(folder: Path, replayed: Sequence[ReplayedRun]) -> None:
    from edge_app.telemetry.event_message import event_line

    lines = [json.dumps(event_line(event)) for run in replayed for event in run.replayed]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    except OSError as error:
        raise UserError(
            f"{folder}: events cannot be written here ({error.strerror}); choose another --out"
        ) from error


def _tell(console: Console, run: ReplayedRun, changes: Sequence[Change]) -> None:
    from edge_app.trace.comparison import summary

    length_s = run.last_s - run.first_s
    console.print(
        f"run {run.run_id}: {length_s:.1f} s, {run.moments} moments, Vigil {run.vigil_version}",
    )
    for note in _notes(run):
        console.print(f"  note: {note}")
    if run.with_other_settings:
        changed = [change for change in changes if change.is_change]
        if changed:
            console.print(_table(changed, run.first_s))
        for change in changed:
            console.print(f"  {change.words(run.first_s)}")
        console.print(f"with these settings: {summary(changes)}")
        return
    if run.same_bits:
        console.print(
            f"the same {len(run.recorded)} events, {run.moments} states identical", highlight=False
        )
        return
    if not run.same_machine and run.same_events:
        console.print(
            f"the same {len(run.recorded)} events; {run.states.count} states differ in their digits",
        )
        return
    console.print(
        f"not as recorded: {len(run.recorded)} events recorded, {len(run.replayed)} replayed;"
        f" {run.states.count} differences in {run.moments} moments",
    )
    for change in changes:
        if change.is_change:
            console.print(f"  {change.words(run.first_s)}")
    for difference in run.states.first:
        console.print(
            f"  at {difference.t_s - run.first_s:.3f} s {difference.field}:"
            f" {difference.recorded} recorded, {difference.replayed} replayed",
            markup=False,
        )


def _notes(run: ReplayedRun) -> list[str]:
    from edge_app import __version__

    notes = list(run.notes)
    if not run.same_machine and not run.with_other_settings:
        notes.append(
            "recorded on another instruction set or with other libraries: only events are compared"
        )
    if run.vigil_version != __version__:
        notes.append(f"recorded by Vigil {run.vigil_version}, replayed by {__version__}")
    if run.states.only_here:
        notes.append(f"fields that were not recorded: {', '.join(sorted(run.states.only_here))}")
    notes += [
        f"what was remembered when {name} began is not what the file before led to"
        for name in run.states.boundaries
    ]
    return notes


def _table(changes: Sequence[Change], start_s: float) -> Table:
    table = Table()
    for heading in ("alert", "recorded", "with these settings", "earlier / later"):
        table.add_column(heading, justify="left" if heading == "alert" else "right")
    for change in changes:
        moved = f"{change.later_s:+.1f} s" if change.before and change.after else ""
        table.add_row(
            change.event.type.value.replace("_", " "),
            _when(change.before, start_s),
            _when(change.after, start_s),
            moved,
        )
    return table


def _when(event: Event | None, start_s: float) -> str:
    if event is None:
        return "–"
    level = f" {event.level.word}" if event.level is not None else ""
    return f"{event.t_s - start_s:.1f} s{level}"


def _document(
    replayed: Sequence[ReplayedRun], changes: Sequence[Sequence[Change]], problems: Sequence[str]
) -> dict[str, Any]:
    from edge_app.telemetry.event_message import event_line
    from edge_app.trace.comparison import summary

    def line(event: Event | None) -> dict[str, Any] | None:
        return None if event is None else event_line(event)

    return {
        "runs": [
            {
                "run_id": run.run_id,
                "vigil_version": run.vigil_version,
                "first_s": run.first_s,
                "last_s": run.last_s,
                "moments": run.moments,
                "as_recorded": None if run.with_other_settings else run.as_recorded,
                "states_that_differ": None if run.with_other_settings else run.states.count,
                "same_machine": run.same_machine,
                "events_recorded": [event_line(event) for event in run.recorded],
                "events_replayed": [event_line(event) for event in run.replayed],
                "changes": [
                    {
                        "recorded": line(change.before),
                        "replayed": line(change.after),
                        "later_s": change.later_s,
                        "words": change.words(run.first_s),
                    }
                    for change in changed
                    if change.is_change
                ],
                "summary": summary(changed) if run.with_other_settings else None,
                "notes": _notes(run),
            }
            for run, changed in zip(replayed, changes, strict=True)
        ],
        "problems": list(problems),
    }
