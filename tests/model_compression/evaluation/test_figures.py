"""Shares, rank figures and intervals against values worked out by hand or by brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from model_compression.evaluation.classification import class_figures, confusion, mean_recall
from model_compression.evaluation.figure import CLIPS, PICTURES, clustered, clustered_mean, share
from model_compression.evaluation.ranking import auc
from model_compression.evaluation.share_interval import effective_count, wilson
from model_compression.evaluation.three_state import (
    CLOSED,
    OPEN,
    PARTLY,
    STATES,
    best_thresholds,
    states_at,
    states_left_out,
)


def test_wilson_interval_is_the_textbook_one() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for count, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(count / n, n) == pytest.approx((low, high), abs=1e-4)


def numbered(count: int) -> list[str]:
    return [str(i) for i in range(count)]


def test_all_found_has_an_interval_that_ends_at_one() -> None:
    figure = share([True] * 50, numbered(50), PICTURES)
    assert figure.value == 1.0 and figure.high == 1.0
    assert figure.low is not None and 0.9 < figure.low < 1.0


def test_nothing_to_count_is_no_figure() -> None:
    assert share([], []).value is None


def test_share_of_independent_observations_has_wilsons_interval() -> None:
    hits = [i < 15 for i in range(148)]
    figure = share(hits, numbered(148), PICTURES)
    assert (figure.low, figure.high) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert figure.people is None and figure.sources == 148


def test_frames_of_a_clip_in_which_all_is_alike_count_as_one() -> None:
    """1 000 frames of ten clips, one of them lost throughout, say no more than ten frames do."""
    clips = [clip for clip in numbered(10) for _ in range(100)]
    lost_in_one = share([clip != "3" for clip in clips], clips, CLIPS)
    assert lost_in_one.n == 1000 and lost_in_one.people == lost_in_one.sources == 10
    assert (lost_in_one.low, lost_in_one.high) == pytest.approx(wilson(0.9, 10))
    found_in_all = share([True] * 1000, clips, CLIPS)
    assert (found_in_all.low, found_in_all.high) == pytest.approx(wilson(1.0, 10))
    assert found_in_all.interval == "Wilson over 10 clips, 95 %"


def test_frames_whose_clip_does_not_matter_count_almost_singly() -> None:
    random = np.random.default_rng(5)
    hits, clip = random.random(4000) < 0.7, np.repeat(np.arange(40), 100)
    assert effective_count(hits, clip) > 2000
    assert effective_count(hits[np.argsort(hits)], clip) < 60


def test_interval_of_dependent_shares_holds_the_truth_as_often_as_it_says() -> None:
    """Twelve people of 40 pictures each, with every person's own chance of a hit (beta, correlation 1/4)."""
    random = np.random.default_rng(2)
    truth, person = 0.85, [name for name in numbered(12) for _ in range(40)]
    inside = {"clustered": 0, "alone": 0}
    for _ in range(300):
        own = np.repeat(random.beta(3 * truth, 3 * (1 - truth), 12), 40)
        hits = random.random(480) < own
        for name, clusters in (("clustered", person), ("alone", numbered(480))):
            figure = share(hits, clusters)
            assert figure.low is not None and figure.high is not None
            inside[name] += figure.low <= truth <= figure.high
    assert inside["clustered"] / 300 > 0.92
    assert inside["alone"] / 300 < 0.6


def test_share_of_few_people_has_no_interval_and_says_how_many() -> None:
    figure = share([True, False, True, True], ["a", "a", "b", "b"])
    assert figure.value == 0.75 and figure.people == 2
    assert figure.low is None and figure.interval == "none: 2 people, fewer than 5"
    assert share([True], ["a"]).interval == "none: 1 person, fewer than 5"


def test_auc_counts_ties_as_one_half() -> None:
    scores = np.array([0.1, 0.4, 0.4, 0.8])
    positive = np.array([False, True, False, True])
    # Pairs: (0.4, 0.1) 1, (0.4, 0.4) 1/2, (0.8, 0.1) 1, (0.8, 0.4) 1.
    assert auc(scores, positive) == pytest.approx(3.5 / 4)


def test_auc_of_weights_is_auc_of_repeated_observations() -> None:
    random = np.random.default_rng(3)
    scores = random.integers(0, 6, 40).astype(float)
    positive = random.random(40) < 0.4
    times = random.integers(0, 4, 40)
    repeated = np.repeat(np.arange(40), times)
    assert auc(scores, positive, times.astype(float)) == pytest.approx(
        auc(scores[repeated], positive[repeated])
    )


