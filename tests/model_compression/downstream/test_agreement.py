"""Correlations against their closed forms, and intervals that are of videos rather than of frames."""

from __future__ import annotations

import numpy as np
import pytest

from model_compression.downstream.affect import VideoAffect, affect_figures
from model_compression.downstream.agreement import PairedSums


def sums(x: np.ndarray, y: np.ndarray, parts: int = 3) -> PairedSums:
    pairs = zip(np.array_split(x, parts), np.array_split(y, parts), strict=True)
    return PairedSums.of([(a[:, None], b[:, None]) for a, b in pairs])


def test_concordance_of_a_shifted_and_of_a_scaled_truth() -> None:
    y = np.random.default_rng(0).normal(size=300)
    variance = y.var()
    shifted = sums(y + 0.5, y).agree("concordance")
    scaled = sums(3 * (y - y.mean()) + y.mean(), y).agree("concordance")
    assert shifted[0] == pytest.approx(2 * variance / (2 * variance + 0.25))
    assert scaled[0] == pytest.approx(6 / 10)


def test_pearson_is_that_of_numpy_and_blind_to_offset_and_scale() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=200), rng.normal(size=200)
    for said in (x, 5 * x + 2):
        told = sums(said, y).agree("pearson")
        assert told[0] == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_sums_by_video_agree_with_the_losses_of_training() -> None:
    torch = pytest.importorskip("torch")
    from model_compression.training.tasks.concordance import concordance, pearson

    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(90, 1)), rng.normal(size=(90, 1))
    for how, loss in (("concordance", concordance), ("pearson", pearson)):
        told = sums(x[:, 0], y[:, 0]).agree(how)  # type: ignore[arg-type]
        assert told[0] == pytest.approx(loss(torch.from_numpy(x), torch.from_numpy(y))[0].item())


def test_a_constant_truth_tells_nothing_and_leaves_the_other_column_alone() -> None:
    x = np.arange(9.0)
    y = np.stack([np.ones(9), x], axis=1)
    both = PairedSums.of([(np.stack([x, x], axis=1), y)])
    for how in ("concordance", "pearson"):
        told = both.agree(how)  # type: ignore[arg-type]
        assert np.isnan(told[0]) and told[1] == pytest.approx(1.0)


def test_what_never_varies_has_no_correlation_and_a_concordance_of_0() -> None:
    given = sums(np.ones(9), np.arange(9.0))
    assert np.isnan(given.agree("pearson")[0]) and given.agree("concordance")[0] == 0.0


def test_a_video_that_counts_twice_is_there_twice() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(3, 10)), rng.normal(size=(3, 10))
    pairs = [(a[:, None], b[:, None]) for a, b in zip(x, y, strict=True)]
    weighted = PairedSums.of(pairs).agree("concordance", np.array([2.0, 0.0, 1.0]))
    repeated = PairedSums.of([pairs[0], pairs[0], pairs[2]]).agree("concordance")
    assert weighted[0] == pytest.approx(repeated[0])


def affect(number: int, *, faces: bool = True) -> VideoAffect:
    rng = np.random.default_rng(number)
    truth = rng.normal(size=(50, 2)).astype(np.float32)
    truth[0, 1] = np.nan
    present = np.full(50, faces)
    present[1] = False
    said = (truth + rng.normal(size=(50, 2))).astype(np.float32)
    return VideoAffect(f"v{number}", f"p{number}", said, present, truth)


def test_figures_count_frames_and_their_interval_is_over_people() -> None:
    videos = [affect(number) for number in range(6)]
    figure = affect_figures(videos, "raw")["p_va"]
    assert (figure.n, figure.people, figure.sources) == (6 * 48, 6, 6)
    assert figure.low is not None and figure.high is not None and figure.value is not None
    assert figure.low < figure.value < figure.high


def test_frames_without_a_face_count_where_all_are_asked_for() -> None:
    videos = [affect(number) for number in range(2)] + [affect(2, faces=False)]
    with_face = affect_figures(videos, "raw")["p_va"]
    every = affect_figures(videos, "raw", which="all")["p_va"]
    assert (with_face.n, every.n) == (2 * 48, 2 * 49)


def test_without_any_answer_a_figure_says_why() -> None:
    assert "no labelled frame" in affect_figures([affect(0, faces=False)], "raw")["p_va"].interval
