"""What teachers are worth to the head of the vehicle: `python -m benchmarks.distillation CLIPS --teacher RUN…`.

The same temporal head learns the same clips with and without what the teachers say of them, several seeds each, and
answers for the people of test. The gain is paired: the same people are drawn for both. A drive is longer than a clip:
the last column is of the taught head with other clips in its memory. Everything is kept in --out; the
same command goes on. Needs torch. On simulated clips it shows consistency with a script, not accuracy on people.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.with_torch import run_with_torch, write_table
from edge_app.errors import UserError

if TYPE_CHECKING:
    from model_compression.evaluation.clips.answers import ClipAnswers
    from model_compression.evaluation.figure import Figure

WAYS = {
    "taught": (),
    "alone": (
        "task.options.teacher_weight=0",
        "task.options.feature_weight=0",
        "task.options.relation_weight=0",
    ),
}


_EARLIER = 10  # clips that a head has followed when it is measured in the middle of a drive


def _head(options: argparse.Namespace, way: str, seed: int) -> Any:
    """A head that has learned in this way."""
    from rich.console import Console

    from model_compression.training.load_config import load_config
    from model_compression.training.network_file import read_network
    from model_compression.training.run_record import read_run
    from model_compression.training.train import TrainingOptions, train

    folder = options.out / f"{way}-{seed}"
    data = json.dumps([{"name": str(options.out / "taught")}], ensure_ascii=False)
    loaded = load_config("temporal", [f"data={data}", f"seed={seed}", *options.set, *WAYS[way]])
    before = read_run(folder)
    console = Console(force_terminal=False, highlight=False, soft_wrap=True)
    # A finished one learns nothing more, but has to be of this configuration.
    went = TrainingOptions(folder, "cpu", resume=None if before is None else True)
    if train(loaded, went, console).stopped_by is not None:
        raise KeyboardInterrupt
    return read_network(folder).network()


def _answers(
    options: argparse.Namespace, tested: Any, head: Any, earlier: int = 0
) -> dict[str, ClipAnswers]:
    """Label -> what a head says of the test clips, after it has followed `earlier` others of them without a break."""
    import torch

    from model_compression.data.clips.store import ClipStore
    from model_compression.evaluation.clips.answers import ClipAnswers
    from model_compression.training.tasks.temporal import clip_logits

    clips = torch.from_numpy(tested.features[:, 0].astype(np.float32))
    rng, memory = np.random.default_rng(0), None
    with torch.no_grad():
        for _ in range(earlier):
            memory = head(clips[rng.permutation(len(clips))], memory)["memory"][:, -1]
        said = head(clips, memory)
    store = ClipStore.open(options.clips)
    rows = [store.rows[int(row)] for row in tested.rows]
    answers = {}
    for question in options.questions:
        known = np.array([question.label in row.labels for row in rows])
        classes = store.classes[question.label]
        own = [row for row, there in zip(rows, known, strict=True) if there]
        answers[question.label] = ClipAnswers(
            clip_logits(said[question.label]).numpy()[known],
            np.array([question.number(row.labels[question.label], classes) for row in own]),
            tuple(row.person for row in own),
            tuple(row.video for row in own),
            question.classes(classes),
        )
    return answers


def _told(figure: Figure, sign: bool = False) -> str:
    if figure.value is None:
        return figure.interval
    form = "+.1f" if sign else ".1f"
    value = f"{100 * figure.value:{form}}"
    if figure.low is None or figure.high is None:
        return f"{value} ({figure.interval})"
    return f"{value} ({100 * figure.low:{form}} to {100 * figure.high:{form}})"


def _compared(options: argparse.Namespace) -> dict[str, dict[str, Figure]]:
    from model_compression.data.clips.store import ClipStore
    from model_compression.distillation.frame_student import FrameStudent
    from model_compression.distillation.lesson_plan import lesson_for
    from model_compression.distillation.taught_clips import taught
    from model_compression.distillation.teacher import ClipTeacher
    from model_compression.evaluation.clips.figures import figure_over_seeds
    from model_compression.evaluation.clips.paired import uar_gain

    store, student = ClipStore.open(options.clips), FrameStudent.open(options.student)
    teachers = [ClipTeacher.open(place) for place in options.teacher]
    options.questions = list({one.question.label: one.question for one in teachers}.values())
    lesson = lesson_for(
        store,
        teachers,
        variants=options.variants,
        frames=options.frames,
        rate_hz=options.rate,
        seed=0,
    )
    taught(options.out / "taught", lesson, student, teachers, _progress)
    rows = tuple(number for number, row in enumerate(store.rows) if row.split == "test")
    if not rows:
        raise UserError(f"{options.clips}: has no test split to be measured on.")
    of_test = replace(lesson, rows=rows, varied=frozenset(), variants=1)
    tested = taught(options.out / "test", of_test, student, (), _progress)
    seeds = range(1, options.seeds + 1)
    heads = {way: [_head(options, way, seed) for seed in seeds] for way in WAYS}
    said = {way: [_answers(options, tested, head) for head in own] for way, own in heads.items()}
    said["in a drive"] = [_answers(options, tested, head, _EARLIER) for head in heads["taught"]]
    figures = {}
    for question in options.questions:
        own = {way: [one[question.label] for one in told] for way, told in said.items()}
        figures[question.label] = {
            **{way: figure_over_seeds(answers, "uar") for way, answers in own.items()},
            "gain": uar_gain(own["taught"], own["alone"]),
        }
    return figures


def _progress(done: int, of: int) -> None:
    if done == of or done % 320 == 0:
        print(f"{done} of {of} clips", flush=True)


def _table(figures: Mapping[str, Mapping[str, Figure]], seeds: int) -> str:
    lines = [
        f"UAR on test, %, mean of {seeds} seeds; 95 % intervals over people\n",
        "| label | clips, people | taught | without teachers | gain, paired |"
        f" taught, {_EARLIER} clips later |",
        "|---" * 6 + "|",
    ]
    lines += [
        f"| {label} | {own['taught'].n}, {own['taught'].people} | {_told(own['taught'])} | {_told(own['alone'])} |"
        f" {_told(own['gain'], sign=True)} | {_told(own['in a drive'])} |"
        for label, own in figures.items()
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.distillation", description=__doc__)
    parser.add_argument("clips", type=Path, help="a folder of vigil data prepare")
    parser.add_argument("--teacher", type=Path, action="append", required=True, metavar="RUN")
    parser.add_argument("--student", default="mobilefacenet", help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("build/distillation"))
    parser.add_argument("--seeds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--variants", type=int, default=4, help="default: %(default)s")
    parser.add_argument("--frames", type=int, default=16, help="default: %(default)s")
    parser.add_argument("--rate", type=float, default=4.0, help="steps a second (%(default)s)")
    parser.add_argument("--threads", type=int, default=None, help="all without it")
    parser.add_argument("--set", action="append", default=[], metavar="KEY.PATH=VALUE")
    options = parser.parse_args(arguments)

    def work() -> None:
        figures = _compared(options)
        plain = {
            label: {name: [f.value, f.low, f.high, f.n, f.people] for name, f in own.items()}
            for label, own in figures.items()
        }
        write_table(options.out / "table.json", _table(figures, options.seeds), uar=plain)

    return run_with_torch("distilling", work, options.threads)


if __name__ == "__main__":
    sys.exit(main())
