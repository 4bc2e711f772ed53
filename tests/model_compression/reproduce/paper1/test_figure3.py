"""What a network of expressions makes of drivers it never learned to judge."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from rich.console import Console

from edge_app.errors import UserError
from model_compression.evaluation.bench import untracked
from model_compression.reproduce.linear_probe import Probed
from model_compression.reproduce.paper1.data_sets import DataSets
from model_compression.reproduce.paper1.figure3 import (
    Figure3,
    figure3,
    runs_of_figure,
    show_figure3,
)
from model_compression.reproduce.paper1.runs import Recipe, Run
from tests.model_compression.reproduce.made_sets import (
    Guesser,
    opened,
    rows_of,
    simulated_sets,
    write_set,
)


def drawn(sets: DataSets, out: Path, guesser: Guesser) -> Figure3:
    planned = runs_of_figure(sets, recipe=Recipe())
    return figure3(planned, out, guesser.embed, track=untracked, say=lambda _: None)


def test_one_network_is_looked_at_on_all_sets(tmp_path: Path) -> None:
    planned = runs_of_figure(simulated_sets(tmp_path / "sim"), recipe=Recipe())
    runs = [run for run in planned.values() if isinstance(run, Run)]
    assert len(runs) == 3 and len({run.training_id for run in runs}) == 1
    assert [run.test_task.name for run in runs] == ["expression", "drowsiness", "intoxication"]


def test_picture_is_drawn_and_probes_are_kept_beside_chance(tmp_path: Path) -> None:
    figure = drawn(simulated_sets(tmp_path / "sim"), tmp_path / "out", Guesser())
    assert figure.picture is not None
    picture = cv2.imread(str(figure.picture))
    assert picture is not None and len({tuple(pixel) for pixel in picture.reshape(-1, 3)}) > 7
    drowsy = figure.probes["NTHU-DDD"]
    assert isinstance(drowsy, Probed)
    assert drowsy.uar.value is not None and drowsy.uar.value > 0.9 > drowsy.chance == 0.5
    console = Console(width=160)
    with console.capture() as capture:
        show_figure3(console, figure)
    shown = capture.get()
    assert "simulated drivers: consistency, not accuracy" in shown and "never seen" in shown


def test_embeddings_are_not_made_twice(tmp_path: Path) -> None:
    sets = simulated_sets(tmp_path / "sim")
    first, second = Guesser(), Guesser()
    drawn(sets, tmp_path / "out", first)
    drawn(sets, tmp_path / "out", second)
    assert len(first.trained) == 3 and second.trained == []


def test_set_that_is_missing_says_why_and_the_others_are_drawn(tmp_path: Path) -> None:
    write_set(tmp_path / "dfew", "dfew", rows_of("expression", folds=2))
    sets = DataSets({"DFEW": opened("DFEW", tmp_path / "dfew")})
    figure = drawn(sets, tmp_path / "out", Guesser())
    assert figure.probes["MiX"] == (
        "no folder for MiX: give --data MiX=FOLDER or --data simulated=FOLDER"
    )
    assert isinstance(figure.probes["DFEW"], Probed) and not figure.simulated


def test_without_expressions_there_is_nothing_to_look_at() -> None:
    with pytest.raises(UserError, match="figure 3: no folder for DFEW"):
        runs_of_figure(DataSets({}), recipe=Recipe())
