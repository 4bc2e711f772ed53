"""The set of turned heads: made of labelled sets, the same each time, of the same people held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.held_out import is_held_out
from model_compression.data.labelled_set import labels_folder, save_labels
from model_compression.data.sets import open_set
from model_compression.data.turned import SOURCES, TurnedFaces
from tests.model_compression.detector.painted_people import labelled_set

PEOPLE = 3


@pytest.fixture
def turned(tmp_path: Path) -> TurnedFaces:
    for name in SOURCES:
        painted = labelled_set(name, PEOPLE)
        save_labels(labels_folder(name, tmp_path), painted.pixels, painted.labels, "painted")
    return TurnedFaces(tmp_path)


def test_each_face_is_turned_several_times(turned: TurnedFaces) -> None:
    pictures = list(turned.pictures())
    assert len(pictures) == turned.count() == PEOPLE * sum(SOURCES.values())
    assert len({picture.source for picture in pictures}) == len(pictures)
    one, other = pictures[0].luma(), pictures[1].luma()
    assert one.shape != other.shape or not np.array_equal(one, other)


def test_it_is_the_same_each_time(turned: TurnedFaces) -> None:
    for one, other in zip(turned.pictures(), turned.pictures(), strict=True):
        np.testing.assert_array_equal(one.luma(), other.luma())


def test_people_held_out_stay_held_out(turned: TurnedFaces) -> None:
    assert {picture.people[0].partition(":")[0] for picture in turned.pictures()} == set(SOURCES)
    assert is_held_out("turned", "nir:12") and not is_held_out("turned", "nir:3")
    assert is_held_out("turned", "headpose:woman")
    for person in ("Ann", "Bob", "Cy", "Di"):
        assert is_held_out("turned", f"faces:{person}") == is_held_out("faces", person)


def test_it_needs_the_labels_that_it_is_made_of(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"made of 'faces'.* run 'vigil data labels faces'"):
        open_set("turned", tmp_path, tmp_path).files()
