"""Compounds from basic expressions: sums over pairs, means over faces, frames without a face, clusters and F1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES, EXPRESSION, EXPRESSION_8
from model_compression.data.features.feature_set import FeatureSet, FeatureWriter, Stream
from model_compression.data.features.frame_features import FeatureRow, FrameFeatures
from model_compression.data.features.kinds import c_expr, hume_vidmimic2
from model_compression.downstream.clusters import best_assignment, clustered_rows, named
from model_compression.downstream.compound import (
    COMPOUND,
    COMPOUNDS,
    VideoCompounds,
    face_scores,
    frame_scores,
    video_compounds,
)
from model_compression.downstream.compound_figures import (
    balance_figures,
    kappa_figure,
    label_figures,
)
from model_compression.downstream.compound_models import compound_models
from model_compression.downstream.intensities import INTENSITIES
from model_compression.downstream.streams import expression_places
from tests.model_compression.downstream.drawn_features import PLACES

NAMES = CLASSES[EXPRESSION_8]


def logits(**shares: float) -> list[float]:
    """Of a face whose probabilities are these; what is left is even among the others."""
    left = (1 - sum(shares.values())) / (len(NAMES) - len(shares))
    return [float(np.log(shares.get(name, left))) for name in NAMES]


def test_names_are_those_of_the_readers_of_the_sets() -> None:
    assert (COMPOUND, COMPOUNDS) == (c_expr.COMPOUND, c_expr.COMPOUNDS)
    assert INTENSITIES == hume_vidmimic2.INTENSITIES


def test_a_compound_is_the_sum_of_its_two_probabilities() -> None:
    scores = face_scores(np.array([logits(surprise=0.5, happiness=0.2, anger=0.1)]), NAMES)[0]
    left = 0.2 / 5
    expected = [0.5 + left, 0.7, 0.5 + left, 0.5 + left, 0.6, 2 * left, left + 0.1]
    assert scores == pytest.approx(expected)


def test_faces_of_a_frame_count_alike() -> None:
    faces = np.array([logits(surprise=0.9), logits(sadness=0.5, anger=0.3), logits(fear=0.9)])
    scores, present = frame_scores(faces, NAMES, np.array([0, 0, 2]), 3)
    assert present.tolist() == [True, False, True]
    each = face_scores(faces, NAMES)
    assert np.allclose(scores[0], (each[0] + each[1]) / 2) and np.allclose(scores[2], each[2])
    largest, _ = frame_scores(faces, NAMES, np.array([0, 0, 2]), 3, "max")
    assert np.allclose(largest[0], np.maximum(each[0], each[1]))


def compound_set(folder: Path, videos: list[tuple[list[int], list[list[float]]]]) -> FeatureSet:
    """videos: frames of the faces, and logits of each in the order of the classes; four frames each."""
    streams = {"scores": Stream("face", 10, "a student", PLACES)}
    writer = FeatureWriter(
        folder, kind="drawn", streams=streams, classes={"compound": list(reversed(COMPOUNDS))}
    )
    for number, (frames, faces) in enumerate(videos):
        rows = np.zeros((len(frames), 10), np.float32)
        for place, name in enumerate(PLACES):
            if name in NAMES and len(faces):
                rows[:, place] = np.array(faces)[:, NAMES.index(name)]
        writer.add(
            number,
            FrameFeatures(
                4,
                np.array(frames, np.int64),
                {"scores": rows},
                {},
                np.zeros(4, np.bool_),
                {"compound": np.array([0, 6, -1, 6])},
                {},
            ),
        )
    return writer.finish([FeatureRow(f"v{n}", "", "test", 0, 4, 30.0) for n in range(len(videos))])


def test_scores_are_found_by_name_and_frames_without_a_face_lie_between(tmp_path: Path) -> None:
    happy, angry = logits(happiness=0.6, surprise=0.3), logits(anger=0.6, sadness=0.3)
    made = compound_set(tmp_path, [([0, 3], [happy, angry]), ([], [])])
    told = video_compounds(made, 0, "scores")
    assert [COMPOUNDS[label] for label in told.labels] == [
        "happily_surprised",
        "happily_surprised",
        "sadly_angry",
        "sadly_angry",
    ]
    # The set's own classes stand in the reverse order.
    assert told.truth.tolist() == [6, 0, -1, 0]
    assert video_compounds(made, 1, "scores").labels.tolist() == [-1] * 4


def test_contempt_other_or_neither_takes_its_share_and_no_more(tmp_path: Path) -> None:
    last = np.log([0.04, 0.05, 0.05, 0.3, 0.05, 0.06, 0.05, 0.4])  # the eighth in the end
    for name in ("contempt", "other"):
        places = (*CLASSES[EXPRESSION], name, "valence", "arousal")
        streams = {"scores": Stream("face", len(places), "a student", places)}
        writer = FeatureWriter(tmp_path / name, kind="drawn", streams=streams, classes={})
        faces = {"scores": np.array([[*last, 9.0, 9.0]], np.float32)}
        none = np.zeros(1, np.bool_)
        writer.add(0, FrameFeatures(1, np.array([0]), faces, {}, none, {}, {}))
        made = writer.finish([FeatureRow("v", "", "test", 0, 1, 30.0)])
        told = video_compounds(made, 0, "scores")
        surprised = 0.3 + np.array([0.05, 0.05, 0.05, 0.06, 0.05])  # fear, happiness, sadness, ...
        assert told.scores[0, :5] == pytest.approx(surprised)
    six = face_scores(np.log(np.full((1, 7), 1 / 7)), CLASSES[EXPRESSION])
    assert six[0] == pytest.approx([2 / 7] * 7)


def test_a_student_that_lacks_a_basic_expression_is_refused(tmp_path: Path) -> None:
    streams = {"scores": Stream("face", 2, "a student", ("fear", "anger"))}
    made = FeatureWriter(tmp_path, kind="drawn", streams=streams, classes={}).finish([])
    with pytest.raises(UserError, match=r"do not name sadness; .* that tells fear, sadness\."):
        expression_places(made, "scores", ("fear", "sadness"))


def told(labels: list[int], truth: list[int] | None = None, video: str = "v") -> VideoCompounds:
    said = np.array(labels)
    return VideoCompounds(
        video,
        "",
        np.zeros((len(said), 7)),
        np.ones(len(said), np.bool_),
        said,
        np.array(truth or [-1] * len(said)),
    )


def test_balance_names_what_is_never_said() -> None:
    figures = balance_figures([told([0, 1, 2, 3, 4, 5, 6, 1])])
    assert figures["share_happily_surprised"].value == pytest.approx(0.25)
    assert figures["kl"].n == 8 and figures["kl"].value is not None
    assert "sadly_angry is never said" in balance_figures([told([0, 1, 2, 3, 4, 5])])["kl"].interval


def test_kappa_is_over_the_frames_of_which_both_say_something() -> None:
    first = [told([0, 0, 1, 1, -1])]
    assert kappa_figure(first, [told([0, 0, 1, 1, 3])]).value == pytest.approx(1.0)
    half = kappa_figure(first, [told([0, 1, 0, 1, 3])])
    assert half.value == pytest.approx(0.0) and half.n == 4
    with pytest.raises(UserError, match="other videos"):
        kappa_figure(first, [told([0, 0, 1, 1, -1], video="w")])


def test_f1_counts_silence_as_wrong() -> None:
    figures = label_figures([told([0, 0, 1, -1], [0, 1, 1, 1])])
    assert figures["accuracy"].value == pytest.approx(0.5)
    assert figures["macro_f1"].value == pytest.approx((2 / 3 + 2 / 4) / 2)
    assert label_figures([told([0])]) == {}


def test_the_assignment_is_the_best_of_all() -> None:
    # Greedily 9 + 0 = 9; the other way round 8 + 7.
    assert best_assignment(np.array([[9.0, 8.0], [7.0, 0.0]])).tolist() == [1, 0]


def test_clusters_are_found_again_and_named_by_their_scores() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(7), 20)
    rows = np.eye(7)[truth] * 10 + rng.normal(0, 0.1, (140, 7))
    clusters = clustered_rows(rows, 7, seed=3)
    scores = np.eye(7)[truth]
    known = rng.random(140) < 0.5
    assert np.array_equal(named(clusters, scores, known), truth)
    assert np.array_equal(clustered_rows(rows, 7, seed=3), clusters)


def test_a_frame_that_is_in_no_cluster_takes_the_label_of_the_nearest_one(tmp_path: Path) -> None:
    names = ("fear", "happiness", "sadness", "anger", "disgust", "surprise", "neutral")
    videos = [([0, 3], [logits(**{name: 0.9})] * 2) for name in names]
    videos[0][1][1] = logits(anger=0.9)
    made = compound_set(tmp_path, [*videos, ([], [])])
    _, clustered = compound_models(made, cluster=True)
    for video in clustered.videos[:-1]:
        assert video.labels[0] == video.labels[1] and video.labels[2] == video.labels[3]
    assert clustered.videos[0].labels[0] != clustered.videos[0].labels[3]
    assert clustered.videos[0].labels[3] == clustered.videos[3].labels[0]
    assert (clustered.videos[-1].labels == -1).all()


def test_too_few_frames_for_seven_clusters_is_said(tmp_path: Path) -> None:
    made = compound_set(tmp_path, [([0, 3], [logits(fear=0.9), logits(anger=0.9)])])
    with pytest.raises(UserError, match="too few for 7 clusters"):
        list(compound_models(made, cluster=True))
    with pytest.raises(UserError, match="no videos of val"):
        list(compound_models(made, split="val"))
