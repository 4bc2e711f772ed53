"""Windows over a video, what is said in all of them, smoothing, and figures with intervals over people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from edge_app.sound.smoothing import Smoothing
from edge_app.sound.windows import Windows
from model_compression.evaluation.frames.answers import FrameAnswers
from model_compression.evaluation.frames.scores import macro_f1, scores_of


@pytest.mark.parametrize("frames", [3, 8, 9, 21, 32])
def test_every_frame_is_in_a_window_and_the_last_one_ends_with_the_video(frames: int) -> None:
    windows = Windows(length=8, stride=4)
    starts = windows.starts(frames)
    covered = {frame for start in starts for frame in range(start, start + 8)}
    assert covered >= set(range(frames))
    assert starts[-1] + 8 == max(8, frames)
    assert len(set(starts.tolist())) == len(starts)


@pytest.mark.parametrize("frames", [3, 8, 21])
def test_what_is_said_of_a_frame_is_the_mean_over_its_windows(frames: int) -> None:
    windows = Windows(length=8, stride=3)
    starts = windows.starts(frames)
    said = np.random.default_rng(0).normal(size=(len(starts), 8, 2))
    averaged = windows.averaged(said, starts, frames)
    for frame in range(frames):
        own = [
            one[frame - start]
            for start, one in zip(starts, said, strict=True)
            if start <= frame < start + 8
        ]
        assert np.allclose(averaged[frame], np.mean(own, axis=0))


def test_short_video_is_filled_up_behind_its_end() -> None:
    windows = Windows(length=4, stride=2)
    assert windows.cut(np.array([5, 6]), 0, behind=-1).tolist() == [5, 6, -1, -1]
    assert windows.cut(np.ones((6, 2)), 2).shape == (4, 2)


def test_windows_that_miss_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="miss some"):
        Windows(length=8, stride=9)


def test_a_moment_of_another_class_is_smoothed_away_and_a_change_stays_where_it_is() -> None:
    truth = np.array([0] * 10 + [1] * 10)
    noisy = truth.copy()
    noisy[4] = 1
    probabilities = 0.1 + 0.8 * np.eye(2)[noisy]
    for how in ("median", "mode"):
        assert np.array_equal(Smoothing(how, 5).of(probabilities)[1], truth)  # type: ignore[arg-type]
    assert np.array_equal(Smoothing("none", 5).of(probabilities)[1], noisy)


def test_median_is_of_each_class_and_rows_add_up_to_one() -> None:
    drawn = np.random.default_rng(0).dirichlet(np.ones(3), 20)
    filtered, said = Smoothing("median", 5).of(drawn)
    raw = np.median(drawn[8:13], axis=0)
    assert np.allclose(filtered[10], raw / raw.sum())
    assert np.allclose(filtered.sum(axis=1), 1)
    assert np.array_equal(said, filtered.argmax(axis=1))


def test_median_of_class_numbers_would_invent_a_class() -> None:
    """Between 0 and 2 lies 1, which nobody said: probabilities are filtered instead."""
    probabilities = 0.05 + 0.85 * np.eye(3)[[0, 0, 2, 2]]
    assert 1 not in Smoothing("median", 3).of(probabilities)[1]


def test_where_classes_are_as_frequent_mode_keeps_the_frames_own() -> None:
    said = Smoothing("mode", 3).of(np.eye(3)[[0, 1, 2]])[1]
    assert said.tolist() == [0, 1, 2]


def test_video_shorter_than_the_kernel_is_smoothed_too() -> None:
    assert Smoothing("median", 11).of(np.array([[0.2, 0.8]]))[1].tolist() == [1]


def answers(
    people: int = 6, each: int = 40, right: float = 0.7, known: bool = True
) -> FrameAnswers:
    rng = np.random.default_rng(0)
    n = people * each
    truth = rng.integers(0, 3, n)
    said = np.where(rng.random(n) < right, truth, rng.integers(0, 3, n))
    names = np.repeat([f"p{number}" for number in range(people)], each)
    return FrameAnswers(
        0.1 + 0.7 * np.eye(3)[said],
        said,
        truth,
        np.char.add("v", names),
        names if known else np.full(n, ""),
        ("a", "b", "c"),
    )


def test_macro_f1_is_the_mean_over_classes_that_occur_or_are_told() -> None:
    truth, said = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])
    assert macro_f1(truth, said, 4) == pytest.approx(np.mean([2 / 3, 2 / 4, 0.0]))
    assert macro_f1(truth[:0], said[:0], 4) is None


def test_figures_are_those_of_all_frames_with_intervals_over_people() -> None:
    given = answers()
    scores = scores_of(given)
    figure = scores.figures["macro_f1"]
    assert figure.value == pytest.approx(macro_f1(given.truth, given.said, 3))
    assert scores.figures["accuracy"].value == pytest.approx((given.truth == given.said).mean())
    assert (figure.n, figure.people, scores.people) == (len(given), 6, 6)
    assert figure.low is not None and figure.value is not None and figure.high is not None
    assert figure.low < figure.value < figure.high
    assert {"f1_a", "recall_c", "uar"} <= set(scores.figures)


def test_where_nobody_knows_people_intervals_are_over_videos() -> None:
    scores = scores_of(answers(known=False))
    assert scores.people is None and scores.videos == 6
    assert "6 videos" in scores.figures["macro_f1"].interval


def test_more_frames_of_the_same_people_make_nothing_surer() -> None:
    def width(given: FrameAnswers) -> float:
        figure = scores_of(given).figures["macro_f1"]
        assert figure.low is not None and figure.high is not None
        return figure.high - figure.low

    once = answers()
    doubled = FrameAnswers(
        *(np.repeat(a, 2, axis=0) for a in (once.probabilities, once.said, once.truth)),
        *(np.repeat(a, 2) for a in (once.videos, once.persons)),
        once.classes,
    )
    assert width(doubled) == pytest.approx(width(once))


def test_answers_are_read_back_as_they_were(tmp_path: Path) -> None:
    given = answers()
    given.save(tmp_path / "answers.npz")
    there = FrameAnswers.load(tmp_path / "answers.npz")
    assert np.array_equal(there.probabilities, given.probabilities)
    assert np.array_equal(there.said, given.said) and there.classes == given.classes
    assert there.persons.tolist() == given.persons.tolist()


def test_answers_that_are_no_numbers_are_refused() -> None:
    given = answers()
    broken = np.full_like(given.probabilities, np.nan)
    with pytest.raises(UserError, match="diverged"):
        FrameAnswers(broken, given.said, given.truth, given.videos, given.persons, given.classes)
