"""Answers as they are kept and as they are taken together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.evaluation.clips.answers import load_answers, save_answers
from model_compression.evaluation.clips.pooling import by_video, pooled
from tests.model_compression.evaluation.clips.made_answers import (
    answers_saying,
    logit,
    with_logits,
)


def test_file_gives_back_what_was_saved(tmp_path: Path) -> None:
    answers = with_logits([[0.5], [-1.25]], [1, 0], persons=["Zoë", ""], videos=["a", "b"])
    file = tmp_path / "new" / "answers.npz"
    save_answers(answers, file)
    back = load_answers(file)
    assert (back.logits == answers.logits).all() and (back.truth == answers.truth).all()
    assert (back.persons, back.videos, back.classes) == (
        answers.persons,
        answers.videos,
        answers.classes,
    )


def test_saving_leaves_no_half_written_file_beside(tmp_path: Path) -> None:
    save_answers(answers_saying([0], [0]), tmp_path / "answers.npz")
    assert [file.name for file in tmp_path.iterdir()] == ["answers.npz"]


def test_truncated_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "answers.npz"
    save_answers(answers_saying([0, 1], [0, 1]), file)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(UserError, match=r"answers\.npz: is damaged .*delete it"):
        load_answers(file)


def test_file_whose_arrays_do_not_fit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "answers.npz"
    names = np.array(["a"])
    for truth in (np.array([0, 1]), np.array([7]), np.array("?")):
        np.savez(
            file,
            logits=np.zeros((1, 3)),
            truth=truth,
            persons=names,
            videos=names,
            classes=np.array(["a", "b", "c"]),
        )
        with pytest.raises(UserError, match="is damaged"):
            load_answers(file)


def test_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        save_answers(answers_saying([0], [0]), tmp_path / "file" / "answers.npz")


def test_network_that_diverged_is_told_so() -> None:
    with pytest.raises(UserError, match="diverged"):
        with_logits([[float("nan")]], [1])


def test_one_logit_and_two_say_the_same() -> None:
    one = with_logits([[1.5], [-0.5]], [1, 1])
    two = with_logits([[1.0, 2.5], [0.5, 0.0]], [1, 1])
    assert one.probabilities == pytest.approx(two.probabilities)
    assert one.said.tolist() == two.said.tolist() == [1, 0]


def test_logits_must_be_as_many_as_classes() -> None:
    with pytest.raises(ValueError, match="cannot tell"):
        with_logits([[1.0]], [1], classes=("none", "moderate", "strong"))


# Three clips of one video: two hardly for "drowsy", one surely against it.
UNSURE_MAJORITY = [[logit(0.6)], [logit(0.6)], [logit(0.01)]]


def test_mean_of_probabilities_and_majority_may_differ() -> None:
    answers = with_logits(UNSURE_MAJORITY, [1, 1, 1], persons=["p"] * 3, videos=["v"] * 3)
    mean = by_video(answers)
    assert mean.probabilities[0, 1] == pytest.approx((0.6 + 0.6 + 0.01) / 3)
    assert mean.said.tolist() == [0]
    assert by_video(answers, "majority").said.tolist() == [1]


def test_mean_of_logits_is_the_mean_of_logits() -> None:
    answers = with_logits(UNSURE_MAJORITY, [1, 1, 1], persons=["p"] * 3, videos=["v"] * 3)
    assert by_video(answers, "logits").logits == pytest.approx(np.mean(UNSURE_MAJORITY))


def test_draw_of_votes_goes_to_the_surer_class() -> None:
    answers = with_logits([[logit(0.9)], [logit(0.4)]], [1, 1], persons=["p"] * 2, videos=["v"] * 2)
    assert by_video(answers, "majority").said.tolist() == [1]


def test_videos_are_judged_apart_and_keep_their_person() -> None:
    answers = answers_saying(
        [0, 2, 0], [0, 2, 1], persons=["ann", "bob", "ann"], videos=["b", "a", "b"]
    )
    videos = by_video(answers)
    assert (videos.videos, videos.persons) == (("a", "b"), ("bob", "ann"))
    assert videos.truth.tolist() == [2, 0]


def test_video_with_clips_of_two_classes_is_refused() -> None:
    answers = answers_saying([0, 1], [0, 1], persons=["p", "p"], videos=["v", "v"])
    with pytest.raises(UserError, match="the video v has clips of more than one class"):
        by_video(answers)


def test_folds_of_other_classes_are_not_pooled() -> None:
    with pytest.raises(ValueError, match="cannot be pooled"):
        pooled([answers_saying([0], [0]), with_logits([[1.0]], [1])])
