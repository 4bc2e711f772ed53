"""Photographs become people: one of each person, with a reason for each that cannot."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from driver_simulator.dataset.making import DatasetMaker
from driver_simulator.dataset.photographs import find_people
from driver_simulator.picture.portrait_file import astronaut
from driver_simulator.workers import Workers
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from tests.simulator.dataset.sets import labels_of, small

HERE = Workers(None, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people by name, all of them the shipped portrait, and one picture without a face."""
    folder = tmp_path_factory.mktemp("photographs")
    for name in ("ann_1", "ann_2", "ben_1", "cleo"):
        cv2.imwrite(str(folder / f"{name}.png"), astronaut().texture)
    cv2.imwrite(str(folder / "wall.png"), np.full((300, 300, 3), 120, np.uint8))
    return folder


def test_one_photograph_of_each_person_is_used_and_others_tell_why_not(folder):
    seen = find_people(folder, PerceptionSettings(), HERE, seed=0)
    used = [one.name for one in seen if not one.reason]
    assert sorted(used) == ["ann_1.png", "ben_1.png", "cleo.png"]
    assert {one.name: one.reason.split(";")[0] for one in seen if one.reason} == {
        "wall.png": "no face is found"
    }


def test_no_more_people_are_looked_for_than_wanted(folder):
    seen = find_people(folder, PerceptionSettings(), HERE, seed=0, wanted=2)
    assert sum(not one.reason for one in seen) == 2


def test_set_of_photographs_remembers_them_when_it_goes_on(folder, tmp_path):
    settings = small(shared_people=False, clips=6, tasks=["drowsiness"])
    root, photographs = tmp_path / "set", tmp_path / "faces"
    shutil.copytree(folder, photographs)
    made = DatasetMaker(root, settings, photographs=photographs).make()
    assert made.people == 3
    assert [one.name for one in made.not_used] == ["wall.png"]
    shutil.rmtree(photographs)
    again = DatasetMaker(root, settings, photographs=photographs).make()
    assert (again.drawn_now, again.people) == (0, 3)
    assert len(labels_of(root)) == 6


def test_folder_without_photographs_is_told(tmp_path):
    with pytest.raises(UserError, match="no photographs in it"):
        find_people(tmp_path, PerceptionSettings(), HERE, seed=0)


def test_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        find_people(tmp_path / "faces", PerceptionSettings(), HERE, seed=0)
