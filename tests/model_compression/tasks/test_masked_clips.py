"""Masked clips and pictures: what is learned, on whom it is measured, whose turn it is, what begins with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from edge_app.errors import UserError
from model_compression.commands.train import app
from model_compression.data.clips.store import ClipStore
from model_compression.training.config import Stage
from model_compression.training.load_config import load_config
from model_compression.training.network_file import read_network
from model_compression.training.networks import create_network
from model_compression.training.tasks.masked_clips import (
    MaskedAugmentation,
    MaskedClipsOptions,
    MaskedClipsTask,
)
from tests.model_compression.clips.drawn_clips import SIDE_PX, drawn_set
from tests.model_compression.tasks.unilearn import (
    clips_of,
    learn,
    opened,
    pictures_of,
    stop_at,
    weights_in,
)

OPTIONS: dict[str, Any] = {"frames": 8, "stride": 1, "measured_px": 32}
HALF_MASKED = ("task.options.masked_of_clips=0.5", "task.options.masked_of_pictures=0.5")
UNCUT = (
    "augmentation={clips: {smallest_area: 1, mirror: 0}, pictures: {smallest_area: 1, mirror: 0}}"
)


def stage(batch: int = 4) -> Stage:
    return Stage(crop_px=32, steps=9, batch=batch, learning_rate=1e-3)


def of(task: str, *sets: Path, **options: Any) -> MaskedClipsTask:
    made = opened(task, *sets, part="network", **{**OPTIONS, **options})
    assert isinstance(made, MaskedClipsTask)
    return made


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, Path]:
    return clips_of(tmp_path / "clips"), pictures_of(tmp_path / "pictures")


def stripes_on(folder: Path) -> Path:
    """The set with other pixels: stripes as wide as a piece, bright on the left of it in every second clip."""
    rows = ClipStore.open(folder).rows
    along = np.arange(SIDE_PX) * 2 * np.pi / 8
    stripes = [
        np.full((row.frame_count, SIDE_PX, SIDE_PX), np.sin(along + np.pi * (number % 2)))
        for number, row in enumerate(rows)
    ]
    whole = 128 + 100 * np.concatenate(stripes)  # (frames, H, W)
    (folder / "shards" / "0.u8").write_bytes(whole.astype(np.uint8).tobytes())
    return folder


def test_masked_pieces_of_clips_and_of_pictures_are_told_from_the_others(
    sets: tuple[Path, Path], tmp_path: Path
) -> None:
    striped = (stripes_on(sets[0]), stripes_on(sets[1]))
    steps = ("stages.0.steps=20", "validate_every_steps=20", UNCUT)
    learn("unilearn-pretrain-small", striped, tmp_path / "run", *steps, *HALF_MASKED)
    file = read_network(tmp_path / "run")
    assert (file.part, file.step) == ("network", 20)
    # Telling nothing of pieces that have mean 0 and deviation 1 is a loss of 1.
    assert file.metrics["clips_loss"] < 0.1
    assert file.metrics["pictures_loss"] < 0.1
    assert file.metrics["loss"] == pytest.approx(
        (file.metrics["clips_loss"] + file.metrics["pictures_loss"]) / 2
    )


def test_run_of_both_kinds_goes_on_as_if_never_stopped(
    sets: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = "stages.0.steps=6"
    learn("unilearn-pretrain-small", sets, tmp_path / "whole", steps)
    with monkeypatch.context() as patch:
        stop_at(3, MaskedClipsTask, patch)
        assert learn("unilearn-pretrain-small", sets, tmp_path / "parts", steps).steps == 3
    assert learn("unilearn-pretrain-small", sets, tmp_path / "parts", steps, resume=True).finished
    whole, parts = (weights_in(tmp_path / name) for name in ("whole", "parts"))
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


def test_each_batch_is_of_one_kind(sets: tuple[Path, Path]) -> None:
    samples = of("masked_clips", *sets, picture_batches=0.25).samples(stage(), 0, seed=0)
    frames = [[len(samples[4 * batch + n]["clips"]) for n in range(4)] for batch in range(8)]
    assert frames == [[1 if batch % 4 == 3 else 8] * 4 for batch in range(8)]


def test_a_round_shows_every_clip_and_every_picture_once(sets: tuple[Path, Path]) -> None:
    task = of("masked_clips", *sets)
    samples = task.samples(stage(batch=1), 0, seed=0)
    learned = len(task.clips.learned) + len(task.pictures.learned)
    shown = {samples.name(position) for position in range(learned)}  # type: ignore[attr-defined]
    assert len(shown) == learned


def test_views_are_crops_of_the_same_frames(tmp_path: Path) -> None:
    clips = clips_of(tmp_path / "clips")
    task = of("masked_clips", clips, views=4, frames=4)
    samples = task.samples(stage(batch=8), 0, seed=0)
    shown = [samples[position] for position in range(8)]
    names = [samples.name(position) for position in range(8)]  # type: ignore[attr-defined]
    assert (len(set(names[:4])), len(set(names[4:])), len(set(names))) == (1, 1, 2)
    assert all(np.array_equal(shown[0]["clips"], each["clips"]) for each in shown[1:4])
    assert len({tuple(each["mask"]) for each in shown}) == 8


def test_labels_are_not_needed_and_val_test_and_fold_are_not_looked_at(tmp_path: Path) -> None:
    clips = clips_of(tmp_path / "clips", people={"train": 4, "val": 2, "test": 2})
    folds = drawn_set(tmp_path / "folds", task="drowsiness", people={"": 6}, folds=3)
    task = of("masked_clips", clips, folds, fold=2)
    rows = [
        task.clips.stores[number].rows[row]
        for number, row in (*task.clips.learned, *task.clips.held_out)
    ]
    assert {(row.split, row.fold) for row in rows} == {("train", 0), ("", 1), ("", 3)}


def test_people_who_are_measured_are_not_learned_from(sets: tuple[Path, Path]) -> None:
    task = of("masked_clips", *sets, held_out_share=0.3)
    for kind in (task.clips, task.pictures):
        learned, held_out = (
            {kind.stores[s].rows[r].person or kind.stores[s].rows[r].video for s, r in places}
            for places in (kind.learned, kind.held_out)
        )
        assert held_out
        assert not learned & held_out


def test_masks_of_what_is_measured_stay(sets: tuple[Path, Path]) -> None:
    task = of("masked_clips", *sets)
    network = create_network("clip-vit-mae", channels=1, size="ti", depth=1, patch_px=8).eval()
    with torch.no_grad():
        first, again = task.validate(network, "cpu"), task.validate(network, "cpu")
    assert first == again


def test_clip_teacher_begins_with_the_encoder(sets: tuple[Path, Path], tmp_path: Path) -> None:
    learn("unilearn-pretrain-small", sets, tmp_path / "first", "stages.0.steps=2")
    frozen = ("stages.0.steps=2", "stages.0.frozen=[encoder]", "ema_decay=0")
    init = f"init_from={tmp_path / 'first' / 'network.pt'}"
    record = learn("unilearn-small", sets, tmp_path / "second", *frozen, init)
    assert record.init_from is not None
    first, second = (read_network(tmp_path / name).weights for name in ("first", "second"))
    shared = [name for name in first if name.startswith("encoder.blocks.")]
    assert len(shared) > 20
    assert all(torch.equal(first[name], second[name]) for name in shared)


@pytest.mark.parametrize(
    ("config", "words", "told"),
    [
        ("unilearn-pretrain-small", (), "no clips to learn from; name a folder of"),
        ("unilearn-pretrain-small", ("--prepared", "nowhere"), "nowhere"),
        ("unilearn-small", (), "is a configuration of a teacher; use 'vigil train teacher'"),
        (
            "unilearn-pretrain-small",
            ("--set", "task.options.masked_of_clips=1"),
            "masked_of_clips is 1 but must be",
        ),
    ],
)
def test_what_cannot_be_learned_is_told_in_a_sentence(
    config: str, words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    threads = torch.get_num_threads()
    done = CliRunner().invoke(app, ["network", config, "--out", str(tmp_path / "run"), *words])
    torch.set_num_threads(threads)
    assert isinstance(done.exception, UserError)
    assert told in str(done.exception)


@pytest.mark.parametrize(
    "name", ["unilearn-pretrain", "unilearn-pretrain-paper", "unilearn-pretrain-small"]
)
def test_configurations_that_come_with_vigil_are_of_this_task(name: str) -> None:
    loaded = load_config(name)
    side_px = loaded.task_options.read(MaskedClipsOptions).measured_px
    assert side_px == loaded.train.stages[0].crop_px
    assert loaded.augmentation.read(MaskedAugmentation).pictures.smallest_area == 0.2


def test_set_of_one_person_is_told(tmp_path: Path) -> None:
    clips = clips_of(tmp_path / "clips", people={"train": 1, "val": 1})
    assert len(ClipStore.open(clips).rows) > 2
    with pytest.raises(UserError, match="at least two people are needed"):
        of("masked_clips", clips)


def test_clips_that_cannot_be_cut_into_pieces_are_told(
    sets: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="cannot be cut into pieces"):
        learn("unilearn-pretrain-small", sets, tmp_path / "run", "stages.0.crop_px=30")
