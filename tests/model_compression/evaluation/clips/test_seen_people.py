"""What `vigil evaluate-teacher` says of people whom a network may have seen, in its own training or in one before."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES
from model_compression.data.clips.index import read_index
from model_compression.scoring.trained import opened
from model_compression.training.network_file import read_network
from tests.model_compression.clips.conftest import one_thread  # noqa: F401
from tests.model_compression.clips.drawn_clips import drawn_set
from tests.model_compression.evaluation.clips.trained_runs import (
    Trained,
    changed,
    document,
    few_draws,  # noqa: F401
    learn,
    with_content,
)


@pytest.fixture(scope="module")
def goes_on(trained: Trained) -> Trained:
    """Drowsiness learned after expression, on people of two folds who are labelled for both."""
    folder = trained / "goes-on"
    clips = changed(
        folder / "clips",
        trained / "folded",
        lambda row: replace(row, labels={**row.labels, "expression": row.labels["drowsiness"]}),
    )
    index = read_index(clips)
    replace(index, classes={**index.classes, "expression": CLASSES["expression"]}).write(clips)
    expression = "task.options.label=expression"
    for fold in (None, 1, 2):
        kept = () if fold is None else (f"task.options.fold={fold}",)
        name = "all" if fold is None else f"{fold}"
        learn(folder / f"expression-{name}", clips, expression, *kept)
    for fold, first, out in (
        (1, "expression-all", "fold-1-from-all"),
        (1, "fold-1-from-all", "fold-1-at-last"),
        (1, "expression-1", "fold-1-from-1"),
        (2, "expression-2", "fold-2-from-2"),
    ):
        begins = f"init_from={folder / first}"
        learn(folder / out, clips, f"task.options.fold={fold}", begins)
    return Trained(folder)


def test_clips_that_were_learned_from_are_known_by_their_content(
    trained: Trained, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(trained / "split", moved)
    learned = document(tmp_path, trained / "seed-1", "--clips", moved, "--split", "train")
    assert "learned from 12 of 12 clips" in learned["warnings"][0]
    chosen = document(tmp_path, trained / "seed-1", "--clips", moved, "--split", "val")
    assert "were chosen by 4 of 4 clips" in chosen["warnings"][0]


def test_people_known_from_other_clips_are_no_unseen_people(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "drawn", people={"train": 2, "val": 1, "test": 2})
    names = {"p3": "p0"}
    shared = changed(
        tmp_path / "shared",
        clips,
        lambda row: replace(row, person=names.get(row.person, row.person)),
    )
    warning = document(tmp_path, learn(tmp_path / "run", shared))["warnings"][0]
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
    assert any("no run.json of its training lies beside the network" in note for note in notes)


@pytest.mark.parametrize("run", ["fold-1-from-all", "fold-1-at-last"])
def test_people_that_first_weights_had_seen_are_warned_of(
    run: str, goes_on: Trained, tmp_path: Path
) -> None:
    report = document(tmp_path, goes_on / run)
    (warning,) = [told for told in report["warnings"] if "unseen people" in told]
    first = goes_on / "expression-all"
    assert warning.startswith(f"{first}, whose weights the network goes on from, learned from")
    assert not any("not known" in note for note in report["notes"])


def test_first_weights_that_kept_the_same_fold_are_not_warned_of(
    goes_on: Trained, tmp_path: Path
) -> None:
    runs = [goes_on / "fold-1-from-1", goes_on / "fold-2-from-2"]
    report = document(tmp_path, *runs)
    assert not any("unseen people" in told for told in report["warnings"])
    assert not any("not known" in note for note in report["notes"])


def test_runs_that_began_with_other_trainings_are_not_taken_together(
    goes_on: Trained, tmp_path: Path
) -> None:
    begins = (f"init_from={goes_on / 'fold-2-from-2'}", "task.options.fold=2")
    other = learn(tmp_path / "other", goes_on / "clips", *begins)
    with pytest.raises(UserError, match=r"differs from .* in init_from; runs are taken together"):
        opened([goes_on / "fold-1-from-1", other])


@pytest.mark.parametrize("left", ["run.json", "teacher.pt"])
def test_first_run_is_known_by_its_record_or_by_its_network(
    left: str, goes_on: Trained, tmp_path: Path
) -> None:
    (tmp_path / "first").mkdir()
    shutil.copy(goes_on / "expression-all" / left, tmp_path / "first" / left)
    run = beginning_with(tmp_path / "run", goes_on / "fold-1-from-all", tmp_path / "first")
    warnings = document(tmp_path, run)["warnings"]
    assert any(told.startswith(f"{tmp_path / 'first'}, whose weights") for told in warnings)


@pytest.mark.parametrize("first", ["nowhere", "weights.pt", "run"])
def test_first_weights_that_tell_nothing_are_named(
    first: str, goes_on: Trained, tmp_path: Path
) -> None:
    torch.save({"stem.weight": torch.zeros(1)}, tmp_path / "weights.pt")
    run = beginning_with(tmp_path / "run", goes_on / "fold-1-from-all", tmp_path / first)
    report = document(tmp_path, run)
    assert not any("goes on from" in told for told in report["warnings"])
    (note,) = [told for told in report["notes"] if "init_from" in told]
    assert f"goes back to the weights of {tmp_path / first} (init_from)" in note


def beginning_with(folder: Path, source: Path, first: Path) -> Path:
    config = torch.load(source / "teacher.pt", weights_only=True)["config"]
    return with_content(folder, source, config={**config, "init_from": str(first)})


def test_record_of_a_run_that_went_on_with_other_workers_is_its_own(
    trained: Trained, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained / "seed-1", run)
    same = ("seed=1", "task.options.objective=sigmoid")
    learn(run, trained / "split", *same, "checkpoint_every_minutes=3", resume=True)
    record = json.loads((run / "run.json").read_text())
    assert record["config"] != read_network(run).config
    record["config"]["workers"] = 5  # which would take its processes seconds to begin
    (run / "run.json").write_text(json.dumps(record))
    moved = tmp_path / "moved"
    shutil.copytree(trained / "split", moved)
    report = document(tmp_path, run, "--clips", moved, "--split", "train")
    assert "learned from 12 of 12 clips" in report["warnings"][0]
    assert not any("run.json" in note for note in report["notes"])
