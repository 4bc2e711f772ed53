"""No set of pictures drowns the others where these have enough."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from model_compression.data.labelled_set import labels_folder, save_labels
from model_compression.quantization.gate_inputs import inputs_from_labels
from model_compression.quantization.quotas import MOST_SHARE, within_quotas
from tests.model_compression.detector.painted_people import labelled_set


def shuffled(**sizes: int) -> list[str]:
    sets = [name for name, size in sizes.items() for _ in range(size)]
    return [sets[row] for row in np.random.default_rng(0).permutation(len(sets))]


def taken(sets: list[str], count: int) -> Counter[str]:
    rows = within_quotas(sets, count)
    assert rows == sorted(set(rows)) and len(rows) == min(count, len(sets))
    return Counter(sets[row] for row in rows)


def test_set_of_most_pictures_gives_no_more_than_its_quota() -> None:
    """As many as are held out here: 93 % of them are of one set."""
    sets = shuffled(fer=4755, faces=257, headpose=68, nir=19)
    assert taken(sets, 400)["fer"] <= MOST_SHARE * 400
    assert min(taken(sets, 400).values()) > 0


def test_every_picture_of_a_small_set_may_come() -> None:
    assert taken(shuffled(fer=4755, faces=257, nir=20), 100) == {"fer": 40, "faces": 40, "nir": 20}


def test_what_others_cannot_give_comes_from_the_large_set() -> None:
    assert taken(shuffled(fer=4000, faces=30, nir=5), 100) == {"fer": 65, "faces": 30, "nir": 5}


def test_two_sets_give_half_each_and_one_gives_all() -> None:
    assert taken(shuffled(fer=4000, faces=300), 100) == {"fer": 50, "faces": 50}
    assert taken(shuffled(faces=300), 100) == {"faces": 100}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_are_taken_all_the_same(count: int) -> None:
    assert sum(taken(shuffled(fer=50, faces=50, nir=50), count).values()) == count


def test_fewer_than_asked_are_all_and_none_is_none() -> None:
    assert sum(taken(shuffled(fer=5, faces=3), 100).values()) == 8
    assert within_quotas([], 10) == []


def test_pictures_come_in_the_order_in_which_they_were_drawn() -> None:
    assert within_quotas(["a", "a", "a", "b", "b", "a", "b"], 4) == [0, 1, 3, 4]


def test_gate_looks_at_people_of_all_sets(tmp_path: Path) -> None:
    """Some six people are held out of one set, and all hundred of the other."""
    for name, people in (("faces", 120), ("fer2013-val", 100)):
        painted = labelled_set(name, people=people)
        save_labels(labels_folder(name, tmp_path), painted.pixels, painted.labels, "painted")
    inputs = inputs_from_labels(pictures=6, drives=1, face_px=64, seed=1, cache=tmp_path)
    assert "3 of faces" in inputs.told and "3 of fer2013-val" in inputs.told
    assert len(inputs.pictures) == 6
