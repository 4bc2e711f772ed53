"""`python -m benchmarks.impairment`: does the suspicion of impairment follow what was scripted, and nothing else?

Simulated people, ten minutes each, sober, impaired in three levels and sleepy; signals without pictures. Writes
Markdown and JSON; stopped by Ctrl-C, of what has been driven. This is consistency with a simulator whose cues are
modelled on the same literature, not accuracy.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.impairment_drives import (
    CONDITIONS,
    LEVELS,
    NOMINAL,
    SOBER,
    STATES,
    Job,
    Outcome,
    driven,
)
from benchmarks.impairment_figures import figures, markdown
from benchmarks.machine import describe_machine
from driver_simulator.workers import workers

FIRST_PERSON = 70_000
"""People from here on were seen by nobody who wrote the estimator; it was tried on people from 9 000 on."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    people = range(options.first_person, options.first_person + options.people)
    few = people[: options.people_by_condition]
    jobs = [job for person in people for job in _jobs(person, everywhere=person in few)]
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(
            f"error: {options.out} cannot be made ({error.strerror}); choose another --out",
            file=sys.stderr,
        )
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    outcomes = _drive(jobs, options.jobs)
    stopped = len(outcomes) < len(jobs)
    told = {"drives": len(outcomes), **figures(outcomes)}
    text = markdown(told)
    (options.out / "impairment.md").write_text(text, encoding="utf-8")
    about = {"machine": describe_machine(), "first_person": options.first_person}
    content = json.dumps({**about, **told}, indent=1)
    (options.out / "impairment.json").write_text(content + "\n", encoding="utf-8")
    print(text)
    print(f"written to {options.out}")
    if stopped:
        print(f"stopped after {len(outcomes)} of {len(jobs)} drives", file=sys.stderr)
        return 130
    return 0


def _jobs(person: int, *, everywhere: bool) -> list[Job]:
    """Every state; under the further conditions, where asked for, the two that lie farthest apart."""
    jobs = [Job(person, state, NOMINAL) for state in STATES]
    if everywhere:
        ends = (SOBER, LEVELS[-1])
        jobs += [Job(person, state, one) for one in CONDITIONS[1:] for state in ends]
    return jobs


def _drive(jobs: Sequence[Job], processes: int) -> dict[Job, Outcome]:
    """Those that have been driven, where the run is stopped."""
    columns = (TextColumn("drives"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    outcomes: dict[Job, Outcome] = {}
    console = Console(stderr=True)
    with (
        suppress(KeyboardInterrupt),
        workers(processes) as pool,
        Progress(*columns, console=console) as progress,
    ):
        task = progress.add_task("drives", total=len(jobs))
        for job, outcome in pool.as_made(driven, jobs):
            outcomes[job] = outcome
            progress.advance(task)
    return {job: outcomes[job] for job in jobs if job in outcomes}


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.impairment", description=__doc__)
    parser.add_argument("--people", type=_count, default=20, help="simulated people (20)")
    parser.add_argument(
        "--people-by-condition",
        type=_count,
        default=6,
        help="of them under each further condition, sober and strongly impaired (6)",
    )
    parser.add_argument(
        "--first-person", type=_count, default=FIRST_PERSON, help=f"seed ({FIRST_PERSON})"
    )
    parser.add_argument(
        "--jobs", "-j", type=_count, default=os.cpu_count() or 1, help="processes (all cores)"
    )
    parser.add_argument(
        "--out", "-o", type=Path, default=Path("build/impairment"), help="folder for the results"
    )
    return parser.parse_args(arguments)


def _count(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{word} must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