def test_auc_of_one_class_cannot_be_told() -> None:
    assert auc(np.array([0.1, 0.2]), np.array([True, True])) is None


def brute_force_uar(closure: np.ndarray, state: np.ndarray) -> float:
    levels = np.unique(closure[np.isfinite(closure)])
    cuts = [levels[0] - 1, *((levels[1:] + levels[:-1]) / 2), levels[-1] + 1]
    best = 0.0
    for low, high in itertools.combinations_with_replacement(cuts, 2):
        said = np.where(closure >= high, CLOSED, np.where(closure >= low, PARTLY, OPEN))
        said = np.where(np.isfinite(closure), said, -1)
        best = max(best, np.mean([(said[state == s] == s).mean() for s in range(3)]))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_best_thresholds_are_those_of_brute_force(seed: int) -> None:
    random = np.random.default_rng(seed)
    state = np.concatenate([np.arange(3), random.integers(0, 3, 37)])
    closure = np.round(state / 2 + random.normal(0, 0.4, 40), 1)
    closure[random.random(40) < 0.1] = np.nan
    best = best_thresholds(closure, state)
    assert best is not None
    uar = mean_recall(state, states_at(closure, best), STATES)
    assert uar == pytest.approx(brute_force_uar(closure, state))


def test_eye_that_was_not_read_is_wrong_under_every_threshold() -> None:
    state = np.array([OPEN, PARTLY, CLOSED, CLOSED])
    closure = np.array([0.1, 0.5, 0.9, np.nan])
    best = best_thresholds(closure, state)
    assert best is not None
    uar = mean_recall(state, states_at(closure, best), STATES)
    assert uar == pytest.approx((1 + 1 + 0.5) / 3)


def test_thresholds_of_other_sources_are_worse_where_each_source_has_its_own_scale() -> None:
    random = np.random.default_rng(0)
    state = np.tile(np.arange(3), 40)
    source = np.repeat(["a", "b", "c", "d"], 30)
    offset = {"a": 0.0, "b": 0.6, "c": 1.2, "d": 1.8}
    closure = state / 2 + np.array([offset[s] for s in source]) + random.normal(0, 0.02, 120)
    said = states_left_out(closure, state, list(source))
    best = best_thresholds(closure, state)
    assert said is not None and best is not None
    left_out = mean_recall(state, said, STATES)
    picked_here = mean_recall(state, states_at(closure, best), STATES)
    assert left_out is not None and picked_here is not None
    assert left_out < picked_here


def test_interval_over_people_is_wider_than_over_frames_that_are_alike() -> None:
    values = np.repeat(np.random.default_rng(1).random(12), 50)
    people = np.repeat([f"p{i}" for i in range(12)], 50)
    over_people = clustered_mean(values, list(people))
    over_frames = clustered_mean(values, [str(i) for i in range(600)])
    assert over_people.low is not None and over_people.high is not None
    assert over_frames.low is not None and over_frames.high is not None
    assert over_people.high - over_people.low > 4 * (over_frames.high - over_frames.low)
    assert over_people.value == pytest.approx(float(values.mean()))


def test_few_people_give_a_value_and_say_that_there_is_no_interval() -> None:
    figure = clustered_mean([0.1, 0.2, 0.3], ["a", "b", "b"])
    assert figure.value == pytest.approx(0.2)
    assert figure.low is None and "fewer than 5" in figure.interval


def test_draws_that_lack_a_class_are_left_out_of_the_interval() -> None:
    figure = clustered(lambda weights: None if weights[0] == 0 else 1.0, [str(i) for i in range(6)])
    assert figure.value == 1.0 and figure.low == 1.0
    rare = clustered(
        lambda weights: None if (weights[:5] == 0).any() else 1.0, [str(i) for i in range(6)]
    )
    assert rare.low is None


def test_mean_recall_weighs_classes_alike_and_accuracy_weighs_observations() -> None:
    truth = np.array([0] * 9 + [1])
    said = np.array([0] * 9 + [0])
    figures = class_figures(truth, said, ("many", "few"), [str(i) for i in range(10)])
    assert figures["accuracy"].value == pytest.approx(0.9)
    assert figures["uar"].value == pytest.approx(0.5)
    assert figures["recall_few"].value == 0.0


def test_confusion_has_a_column_for_nothing_said() -> None:
    table = confusion(np.array([0, 0, 1]), np.array([0, 1, -1]), ("a", "b"))
    assert table.as_json() == {
        "a": {"a": 1, "b": 1, "none": 0},
        "b": {"a": 0, "b": 0, "none": 1},
    }
