"""`vigil evaluate-teacher` from trained networks to its report; drawn clips, small networks trained for real."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES
from model_compression.data.clips.index import read_index
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.clips.answers import load_answers
from model_compression.evaluation.clips.figures import figures_of
from model_compression.scoring.trained import opened
from model_compression.training.network_file import read_network
from tests.model_compression.clips.conftest import one_thread  # noqa: F401
from tests.model_compression.clips.drawn_clips import drawn_set
from tests.model_compression.evaluation.clips.trained_runs import (
    Trained,
    changed,
    document,
    evaluated,
    few_draws,  # noqa: F401
    with_classes,
    with_content,
)


def test_answers_and_figures_are_of_the_test_split_alone(trained: Trained, tmp_path: Path) -> None:
    report = document(tmp_path, trained / "seed-1", "--answers", tmp_path / "said.npz")
    answers = load_answers(tmp_path / "said.npz")
    tested = [row for row in ClipStore.open(trained / "split").rows if row.split == "test"]
    assert answers.videos == tuple(row.video for row in tested)
    assert answers.truth.tolist() == [row.labels["drowsiness"] for row in tested]
    own = report["clips"]
    assert (own["n"], own["people"]) == (20, 5)
    for name, figure in figures_of(answers).items():
        assert own["figures"][name] == pytest.approx(figure.value, abs=1e-5), name
        assert own["intervals"][name]["how"] == figure.interval, name
    assert report["warnings"] == [] or "guessing" in report["warnings"][0]
    assert sum(n for row in own["confusion"].values() for n in row.values()) == 20
    assert sum(each["count"] for each in own["reliability"]) == 20
    assert report["videos"] is None
    assert report["machine"]["device"] == "cpu" and report["machine"]["cpu"]
    assert report["sets"][0]["simulated"] is True
    assert not list(tmp_path.glob("*.part"))


def test_reader_sees_majority_confusion_and_whose_clips(trained: Trained) -> None:
    said = evaluated(trained / "seed-1" / "teacher.pt").output
    assert "test: 20 clips of 5 people (simulated drivers: consistency, not accuracy)" in said
    for words in ("accuracy (WAR)", "recall of drowsy", "AUROC", "ECE, adaptive", "0.5000"):
        assert words in said
    assert "Guessing: always 'alert', the most frequent class (50.0%)" in said


def test_folds_are_pooled_over_the_clips_that_each_kept(trained: Trained, tmp_path: Path) -> None:
    folds = [trained / "fold-2", trained / "fold-1"]
    report = document(tmp_path, *folds, "--answers", tmp_path / "said.npz")
    rows = ClipStore.open(trained / "folded").rows
    answers = load_answers(tmp_path / "said.npz")
    assert sorted(answers.videos) == sorted(row.video for row in rows)
    assert [network["fold"] for network in report["networks"]] == [1, 2]
    alone = [document(tmp_path, fold)["clips"]["figures"]["accuracy"] for fold in folds]
    figures = report["clips"]["figures"]
    assert figures["accuracy_mean_of_folds"] == pytest.approx(sum(alone) / 2, abs=1e-4)
    assert figures["accuracy"] == pytest.approx(float((answers.said == answers.truth).mean()))


def test_one_fold_is_asked_about_its_own_clips(trained: Trained, tmp_path: Path) -> None:
    report = document(tmp_path, trained / "fold-1")
    assert report["which"] == "fold 1" and report["clips"]["people"] == 3
    other = document(tmp_path, trained / "fold-1", "--split", "train")
    assert other["which"] == "all folds but 1"
    assert "learned from" in other["warnings"][0]


def test_seeds_are_averaged(trained: Trained, tmp_path: Path) -> None:
    report = document(tmp_path, trained / "seed-1", trained / "seed-2")
    each = [network["figures"]["uar"] for network in report["networks"]]
    assert [network["seed"] for network in report["networks"]] == [1, 2]
    assert report["clips"]["figures"]["uar"] == pytest.approx(sum(each) / 2, abs=1e-4)
    assert report["clips"]["n"] == 20, "clips, and not answers"


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        (("seed-1", "seed-1"), "are the same network; give it once"),
        (("seed-1", "softmax"), "differs from .*seed-1 in network, task; runs are taken together"),
        (("seed-1", "fold-1"), "keeps fold 1 apart and .*seed-1 keeps none"),
        (("seed-1", "strong"), "differs from .*seed-1 in .*task, the clips learned from"),
    ],
)
def test_networks_that_do_not_belong_together_are_refused(
    runs: tuple[str, ...], why: str, trained: Trained
) -> None:
    with pytest.raises(UserError, match=why):
        opened([trained / run for run in runs])


def test_runs_of_one_seed_and_fold_are_not_taken_for_two(trained: Trained, tmp_path: Path) -> None:
    content = torch.load(trained / "fold-1" / "teacher.pt", weights_only=True)
    torch.save({**content, "step": 1}, tmp_path / "teacher.pt")
    with pytest.raises(UserError, match="are both of seed 0 and fold 1"):
        opened([trained / "fold-1", tmp_path])


def test_run_of_an_earlier_vigil_is_taken_together_with_one_of_now(
    trained: Trained, tmp_path: Path
) -> None:
    content = torch.load(trained / "seed-2" / "teacher.pt", weights_only=True)
    for key in ("betas", "layer_decay"):  # which its configuration did not have
        del content["config"][key]
    torch.save(content, tmp_path / "teacher.pt")
    assert len(opened([trained / "seed-1", tmp_path])) == 2


def test_every_seed_needs_the_same_folds(trained: Trained, tmp_path: Path) -> None:
    content = torch.load(trained / "fold-1" / "teacher.pt", weights_only=True)
    content["config"]["seed"] = 7
    torch.save(content, tmp_path / "teacher.pt")
    with pytest.raises(UserError, match="of seed 0 there are folds 1, 2, of seed 7 is fold 1"):
        opened([trained / "fold-1", trained / "fold-2", tmp_path])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("seed-1", "--clips", "levels"), "is not labelled for drowsiness, only for intoxication"),
        (("seed-1", "--clips", "folded"), "folds 1, 2 in place of splits, and .* keeps none"),
        (("fold-1", "--split", "val"), "keeps fold 1 and has no val beside it"),
        (("fold-1", "fold-2", "--split", "all"), "over the clips that each kept, and not over all"),
        (("seed-1", "--clips", "split", "--clips", "split"), "names a folder twice"),
        (("seed-1", "--clips", "nowhere"), "there is no such folder"),
        (("split",), "holds no teacher.pt; train one with 'vigil train teacher'"),
        (("seed-1", "seed-2", "--answers", "said.npz"), "--answers keeps one answer"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(
    words: tuple[str, ...], why: str, trained: Trained
) -> None:
    given = [trained / word if (trained / word).is_dir() else word for word in words]
    with pytest.raises(UserError, match=why):
        evaluated(*given)


def test_set_without_a_test_split_names_the_splits_it_has(trained: Trained, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"train": 1, "val": 1})
    with pytest.raises(
        UserError, match=r"in test, only in train and val; give --split train or val"
    ):
        evaluated(trained / "seed-1", "--clips", clips)


def test_clips_of_other_channels_are_refused(trained: Trained, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"test": 1}, channels=3)
    with pytest.raises(
        UserError, match="have 3 channels and those that the network learned from 1"
    ):
        evaluated(trained / "seed-1", "--clips", clips)


def test_clips_of_other_classes_are_refused(trained: Trained, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"test": 1})
    index = read_index(clips)
    replace(index, classes={"drowsiness": ("alert", "drowsy", "asleep")}).write(clips)
    with pytest.raises(UserError, match=r"has 3 classes of drowsiness .*, and .*softmax tells 2"):
        evaluated(trained / "softmax", "--clips", clips)


def test_network_file_names_the_classes_that_it_tells(trained: Trained) -> None:
    for run, label, names in (
        ("softmax", "drowsiness", ["alert", "drowsy"]),
        ("strong", "intoxication", ["below strong", "at least strong"]),
    ):
        assert read_network(trained / run).told == {"classes": {label: names}}


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("names", [("drowsy", "alert"), ("awake", "asleep")])
def test_as_many_classes_of_other_names_or_order_are_refused(
    names: tuple[str, str], told: bool, trained: Trained, tmp_path: Path
) -> None:
    clips = with_classes(tmp_path / "clips", trained / "split", "drowsiness", *names)
    run = trained / "softmax"
    if not told:
        run = with_content(tmp_path / "older", run, told={})
    why = f"has the classes {', '.join(names)} of drowsiness, and .* tells alert, drowsy, in this"
    with pytest.raises(UserError, match=why):
        evaluated(run, "--clips", clips)


def test_levels_in_another_order_are_refused(trained: Trained, tmp_path: Path) -> None:
    names = ("strong", "moderate", "none")
    clips = with_classes(tmp_path / "clips", trained / "levels", "intoxication", *names)
    with pytest.raises(UserError, match="in an order that does not go up"):
        evaluated(trained / "strong", "--clips", clips)


def test_set_that_was_learned_from_names_the_classes_of_an_older_file(
    trained: Trained, tmp_path: Path
) -> None:
    own = with_classes(tmp_path / "own", trained / "split", "drowsiness", "awake", "asleep")
    config = torch.load(trained / "softmax" / "teacher.pt", weights_only=True)["config"]
    config["data"] = [{"name": str(own), "weight": 1.0}]
    older = with_content(tmp_path / "older", trained / "softmax", told={}, config=config)
    assert document(tmp_path, older)["classes"] == ["awake", "asleep"]
    with pytest.raises(UserError, match=r"alert, drowsy of drowsiness, and .*own awake, asleep"):
        evaluated(older, "--clips", own, "--clips", trained / "split")


@pytest.mark.parametrize(
    ("option", "place"),
    [("--json", "a-file/told.json"), ("--answers", "a-folder"), ("--png", "a-file")],
)
def test_what_cannot_be_written_is_told_before_networks_are_asked(
    option: str, place: str, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*arguments: object) -> None:
        raise AssertionError("networks were asked")

    monkeypatch.setattr("model_compression.scoring.score.ask", asked)
    (tmp_path / "a-file").write_text("in the way")
    (tmp_path / "a-folder").mkdir()
    with pytest.raises(UserError, match=f"{place}.*cannot be written") as caught:
        evaluated(trained / "seed-1", option, tmp_path / place)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-file", "a-folder"]


def test_clips_that_are_gone_are_asked_for(trained: Trained, tmp_path: Path) -> None:
    content = torch.load(trained / "seed-1" / "teacher.pt", weights_only=True)
    content["config"]["data"] = [{"name": str(tmp_path / "gone"), "weight": 1.0}]
    torch.save(content, tmp_path / "teacher.pt")
    with pytest.raises(UserError, match=r"are not at .*gone; name a folder of clips with --clips"):
        evaluated(tmp_path / "teacher.pt")


@pytest.mark.parametrize("how", ["probabilities", "logits", "majority"])
def test_long_videos_are_judged_whole_as_well(how: str, trained: Trained, tmp_path: Path) -> None:
    clips = changed(
        tmp_path / "long",
        trained / "split",
        lambda row: replace(row, video=f"{row.person}-{row.labels['drowsiness']}"),
    )
    report = document(tmp_path, trained / "seed-1", "--clips", clips, "--by-video", how)
    videos = report["videos"]
    assert (videos["taken_together"], videos["n"], videos["people"]) == (how, 10, 5)
    assert report["clips"]["n"] == 20


def test_videos_of_both_classes_are_left_to_their_clips(trained: Trained, tmp_path: Path) -> None:
    clips = changed(
        tmp_path / "long", trained / "split", lambda row: replace(row, video=row.person)
    )
    report = document(tmp_path, trained / "seed-1", "--clips", clips)
    assert report["videos"] is None
    assert any("judged clip by clip alone" in note for note in report["notes"])


def test_levels_are_asked_as_the_network_learned_them(trained: Trained, tmp_path: Path) -> None:
    report = document(tmp_path, trained / "strong")
    assert report["classes"] == ["below strong", "at least strong"]
    assert report["clips"]["guessing"]["accuracy"] == pytest.approx(2 / 3)
    assert len(CLASSES["intoxication"]) == 3


def test_people_of_two_sets_are_not_taken_for_the_same(trained: Trained, tmp_path: Path) -> None:
    other = drawn_set(tmp_path / "other", people={"train": 3, "val": 1, "test": 2})
    sets = ("--clips", trained / "split", "--clips", other)
    report = document(tmp_path, trained / "seed-1", *sets)
    assert (report["clips"]["n"], report["clips"]["people"]) == (28, 7)
    assert [each["n"] for each in report["sets"]] == [20, 8]


def test_pictures_are_drawn_where_asked(trained: Trained, tmp_path: Path) -> None:
    said = evaluated(trained / "seed-1", "--png", tmp_path / "png").output
    drawn = sorted(path.name for path in (tmp_path / "png").iterdir())
    assert drawn == ["confusion.png", "reliability.png"]
    assert said.count("written:") == 2
