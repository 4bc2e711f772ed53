"""Figure 3 of paper 1: what a network that learned expressions only makes of drowsy and of drunk drivers.

The paper shows t-SNE pictures; how far the classes lie apart is told here by a linear probe beside chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from rich.console import Console
from rich.table import Table

from edge_app.errors import UserError
from model_compression.evaluation.bench import Track
from model_compression.reproduce.embeddings import (
    ClipEmbeddings,
    load_embeddings,
    save_embeddings,
)
from model_compression.reproduce.linear_probe import Probed, probe
from model_compression.reproduce.named_sets import CannotRunError
from model_compression.reproduce.paper1.data_sets import DataSets
from model_compression.reproduce.paper1.run_task import EXPRESSION, TASK_OF_SET
from model_compression.reproduce.paper1.runner import EMBEDDINGS, begun, training_folder
from model_compression.reproduce.paper1.runs import Recipe, Run, set_for
from model_compression.reproduce.paper1.teacher_choice import WHOLE
from model_compression.reproduce.reproduction import CONSISTENCY
from model_compression.reproduce.scatter import Panel, write_scatter
from model_compression.reproduce.tsne import MOST, tsne

PICTURE = "figure-3.png"
_LEARNED = "DFEW"
_SHOWN = (_LEARNED, "NTHU-DDD", "MiX")


class EmbedRun(Protocol):
    """As `TrainRun`, but gives the embeddings of the clips that the run is scored on; truth is by `run.test_task`."""

    def __call__(self, run: Run, folder: Path, /) -> ClipEmbeddings: ...


@dataclass(frozen=True, slots=True)
class Figure3:
    probes: Mapping[str, Probed | str]  # role -> how open its task lies; str: why nobody knows
    clips: Mapping[str, int]
    picture: Path | None
    simulated: bool

    @property
    def heading(self) -> str:
        told = f" (simulated drivers: {CONSISTENCY})" if self.simulated else ""
        return f"Figure 3: embeddings of a network that learned the expressions of {_LEARNED}{told}"


def runs_of_figure(sets: DataSets, *, recipe: Recipe) -> dict[str, Run | str]:
    """By role, all of one network; str: why there is none. Raises `UserError` where nothing can be learned."""
    try:
        learned = set_for(_LEARNED, EXPRESSION, sets)
    except CannotRunError as why:
        raise UserError(f"figure 3: {why}") from why
    planned: dict[str, Run | str] = {}
    for role in _SHOWN:
        task = TASK_OF_SET[role]
        try:
            shown = set_for(role, task, sets)
        except CannotRunError as why:
            planned[role] = str(why)
            continue
        fold = learned.folds[0] if learned.folds else 0
        planned[role] = Run(WHOLE, EXPRESSION, learned, shown, task, fold, seed=1, recipe=recipe)
    return planned


def figure3(
    planned: Mapping[str, Run | str],
    out: Path,
    embed_run: EmbedRun,
    *,
    track: Track,
    say: Callable[[str], None],
    seed: int = 1,
) -> Figure3:
    """Keeps each set's embeddings under `out`, and draws the picture there."""
    probes: dict[str, Probed | str] = {}
    clips: dict[str, int] = {}
    panels: list[Panel] = []
    for role, run in track(list(planned.items()), len(planned), "embeddings"):
        if isinstance(run, str):
            probes[role] = run
            continue
        try:
            embeddings = _embeddings(run, out, embed_run)
            clips[role] = len(embeddings)
            panels.append(_panel(f"{run.test.name}, {run.test_task.name}", embeddings, seed))
            probes[role] = probe(embeddings, seed=seed)
        except UserError as error:
            probes[role] = str(error)
            say(f"{run.id}: {error}")
    picture = out / PICTURE if panels else None
    if picture is not None:
        write_scatter(panels, picture)
    made = [run for run in planned.values() if isinstance(run, Run)]
    return Figure3(
        probes, clips, picture, any(run.train.simulated or run.test.simulated for run in made)
    )


def show_figure3(console: Console, figure: Figure3) -> None:
    console.print(figure.heading, markup=False, style="bold", soft_wrap=True)
    table = Table("set", "task", "clips", "people", "probe: UAR", "chance", show_edge=False)
    for role, probed in figure.probes.items():
        task = TASK_OF_SET[role].name + (", learned" if role == _LEARNED else ", never seen")
        clips = str(figure.clips.get(role, ""))
        if isinstance(probed, str):
            table.add_row(role, task, clips, "", "–", "")
            console.print(f"{role}: {probed}", markup=False, style="dim", soft_wrap=True)
            continue
        uar = probed.uar
        people = f"({uar.sources} sources)" if uar.people is None else str(uar.people)
        value = "–" if uar.value is None else f"{uar.value:.4f}"
        if uar.low is not None and uar.high is not None:
            value = f"{value} ({uar.low:.4f}–{uar.high:.4f})"
        table.add_row(role, task, clips, people, value, f"{probed.chance:.4f}")
    console.print(table)
    if figure.picture is not None:
        console.print(f"written: {figure.picture}", markup=False, soft_wrap=True)


def _embeddings(run: Run, out: Path, embed_run: EmbedRun) -> ClipEmbeddings:
    file = begun(run, out) / EMBEDDINGS
    if file.is_file():
        return load_embeddings(file)
    made = embed_run(run, training_folder(run, out))
    save_embeddings(made, file)
    return made


def _panel(title: str, embeddings: ClipEmbeddings, seed: int) -> Panel:
    if len(embeddings) > MOST:
        chosen = np.random.default_rng(seed).permutation(len(embeddings))[:MOST]
        embeddings = embeddings.rows(np.sort(chosen))
    if len(embeddings) < 4:
        raise UserError(f"{title}: {len(embeddings)} clips are too few for a picture")
    places = tsne(embeddings.vectors, seed=seed)
    return Panel(title, places, embeddings.truth, embeddings.classes)
