"""How much better one network is than another on the same clips."""

from __future__ import annotations

import numpy as np
import pytest

from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.clips.figures import figures_of
from model_compression.evaluation.clips.paired import uar_gain

PEOPLE, CLIPS = 12, 10


def answers(right: np.ndarray, seed: int = 0) -> ClipAnswers:
    """right: (N,) whether each clip is told rightly; classes take turns."""
    truth = np.arange(PEOPLE * CLIPS) % 2
    said = np.where(right, truth, 1 - truth)
    return ClipAnswers(
        logits=np.eye(2, dtype=np.float32)[said],
        truth=truth,
        persons=tuple(f"p{n // CLIPS}" for n in range(len(truth))),
        videos=tuple(f"v{n}" for n in range(len(truth))),
        classes=("alert", "drowsy"),
    )


def told(share: float, seed: int) -> np.ndarray:
    """People differ widely in how hard they are, for whoever looks."""
    rng = np.random.default_rng(seed)
    hard = np.repeat(np.linspace(-0.35, 0.35, PEOPLE), CLIPS)
    return rng.random(PEOPLE * CLIPS) < share + hard


def test_gain_is_the_difference_of_the_means_over_seeds() -> None:
    ours, theirs = [answers(told(0.6, s)) for s in (1, 2)], [answers(told(0.5, s)) for s in (3, 4)]
    uars = [[figures_of(one)["uar"].value for one in group] for group in (ours, theirs)]
    expected = np.mean(uars[0]) - np.mean(uars[1])  # type: ignore[arg-type]
    assert uar_gain(ours, theirs).value == pytest.approx(expected)


def test_what_is_hard_for_both_does_not_widen_the_interval() -> None:
    base = told(0.55, 0)
    better = base.copy()
    better[np.flatnonzero(~base)[::4]] = True
    gain = uar_gain([answers(better)], [answers(base)])
    own = figures_of(answers(base))["uar"]
    assert gain.low is not None and gain.high is not None
    assert own.low is not None and own.high is not None
    assert gain.low > 0
    assert gain.high - gain.low < own.high - own.low


def test_answers_to_other_clips_are_no_pair() -> None:
    one = answers(told(0.5, 0))
    other = ClipAnswers(one.logits, 1 - one.truth, one.persons, one.videos, one.classes)
    with pytest.raises(ValueError, match="not of the same clips"):
        uar_gain([one], [other])
