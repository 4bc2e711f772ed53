"""Clip networks learn prepared clips: what they overfit, on whom weights are chosen, what is refused."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.training.clips.answering import answers_to
from model_compression.training.clips.labels import Question
from model_compression.training.clips.source import open_sources
from model_compression.training.config import DataSet
from model_compression.training.load_config import load_config
from model_compression.training.network_file import read_network
from model_compression.training.task import TaskInput
from model_compression.training.tasks import open_task
from model_compression.training.tasks.clips import ClipOptions, ClipTask
from tests.model_compression.clips.conftest import UNVARIED, Teach, saved
from tests.model_compression.clips.drawn_clips import drawn_set

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("task", "extra"),
    [
        ("drowsiness", ()),
        ("drowsiness", ("task.options.objective=sigmoid",)),
        ("expression", ()),
        ("intoxication", ()),
        ("intoxication", ("task.options.positive_from=moderate", "task.options.objective=sigmoid")),
        ("intoxication", ("task.options.positive_from=strong",)),
    ],
)
def test_eight_clips_are_learned_by_heart(
    task: str, extra: tuple[str, ...], teach: Teach, tmp_path: Path
) -> None:
    clips_each = {"drowsiness": 4, "expression": 1, "intoxication": 3}[task]
    clips = drawn_set(
        tmp_path / "clips", task=task, people={"train": 1, "val": 1}, clips_each=clips_each
    )
    teach(
        clips,
        *UNVARIED,
        f"task.options.label={task}",
        "stages.0.learning_rate=5e-3",
        "validate_every_steps=45",
        *extra,
        steps=45,
    )
    store, options = (
        ClipStore.open(clips),
        ClipOptions(label="drowsiness", frames=8, measured_px=32),
    )
    numbers = [int(n) for n in store.select(task, "train")]
    file = read_network(tmp_path / "run")
    logits = answers_to(file.network(), store, numbers, options.seen(), CPU)["logits"]
    question = Question(task, file.config["task"]["options"].get("positive_from"))  # type: ignore[arg-type]
    truth = [
        question.number(store.rows[number].labels[task], store.classes[task]) for number in numbers
    ]
    said = (logits[:, 0] > 0).astype(int) if logits.shape[1] == 1 else logits.argmax(1)
    assert (said == np.array(truth)).mean() == 1.0


def test_network_is_made_for_the_classes_and_channels_of_the_clips(
    teach: Teach, tmp_path: Path
) -> None:
    clips = drawn_set(tmp_path / "clips", task="intoxication", channels=3)
    teach(clips, "task.options.label=intoxication")
    options = read_network(tmp_path / "run").choice.options
    assert (options["classes"], options["channels"]) == (3, 3)
    assert (tmp_path / "run" / "teacher.pt").is_file()


def test_run_of_clips_goes_on_as_if_never_stopped(
    teach: Teach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = drawn_set(tmp_path / "clips")
    dropout = "network.options.dropout=0.3"
    teach(clips, dropout, out="whole", steps=5)
    with monkeypatch.context() as patch:
        plain, seen = ClipTask.losses, 0

        def losses(self: ClipTask, student: Any, batch: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == 3:
                os.kill(os.getpid(), signal.SIGTERM)
            return plain(self, student, batch)

        patch.setattr(ClipTask, "losses", losses)
        assert teach(clips, dropout, out="parts", steps=5).steps == 3
    assert teach(clips, dropout, out="parts", steps=5, resume=True).finished
    whole, parts = (saved(tmp_path / name) for name in ("whole", "parts"))
    assert all(
        torch.equal(value, parts["state_dict"][name]) for name, value in whole["state_dict"].items()
    )


def test_microbatches_of_clips_make_the_loss_of_the_whole_batch(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"train": 2, "val": 1}, clips_each=3)
    loaded = load_config(
        "xception3d-small",
        ["task.options.class_weight_power=1", f'data=[{{"name": "{clips}"}}]', "part=teacher"],
    )
    task = open_task(
        "clips",
        TaskInput("teacher", loaded.train.data, loaded.task_options, loaded.augmentation, None),
    )
    label = torch.tensor([0, 0, 0, 1, 0])
    logits = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    shown: list[int] = []

    class Says(torch.nn.Module):
        def forward(self, clips: torch.Tensor, _: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"logits": logits[shown]}

    def loss(which: list[int]) -> float:
        nonlocal shown
        shown = which
        clips = torch.zeros(len(which), 2, 4, 4, 1, dtype=torch.uint8)
        return float(task.losses(Says(), {"clips": clips, "label": label[which]})["loss"])

    whole = loss([0, 1, 2, 3, 4])
    assert (2 * loss([0, 1]) + 3 * loss([2, 3, 4])) / 5 == pytest.approx(whole, rel=1e-5)


def test_weights_are_chosen_on_people_who_are_not_learned_from(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"train": 10, "test": 2})
    (source,) = open_sources(
        (DataSet(name=str(clips)),), Question("drowsiness"), fold=None, held_out_share=0.2
    )
    learned = {clip.person for clip in source.learned}
    held_out = {clip.person for clip in source.held_out}
    assert (len(learned), len(held_out)) == (8, 2)
    assert not learned & held_out
    tested = {row.person for row in source.store.rows if row.split == "test"}
    assert not tested & (learned | held_out)


def test_fold_that_is_kept_is_not_learned_from(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"": 10}, folds=5)
    (source,) = open_sources(
        (DataSet(name=str(clips)),), Question("drowsiness"), fold=3, held_out_share=0.2
    )
    rows = source.store.rows
    assert {rows[clip.row].fold for clip in (*source.learned, *source.held_out)} == {1, 2, 4, 5}


def test_set_with_folds_is_learned_from_whole_where_none_is_kept(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"": 10}, folds=5)
    (source,) = open_sources(
        (DataSet(name=str(clips)),), Question("drowsiness"), fold=None, held_out_share=0.2
    )
    assert len(source.learned) + len(source.held_out) == len(source.store.rows)


def test_label_outside_the_classes_names_its_clip(teach: Teach, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", {"train-0-1-0": 2})
    with pytest.raises(
        UserError, match=r"train-0-1-0 has class 2 of drowsiness, whose classes are 0 to 1"
    ):
        teach(clips)


def test_label_that_the_clips_do_not_have_is_told(teach: Teach, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips")
    with pytest.raises(UserError, match=r"is not labelled for expression, only for drowsiness"):
        teach(clips, "task.options.label=expression")


def test_one_logit_cannot_tell_three_classes(teach: Teach, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", task="intoxication")
    with pytest.raises(UserError, match="sigmoid is for two classes, and intoxication has 3"):
        teach(clips, "task.options.label=intoxication", "task.options.objective=sigmoid")


def test_alcohol_counts_from_the_level_asked_for() -> None:
    levels = ("none", "moderate", "strong")
    at_005, at_008 = (Question("intoxication", level) for level in ("moderate", "strong"))
    assert [at_005.number(level, levels) for level in range(3)] == [0, 1, 1]
    assert [at_008.number(level, levels) for level in range(3)] == [0, 0, 1]


def test_checkpoint_of_another_network_is_refused_and_kept(teach: Teach, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips")
    teach(clips)
    before = (tmp_path / "run" / "last.ckpt").read_bytes()
    with pytest.raises(UserError, match="holds a run with another network"):
        teach(clips, "network.options.middle_blocks=2", resume=True)
    assert (tmp_path / "run" / "last.ckpt").read_bytes() == before


def test_damaged_clips_are_refused_before_anything_is_learned(teach: Teach, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips")
    shard = clips / "shards" / "0.u8"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"0\.u8: has \d+ bytes and not"):
        teach(clips)
    assert not (tmp_path / "run").exists()
