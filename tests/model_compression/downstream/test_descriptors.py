"""STAT is four numbers of each component; fused answers carry on where one head is silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.features.frame_features import FeatureRow
from model_compression.downstream.answers_table import intensity_table
from model_compression.downstream.descriptors import described
from model_compression.downstream.fusion import fused
from model_compression.downstream.intensities import (
    IntensityAnswers,
    descriptor,
    intensity_figures,
)
from tests.model_compression.downstream.drawn_features import drawn_features


def test_stat_is_mean_deviation_minimum_and_maximum_in_that_order() -> None:
    rows = np.array([[1.0, 0.0], [3.0, 4.0]])
    assert described(rows, "stat").tolist() == [2, 2, 1, 2, 1, 0, 3, 4]
    assert described(rows, "mean").tolist() == [2, 2]
    assert len(described(np.zeros((5, 10)), "stat")) == 40


def test_every_fifth_face_is_of_the_frames_that_have_one(tmp_path: Path) -> None:
    made = drawn_features(tmp_path, frames=12)
    every = descriptor(made, 0, ["drawn.scores"], "mean", 5)
    rows = made.features(0).faces["drawn.scores"][[0, 5, 10]]
    assert every == pytest.approx(rows.mean(axis=0), abs=1e-6)


def test_joint_features_of_a_video_without_a_face_keep_its_sound(tmp_path: Path) -> None:
    made = drawn_features(tmp_path, faceless=[0, 1], silent=[1])
    both = ["drawn.scores", "wav2vec2"]
    joint = descriptor(made, 0, both, "stat", 1)
    alone = descriptor(made, 0, ["wav2vec2"], "stat", 1)
    assert joint is not None and alone is not None
    assert not joint[:40].any() and np.array_equal(joint[40:], alone)
    assert descriptor(made, 0, ["drawn.scores"], "stat", 1) is None
    assert descriptor(made, 1, both, "stat", 1) is None


NAMES = ("joy", "admiration")
ROWS = tuple(FeatureRow(f"v{n}", "", "val", 0, 1, 30.0) for n in range(3))


def answers(said: list[list[float]]) -> IntensityAnswers:
    return IntensityAnswers(NAMES, ROWS, np.array(said), np.array([[0.1, 1], [0.5, 0], [0.7, 0.2]]))


NAN = float("nan")


def test_fused_answers_are_weighted_and_go_on_where_one_is_silent() -> None:
    face = answers([[1.0, 1.0], [NAN, NAN], [NAN, NAN]])
    sound = answers([[0.0, 0.0], [0.4, 0.6], [NAN, NAN]])
    together = fused(face, sound, face_share=0.25)
    assert together.said[0].tolist() == [0.25, 0.25]
    assert together.said[1].tolist() == [0.4, 0.6]
    assert together.missing == ["v2"]


def test_standardised_answers_weigh_alike_whatever_their_spread() -> None:
    wide, narrow = answers([[100, 0], [0, 0], [-100, 0]]), answers([[0, 0], [0.1, 0], [-0.1, 0]])
    plain, even = fused(wide, narrow), fused(wide, narrow, standardised=True)
    assert np.corrcoef(plain.said[:, 0], wide.said[:, 0])[0, 1] > 0.9999
    with_wide = np.corrcoef(even.said[:, 0], wide.said[:, 0])[0, 1]
    assert with_wide == pytest.approx(np.corrcoef(even.said[:, 0], narrow.said[:, 0])[0, 1])


def test_table_of_intensities_has_a_row_for_each_video_and_is_empty_where_nothing_is_said(
    tmp_path: Path,
) -> None:
    file = tmp_path / "videos.csv"
    intensity_table({"run": answers([[1.0, 0.5], [NAN, NAN], [0.25, 0.0]])}).write(file)
    first, second, third, _ = file.read_text().splitlines()
    assert first == 'video,true joy,true admiration,"run, joy","run, admiration"'
    assert second == "v0,0.10000,1.00000,1.00000,0.50000"
    assert third == "v1,0.50000,0.00000,,"


def test_answers_to_other_videos_are_not_fused() -> None:
    other = IntensityAnswers(NAMES, ROWS[:2], np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(UserError, match="other videos"):
        fused(answers([[0, 0]] * 3), other)


def test_figures_leave_out_videos_of_which_nothing_is_said() -> None:
    figures = intensity_figures(answers([[0.1, 0.3], [0.2, 0.1], [NAN, NAN]]))
    assert figures["joy"].value == pytest.approx(1.0) and figures["joy"].n == 2
    assert figures["mean_pearson"].value == pytest.approx(1.0)
