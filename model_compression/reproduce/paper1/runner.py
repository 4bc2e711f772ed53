"""Runs a grid one training after the other, and keeps each finished one's answers, so that a stopped grid goes on.

`<out>/<run id>/answers.npz` and `run.json` of each run; `<out>/trainings/<training id>` for the networks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge_app.errors import UserError
from model_compression.evaluation.bench import Track
from model_compression.evaluation.clips.answers import ClipAnswers, load_answers, save_answers
from model_compression.evaluation.report import write_document
from model_compression.reproduce.paper1.runs import Run

ANSWERS, EMBEDDINGS, RUN = "answers.npz", "embeddings.npz", "run.json"
TRAININGS = "trainings"


class TrainRun(Protocol):
    """Trains the network of a run, unless `folder` holds it already, and lets it answer for the clips to be scored.

    run: `run.train` and `run.fold` say what is learned from, `run.is_scored_on` which clips are scored, and
    `run.test_task` what is true of them.
    folder: the training's own; runs with the same `training_id` share it, and one that was stopped goes on there.
    Raises `UserError` where this run cannot be made, and `KeyboardInterrupt` where it was stopped.
    """

    def __call__(self, run: Run, folder: Path, /) -> ClipAnswers: ...


@dataclass(frozen=True, slots=True)
class GridAnswers:
    answers: Mapping[str, ClipAnswers]  # by run id
    failed: Mapping[str, str]  # run id -> why


def run_grid(
    runs: Sequence[Run],
    out: Path,
    train_run: TrainRun,
    *,
    track: Track,
    say: Callable[[str], None],
) -> GridAnswers:
    """Each run once, however often it is asked for. Raises `UserError` where `out` holds other runs' answers."""
    wanted = {run.id: run for run in runs}
    answers = {run.id: there for run in wanted.values() if (there := kept(run, out)) is not None}
    if answers:
        say(f"{len(answers)} of {len(wanted)} runs are finished already")
    failed: dict[str, str] = {}
    missing = [run for run in wanted.values() if run.id not in answers]
    for run in track(missing, len(missing), "runs"):
        try:
            answers[run.id] = _made(run, out, train_run)
        except UserError as error:
            failed[run.id] = str(error)
            say(f"{run.id}: not run: {error}")
        else:
            own = answers[run.id]
            right = float((own.said == own.truth).mean())
            say(f"{run.id}: {len(own)} clips, accuracy {right:.4f}")
    return GridAnswers(answers, failed)


def kept(run: Run, out: Path) -> ClipAnswers | None:
    """Answers of an earlier time. Raises `UserError` where they are damaged, or another run's."""
    refuse_other(run, out)
    file = out / run.id / ANSWERS
    return load_answers(file) if file.is_file() else None


def refuse_other(run: Run, out: Path) -> None:
    """Raises `UserError` where another run's results stand in the place of this one's."""
    folder = out / run.id
    if not any((folder / name).is_file() for name in (ANSWERS, EMBEDDINGS)):
        return  # nothing came of it yet
    try:
        before = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / RUN}: cannot be read ({error}); delete {folder}") from error
    now = run.description()
    changed = [key for key in now if not isinstance(before, dict) or before.get(key) != now[key]]
    if changed:
        raise UserError(
            f"{folder}: holds a run with another {', '.join(changed)}; repeat the options of then, or name another"
            " folder with --out"
        )


def begun(run: Run, out: Path) -> Path:
    """The folder for what comes of a run, with its description. Raises `UserError`."""
    refuse_other(run, out)
    write_document(dict(run.description()), out / run.id / RUN)
    return out / run.id


def is_finished(run: Run, out: Path) -> bool:
    """Its answers, or what a figure needs of it."""
    return any((out / run.id / name).is_file() for name in (ANSWERS, EMBEDDINGS))


def training_folder(run: Run, out: Path) -> Path:
    return out / TRAININGS / run.training_id


def _made(run: Run, out: Path, train_run: TrainRun) -> ClipAnswers:
    folder = begun(run, out)
    answers = train_run(run, training_folder(run, out))
    save_answers(answers, folder / ANSWERS)
    return answers
