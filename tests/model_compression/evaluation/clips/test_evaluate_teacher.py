"""`vigil evaluate-teacher` from trained networks to its report; drawn clips, small networks trained for real."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from edge_app.errors import UserError
from model_compression.commands.evaluate_teacher import evaluate_teacher
from model_compression.data.clips.classes import CLASSES
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.index import read_index
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.clips.answers import load_answers
from model_compression.evaluation.clips.figures import figures_of
from model_compression.scoring.trained import opened
from model_compression.training.load_config import load_config
from model_compression.training.train import TrainingOptions, train
from tests.model_compression.clips.conftest import TINY, one_thread  # noqa: F401
from tests.model_compression.clips.drawn_clips import drawn_set

app = typer.Typer()
app.command()(evaluate_teacher)


@dataclass(frozen=True)
class Trained:
    """Networks of two steps, and the clips that they learned from."""

    folder: Path

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here does not hang on the width of an interval."""
    monkeypatch.setattr("model_compression.evaluation.figure._REPLICATES", 40)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("trained")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    split = drawn_set(folder / "split", people={"train": 3, "val": 1, "test": 5})
    folded = drawn_set(folder / "folded", people={"": 6}, folds=2)
    levels = drawn_set(folder / "levels", task="intoxication", clips_each=1)
    of_levels = ("task.options.label=intoxication", "task.options.positive_from=strong")
    for out, clips, extra in (
        ("seed-1", split, ("seed=1", "task.options.objective=sigmoid")),
        ("seed-2", split, ("seed=2", "task.options.objective=sigmoid")),
        ("softmax", split, ("seed=3",)),
        ("fold-1", folded, ("task.options.fold=1",)),
        ("fold-2", folded, ("task.options.fold=2",)),
        ("strong", levels, of_levels),
    ):
        given = [*TINY, "stages.0.steps=2", f'data=[{{"name": "{clips}"}}]', *extra]
        options = TrainingOptions(folder / out, "cpu")
        train(load_config("xception3d-small", given), options, Console(file=StringIO()))
    torch.set_num_threads(threads)
    return Trained(folder)


def evaluated(*words: Path | str) -> Result:
    done = CliRunner().invoke(app, [*map(str, words), "--threads", "1", "--device", "cpu"])
    if isinstance(done.exception, UserError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def document(out: Path, *words: Path | str) -> dict[str, Any]:
    evaluated(*words, "--json", out / "report.json")
    read: dict[str, Any] = json.loads((out / "report.json").read_text())
    return read


def changed(folder: Path, source: Path, change: Callable[[ClipRow], ClipRow]) -> Path:
    """A copy of a set with other rows."""
    shutil.copytree(source, folder)
    index = read_index(folder)
    replace(index, rows=tuple(map(change, index.rows))).write(folder)
    return folder


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


def test_clips_that_are_gone_are_asked_for(trained: Trained, tmp_path: Path) -> None:
    content = torch.load(trained / "seed-1" / "teacher.pt", weights_only=True)
    content["config"]["data"] = [{"name": str(tmp_path / "gone"), "weight": 1.0}]
    torch.save(content, tmp_path / "teacher.pt")
    with pytest.raises(UserError, match=r"are not at .*gone; name a folder of clips with --clips"):
        evaluated(tmp_path / "teacher.pt")


def test_clips_that_were_learned_from_are_known_by_their_content(
    trained: Trained, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(trained / "split", moved)
    learned = document(tmp_path, trained / "seed-1", "--clips", moved, "--split", "train")
    assert "learned from 12 of 12 clips" in learned["warnings"][0]
    chosen = document(tmp_path, trained / "seed-1", "--clips", moved, "--split", "val")
    assert "weights were chosen by 4 of 4 clips" in chosen["warnings"][0]


def test_people_known_from_other_clips_are_no_unseen_people(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "drawn", people={"train": 2, "val": 1, "test": 2})
    names = {"p3": "p0"}
    shared = changed(
        tmp_path / "shared",
        clips,
        lambda row: replace(row, person=names.get(row.person, row.person)),
    )
    given = [*TINY, "stages.0.steps=1", f'data=[{{"name": "{shared}"}}]', "stages.0.warmup_steps=0"]
    options = TrainingOptions(tmp_path / "run", "cpu")
    train(load_config("xception3d-small", given), options, Console(file=StringIO()))
    warning = document(tmp_path, tmp_path / "run")["warnings"][0]
    assert "learned from other clips of 1 of 2 people" in warning


def test_people_of_the_same_videos_prepared_otherwise_are_known_by_name(
    trained: Trained, tmp_path: Path
) -> None:
    other = changed(tmp_path / "other", trained / "split", lambda row: replace(row, start_s=1.0))
    words = (trained / "seed-1", "--clips", other)
    warning = document(tmp_path, *words, "--split", "all")["warnings"][0]
    assert warning.startswith("3 of 9 people") and "have the names of people" in warning
    assert not any("names" in told for told in document(tmp_path, *words)["warnings"])


def test_other_set_and_lost_record_are_told(trained: Trained, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"test": 2})
    notes = document(tmp_path, trained / "seed-1", "--clips", clips)["notes"]
    assert any("another set than the network learned from" in note for note in notes)
    shutil.copy(trained / "seed-1" / "teacher.pt", tmp_path / "teacher.pt")
    notes = document(tmp_path, tmp_path / "teacher.pt", "--clips", clips)["notes"]
    assert any("no run.json lies beside the network" in note for note in notes)


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
