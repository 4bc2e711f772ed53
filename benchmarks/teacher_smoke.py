"""A whole small run of the teacher: `python -m benchmarks.teacher_smoke PHOTOGRAPHS`, what `make teacher-smoke` runs.

Draws clips of scripted drivers with the faces of PHOTOGRAPHS, prepares them, trains 3D-Xception (paper 1) and a
3D-ResNet-18 on each of three tasks, expression first and the others from its weights, and scores both on people,
cameras and lights that they have not seen. Everything is kept in --out; the same command goes on where it was
stopped. Needs torch. What it shows is consistency with a script, not accuracy on people.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.with_torch import run_with_torch, write_table
from edge_app.errors import UserError

TASKS = ("expression", "drowsiness", "intoxication")
_FIRST = "expression"  # the others go on from what it has learned
_NETWORKS: dict[str, dict[str, Any] | None] = {  # None: as configured
    "xception3d": None,
    "resnet3d-18": {"width": 0.25},
}


def _vigil(*words: str) -> None:
    """A command of Vigil, seen as a user would see it. Raises `UserError`."""
    done = subprocess.run(
        [sys.executable, "-m", "edge_app.commands.main", *words], check=False
    ).returncode
    if done == 130:
        raise KeyboardInterrupt
    if done:
        raise UserError(f"vigil {' '.join(words)} ended with exit code {done}.")


def _prepared(options: argparse.Namespace) -> Path:
    drawn, clips = options.out / "set", options.out / "clips"
    tasks = ",".join(sorted({_FIRST, *options.tasks}))
    _vigil(  # says so where it is drawn already, and refuses where it was drawn otherwise
        *("simulate-dataset", "--clips", str(options.clips), "--people", str(options.people)),
        *("--seed", str(options.seed), "--clips-per-drive", "15", "--frames", "16"),
        *("--frame-rate", "4", "--size", "224x168", "--portraits", str(options.photographs)),
        *("--out", str(drawn), "--jobs", str(options.jobs), "--tasks", tasks),
    )
    _vigil(
        *("data", "prepare", "simulated", "--root", str(drawn), "--out", str(clips)),
        # As the vehicle sees a face: `vigil distill` can take teachers and clips as they are.
        *("--size", "112", "--channels", "1", "--outside", "keep"),
        *("--processes", str(options.jobs)),
    )
    return clips


def _measured(
    clips: Path, task: str, network: str, options: argparse.Namespace, begins_with: Path | None
) -> dict[str, Any]:
    """begins_with: the training whose weights it goes on from."""
    from model_compression.data.clips.store import ClipStore
    from model_compression.evaluation.clips.figures import figures_of
    from model_compression.reproduce.paper1.data_sets import SIMULATED, prepared_set
    from model_compression.reproduce.paper1.run_task import DROWSY_OR_NOT, EXPRESSION, THREE_LEVELS
    from model_compression.reproduce.paper1.runs import Recipe, Run
    from model_compression.reproduce.paper1.teacher_choice import WHOLE, TeacherChoice
    from model_compression.reproduce.paper1.training import train_run
    from model_compression.training.run_record import read_run

    asked = {one.of: one for one in (DROWSY_OR_NOT, EXPRESSION, THREE_LEVELS)}[task]
    teacher = WHOLE if network == "xception3d" else TeacherChoice(network)
    found = prepared_set(SIMULATED, clips, ClipStore.open(clips), simulated=True)
    overrides = []
    if _NETWORKS[network] is not None:
        overrides.append(f"network.options={json.dumps(_NETWORKS[network])}")
    if begins_with is not None:
        overrides.append(f"init_from={json.dumps(str(begins_with))}")
    recipe = Recipe("xception3d-small", options.steps, tuple(overrides))
    run = Run(teacher, asked, found, found, asked, 0, options.training_seed, recipe)
    folder = options.out / "trainings" / run.training_id
    answers = train_run(run, folder, device="auto")
    record = read_run(folder) or {}
    truth = answers.truth
    majority = float(np.bincount(truth).max() / len(truth))
    own = figures_of(answers)
    return {
        "task": task,
        "network": network,
        "folder": str(folder),
        "parameters": record.get("parameters"),
        "seconds": record.get("seconds"),
        "steps": record.get("steps"),
        "majority": majority,
        "chance_uar": 1 / len(answers.classes),
        **{
            name: [own[name].value, own[name].low, own[name].high, own[name].n, own[name].people]
            for name in ("accuracy", "uar")
        },
    }


def _told(figure: Sequence[float]) -> str:
    value, low, high, n, people = figure
    if low is None:
        return f"{100 * value:.1f} % ({n} clips, {people} people)"
    return f"{100 * value:.1f} % ({100 * low:.1f}–{100 * high:.1f}; {n} clips, {people} people)"


def _table(rows: Sequence[dict[str, Any]]) -> str:
    lines = [
        "Simulated drivers: consistency, not accuracy; 95 % intervals over people.\n",
        "| task | network | parameters | steps, minutes | accuracy on unseen people | most frequent class |"
        " UAR | chance |",
        "|" + "---|" * 8,
    ]
    lines += [
        f"| {row['task']} | {row['network']} | {row['parameters'] / 1e6:.2f} M | {row['steps']},"
        f" {row['seconds'] / 60:.0f} | {_told(row['accuracy'])} | {100 * row['majority']:.1f} % |"
        f" {_told(row['uar'])} | {100 * row['chance_uar']:.1f} % |"
        for row in rows
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.teacher_smoke", description=__doc__)
    parser.add_argument("photographs", type=Path, help="folder of photographs of many people")
    parser.add_argument("--out", type=Path, default=Path("build/teacher-smoke"))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--networks", nargs="+", choices=_NETWORKS, default=list(_NETWORKS))
    parser.add_argument("--clips", type=int, default=600, help="of each task (%(default)s)")
    parser.add_argument("--people", type=int, default=80, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=401, help="of the clips (%(default)s)")
    parser.add_argument("--training-seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=None, help="as configured without it")
    parser.add_argument("--jobs", type=int, default=2, help="processes that draw (%(default)s)")
    parser.add_argument("--threads", type=int, default=None, help="of the training; all without it")
    options = parser.parse_args(arguments)

    def work() -> None:
        clips = _prepared(options)
        rows: list[dict[str, Any]] = []
        for network in options.networks:
            first = None
            # Also where its figures are not asked for, so that the others begin alike.
            for task in (task for task in TASKS if task in (_FIRST, *options.tasks)):
                row = _measured(clips, task, network, options, first)
                first = first or Path(row["folder"])
                if task in options.tasks:
                    rows.append(row)
        rows.sort(key=lambda row: TASKS.index(row["task"]))
        write_table(options.out / "table.json", _table(rows), rows=rows)

    return run_with_torch("the teacher", work, options.threads)


if __name__ == "__main__":
    sys.exit(main())
