"""What a linear classifier finds in embeddings, and that it knows nobody beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.reproduce.embeddings import (
    ClipEmbeddings,
    load_embeddings,
    save_embeddings,
)
from model_compression.reproduce.linear_probe import fitted, person_folds, probe, slope_of, with_one

CLASSES = ("none", "moderate", "strong")


def embeddings(vectors: np.ndarray, truth: np.ndarray, persons: list[str]) -> ClipEmbeddings:
    clips = tuple(f"clip-{row}" for row in range(len(truth)))
    return ClipEmbeddings(vectors, truth, tuple(persons), clips, CLASSES)


def people(count: int, each: int) -> list[str]:
    return [f"p{person}" for person in range(count) for _ in range(each)]


def test_classes_that_lie_apart_are_found() -> None:
    random = np.random.default_rng(0)
    truth = np.tile([0, 1, 2], 20)
    vectors = random.normal(0, 0.2, (60, 6)) + 2 * np.eye(6)[truth]
    probed = probe(embeddings(vectors, truth, people(10, 6)), seed=1)
    assert probed.uar.value == 1.0 and probed.chance == pytest.approx(1 / 3)
    assert (probed.uar.n, probed.uar.people, probed.folds) == (60, 10, 5)


def test_noise_is_told_at_chance() -> None:
    random = np.random.default_rng(1)
    truth = np.tile([0, 1, 2], 100)
    probed = probe(embeddings(random.normal(size=(300, 5)), truth, people(30, 10)), seed=1)
    assert probed.uar.low is not None and probed.uar.high is not None
    assert probed.uar.low < probed.chance < probed.uar.high


def test_who_it_is_does_not_help() -> None:
    """Embeddings that tell people apart, and nothing else; each person is of one class throughout."""
    random = np.random.default_rng(2)
    own_class = random.permutation(np.repeat([0, 1, 2], 10))
    faces = random.normal(0, 5, (30, 60))
    person = np.repeat(np.arange(30), 10)
    vectors = faces[person] + random.normal(0, 0.1, (300, 60))
    truth = own_class[person]
    knowing = fitted(vectors, truth, 3).logits(vectors).argmax(axis=1)
    assert (knowing == truth).mean() == 1.0, "whoever has seen them knows them"
    probed = probe(embeddings(vectors, truth, people(30, 10)), seed=1)
    assert probed.uar.value is not None and probed.uar.value < 0.6


def test_nobody_is_in_two_folds() -> None:
    persons = people(13, 4)
    folds = person_folds(persons, seed=3)
    of_person = {(person, int(fold)) for person, fold in zip(persons, folds, strict=True)}
    assert len(of_person) == 13 and set(folds.tolist()) == {0, 1, 2, 3, 4}


def test_rare_class_counts_as_much_as_a_frequent_one() -> None:
    random = np.random.default_rng(4)
    truth = np.where(np.arange(400) % 20 == 0, 1, 0)
    vectors = random.normal(0, 1, (400, 1)) + 1.5 * truth[:, None]
    said = fitted(vectors, truth, 3).logits(vectors).argmax(axis=1)
    recalls = [(said[truth == one] == one).mean() for one in (0, 1)]
    assert min(recalls) > 0.65


def test_loss_is_minimised() -> None:
    random = np.random.default_rng(5)
    vectors, truth = random.normal(size=(80, 12)), random.integers(0, 3, 80)
    found = fitted(vectors, truth, 3)
    inputs = with_one((vectors - found.mean) / found.deviation)
    share = 1 / (np.bincount(truth)[truth] * 3)
    slope = slope_of(found.weights, inputs, np.eye(3)[truth], share)
    assert np.abs(slope).max() < 1e-5


def test_one_person_cannot_be_probed() -> None:
    truth = np.array([0, 1, 2])
    with pytest.raises(UserError, match="needs two people and two classes; there are 1 person"):
        probe(embeddings(np.eye(3), truth, ["p"] * 3), seed=1)


def test_file_gives_back_the_embeddings(tmp_path: Path) -> None:
    made = embeddings(np.eye(3), np.array([0, 1, 2]), ["a", "", "ü"])
    save_embeddings(made, tmp_path / "embeddings.npz")
    back = load_embeddings(tmp_path / "embeddings.npz")
    assert (back.vectors == made.vectors).all() and back.persons == made.persons
    (tmp_path / "embeddings.npz").write_bytes(b"")
    with pytest.raises(UserError, match="is damaged"):
        load_embeddings(tmp_path / "embeddings.npz")
