"""Figures 3 and 4 of paper 3: means over seeds, what stands in, centres of classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console

from edge_app.errors import UserError
from model_compression.evaluation.figure import Figure
from model_compression.reproduce.job_runner import Done
from model_compression.reproduce.jobs import Measuring, Training
from model_compression.reproduce.named_sets import NamedSet

pytest.importorskip("torch")

from model_compression.reproduce.paper3.figure3 import PICTURE, measured_points, show_figure3
from model_compression.reproduce.paper3.figure4 import class_centres

CLIPS = NamedSet("FERV39k", Path("clips"), "clips", "ferv39k", "abc", False)
ONE = Measuring("clips", CLIPS, (Training("8-experts", "unilearn", (CLIPS,)),))
OTHER = replace(ONE, trainings=(replace(ONE.trainings[0], seed=2),))


def figures(uar: float) -> dict[str, Figure]:
    made = Figure(uar, 30, 6, 6, uar - 0.1, uar + 0.1, "bootstrap")
    return {"uar": made, "accuracy": replace(made, value=uar + 0.05)}


def test_a_point_is_the_mean_over_all_seeds_without_the_interval_of_one() -> None:
    done = Done({ONE.id: figures(0.4), OTHER.id: figures(0.5)}, {})
    (point,) = measured_points({"experts": [(8, (ONE, OTHER))]}, done)["experts"]
    assert point.figures["uar"].value == pytest.approx(0.45)
    assert point.figures["uar"].low is None


def test_a_seed_that_failed_leaves_its_point_out_and_says_why() -> None:
    done = Done({ONE.id: figures(0.4)}, {OTHER.id: "the clips are gone"})
    (point,) = measured_points({"experts": [(8, (ONE, OTHER))]}, done)["experts"]
    assert not point.figures and point.why == "the clips are gone"


def test_figure_3_is_drawn_of_the_points_that_there_are_and_tells_of_stand_ins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = Done({ONE.id: figures(0.4)}, {})
    points = measured_points({"experts": [(8, (ONE,)), (10, "no clips")]}, done)
    show_figure3(Console(width=100), points, tmp_path, seeds=1, caveat="simulated drivers")
    told = capsys.readouterr().out
    assert "on FERV39k (simulated drivers)" in told and "40.00 (30.0–50.0)" in told
    assert "not run: no clips" in told
    picture = cv2.imread(str(tmp_path / PICTURE))
    assert picture is not None
    blue, red = (178, 114, 0), (0, 94, 213)
    assert all((picture == colour).all(axis=2).sum() > 60 for colour in (blue, red))


def test_centres_show_what_tells_classes_apart_and_not_what_all_have_in_common() -> None:
    truth = np.array([0, 0, 1, 1])
    apart = np.array([[1, 0], [1, 0], [-1, 0], [-1, 0]], dtype=np.float32)
    centres = class_centres(apart + 100, truth, ("calm", "glad"), Path("clips"))
    assert centres == pytest.approx(np.array([[1.0, 0.0], [-1.0, 0.0]]))


def test_a_class_that_nothing_shows_is_told_by_name_and_place() -> None:
    with pytest.raises(UserError, match="clips: nothing that is measured on is glad"):
        class_centres(
            np.ones((2, 3), np.float32), np.array([0, 0]), ("calm", "glad"), Path("clips")
        )
