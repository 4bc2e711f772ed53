"""A whole training: what it leaves behind, and that an interruption changes nothing."""

from __future__ import annotations

import json
import os
import signal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch

from edge_app.errors import UserError
from model_compression.training.network_file import read_network
from model_compression.training.stopping import Stopping
from model_compression.training.task import Batch
from tests.model_compression.training.conftest import Train
from tests.model_compression.training.tiny_task import TinyTask

STEPS = 14


def checkpoint(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = torch.load(folder / "last.ckpt", weights_only=True)
    return content


def assert_same_tensors(first: Any, second: Any, place: str = "") -> None:
    if isinstance(first, torch.Tensor):
        assert torch.equal(first, second), place
    elif isinstance(first, dict):
        assert first.keys() == second.keys(), place
        for key in first:
            assert_same_tensors(first[key], second[key], f"{place}.{key}")
    elif isinstance(first, (list, tuple)):
        for index, (a, b) in enumerate(zip(first, second, strict=True)):
            assert_same_tensors(a, b, f"{place}.{index}")


def curve(folder: Path) -> list[tuple[Any, ...]]:
    points = json.loads((folder / "curves.json").read_text())
    return [(p["step"], p["stage"], p["losses"]) for p in points["train"]] + [
        (p["step"], p["metrics"]) for p in points["validation"]
    ]


def stop_at(step: int, how: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send this process a signal while it learns its `step`-th batch."""
    plain, seen = TinyTask.losses, 0

    def losses(self: TinyTask, student: torch.nn.Module, batch: Batch) -> dict[str, torch.Tensor]:
        nonlocal seen
        seen += 1
        if seen == step:
            os.kill(os.getpid(), how)
        return plain(self, student, batch)

    monkeypatch.setattr(TinyTask, "losses", losses)


# In the first stage, in its last step, in the second stage at a validation.
@pytest.mark.parametrize("step", [3, 6, 10])
def test_resumed_run_equals_an_uninterrupted_one(
    step: int, train_tiny: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_tiny("whole")
    with monkeypatch.context() as patch:
        stop_at(step, signal.SIGTERM, patch)
        stopped = train_tiny("parts")
    assert (stopped.stopped_by, stopped.steps, stopped.finished) == ("SIGTERM", step, False)
    resumed = train_tiny("parts", resume=True)
    assert (resumed.steps, resumed.finished, len(resumed.commands)) == (STEPS, True, 2)
    whole, parts = checkpoint(tmp_path / "whole"), checkpoint(tmp_path / "parts")
    assert_same_tensors(whole["state_dict"], parts["state_dict"])
    assert_same_tensors(whole["optimizer_states"], parts["optimizer_states"])
    assert curve(tmp_path / "whole") == curve(tmp_path / "parts")
    one, other = read_network(tmp_path / "whole"), read_network(tmp_path / "parts")
    assert (one.step, one.metrics) == (other.step, other.metrics)
    assert_same_tensors(dict(one.weights), dict(other.weights))


def test_resumed_run_equals_an_uninterrupted_one_with_sgd_and_sam(
    train_tiny: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: dict[str, Any] = {"optimizer": "sgd", "sam_rho": 0.05, "gradient_clip": 1.0}
    train_tiny("whole", **changes)
    with monkeypatch.context() as patch:
        stop_at(9, signal.SIGINT, patch)  # two passes a step
        assert train_tiny("parts", **changes).steps == 5
    train_tiny("parts", resume=True, **changes)
    assert_same_tensors(
        checkpoint(tmp_path / "whole")["state_dict"], checkpoint(tmp_path / "parts")["state_dict"]
    )


def test_crash_costs_only_what_came_after_the_last_checkpoint(
    train_tiny: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = {"checkpoint_every_minutes": 1e-5}
    train_tiny("whole", **often)

    def fall(number: int, frame: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(Stopping, "_asked", lambda self, number, frame: fall(number, frame))
    with monkeypatch.context() as patch:
        stop_at(9, signal.SIGTERM, patch)
        with pytest.raises(RuntimeError, match="power cut"):
            train_tiny("parts", **often)
    assert checkpoint(tmp_path / "parts")["global_step"] == 8
    assert train_tiny("parts", resume=True, **often).finished
    assert sorted(path.name for path in (tmp_path / "parts").glob("*.ckpt")) == ["last.ckpt"]
    assert_same_tensors(
        checkpoint(tmp_path / "whole")["state_dict"], checkpoint(tmp_path / "parts")["state_dict"]
    )


def test_finished_run_is_left_as_it_is_by_resume(train_tiny: Train, tmp_path: Path) -> None:
    first = train_tiny()
    weights = checkpoint(tmp_path / "run")["state_dict"]
    again = train_tiny(resume=True)
    assert (again.finished, again.best, again.steps) == (True, first.best, STEPS)
    assert_same_tensors(weights, checkpoint(tmp_path / "run")["state_dict"])


def test_time_allowed_ends_the_run_with_a_validated_student(
    train_tiny: Train, tmp_path: Path
) -> None:
    said = StringIO()
    record = train_tiny(max_minutes=1e-6, said=said)
    assert (record.stopped_by, record.steps) == ("--max-minutes", 1)
    assert read_network(tmp_path / "run").step == 1
    assert "continue with --resume" in said.getvalue()
    assert train_tiny(resume=True).finished


def test_run_leaves_what_a_model_card_needs(train_tiny: Train, tmp_path: Path) -> None:
    said = StringIO()
    train_tiny(said=said)
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["finished"]
    assert record["config"]["stages"][1]["frozen"] == ["trunk"]
    assert record["data"] == {"noise": "0.2"}
    assert record["commands"][0]
    assert record["versions"]["torch"]
    assert record["machine"]["threads"] >= 1
    assert set(record["code"]) == {"commit", "changed"}
    assert record["best_step"] in (5, 10, STEPS)
    kept = read_network(tmp_path / "run")
    assert (kept.name, kept.part, kept.step) == ("tiny", "face", record["best_step"])
    assert kept.metrics == record["best"]
    student = kept.network()
    assert not student.training
    validations = json.loads((tmp_path / "run" / "curves.json").read_text())["validation"]
    assert [point["step"] for point in validations] == [5, 10, STEPS]
    lines = said.getvalue().splitlines()
    assert "14 steps (6 steps of 4 at 8 px, 8 steps of 3 at 12 px)" in lines[0]
    assert len(lines) == 5, "a header, three validations, an ending"
    assert any((tmp_path / "run" / "tensorboard").iterdir())


def test_best_student_is_the_one_with_the_smallest_error(
    train_tiny: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = iter((0.5, 0.2, 0.3))
    monkeypatch.setattr(TinyTask, "validate", lambda self, student, device: {"error": next(errors)})
    record = train_tiny()
    assert (record.best_step, record.best, record.last) == (10, {"error": 0.2}, {"error": 0.3})
    assert read_network(tmp_path / "run").step == 10


def test_folder_with_a_run_is_not_overwritten_by_accident(
    train_tiny: Train, tmp_path: Path
) -> None:
    train_tiny()
    with pytest.raises(UserError, match="--resume or --fresh"):
        train_tiny()
    assert train_tiny(resume=False).finished


@pytest.mark.parametrize(
    ("overrides", "what"),
    [(("seed=4",), "another seed"), (("task.options.noise=0.3",), "another task")],
)
def test_run_continues_only_as_what_it_was(
    overrides: tuple[str, ...], what: str, train_tiny: Train
) -> None:
    train_tiny()
    with pytest.raises(UserError, match=what):
        train_tiny(resume=True, overrides=overrides)


@pytest.mark.parametrize("content", [b"", b"text", None], ids=["empty", "text", "cut off"])
def test_damaged_checkpoint_is_one_sentence_and_costs_nothing(
    content: bytes | None, train_tiny: Train, tmp_path: Path
) -> None:
    train_tiny()
    checkpoint, network = tmp_path / "run" / "last.ckpt", tmp_path / "run" / "student.pt"
    before = network.read_bytes()
    checkpoint.write_bytes(checkpoint.read_bytes()[:5000] if content is None else content)
    with pytest.raises(
        UserError, match=r"last\.ckpt: is damaged; begin the run again with --fresh"
    ):
        train_tiny(resume=True)
    assert network.read_bytes() == before


def test_finished_run_that_lost_its_checkpoint_is_not_learned_anew(
    train_tiny: Train, tmp_path: Path
) -> None:
    train_tiny()
    (tmp_path / "run" / "last.ckpt").unlink()
    with pytest.raises(UserError, match=r"finished run without its last\.ckpt"):
        train_tiny(resume=True)


def test_changed_data_ends_a_resume(train_tiny: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    train_tiny()
    monkeypatch.setattr(TinyTask, "fingerprints", lambda self: {"noise": "other"})
    with pytest.raises(UserError, match="the data of noise changed"):
        train_tiny(resume=True)


def test_loss_that_is_no_number_ends_the_run_with_a_sentence(
    train_tiny: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"is no longer a finite number at step 2; lower stages\.0"):
        train_tiny(overrides=("stages.0.learning_rate=1e30", "optimizer=sgd"))


def test_weights_taken_over_are_told(train_tiny: Train, tmp_path: Path) -> None:
    train_tiny("first")
    said = StringIO()
    record = train_tiny(
        "second",
        init_from=str(tmp_path / "first"),
        network={"name": "tiny", "options": {"width": 4}},
        said=said,
    )
    assert record.init_from == "9 tensors taken over"
    assert "9 tensors taken over" in said.getvalue()
    with pytest.raises(UserError, match="no weight that fits"):
        train_tiny(
            "third",
            init_from=str(tmp_path / "first"),
            network={"name": "tiny", "options": {"width": 5}},
        )
    with pytest.raises(UserError, match=r"nowhere\.pt: cannot be read"):
        train_tiny("fourth", init_from=str(tmp_path / "nowhere.pt"))


def test_weights_of_a_part_that_a_student_no_longer_has_are_left_behind(
    train_tiny: Train, tmp_path: Path
) -> None:
    train_tiny("run")
    file = tmp_path / "run" / "student.pt"
    content = torch.load(file, weights_only=True)
    content["state_dict"]["gone.weight"] = torch.zeros(3)
    torch.save(content, file)
    assert "gone.weight" not in read_network(file).network().state_dict()


def test_weights_that_do_not_fit_are_one_sentence(train_tiny: Train, tmp_path: Path) -> None:
    train_tiny("run")
    file = tmp_path / "run" / "student.pt"
    content = torch.load(file, weights_only=True)
    whole = content["state_dict"].pop("head.weight")
    for changed in ({}, {"head.weight": whole[:, :1]}):
        torch.save({**content, "state_dict": {**content["state_dict"], **changed}}, file)
        with pytest.raises(
            UserError, match=r"student\.pt: .* such as head\.weight; train"
        ) as error:
            read_network(file).network()
        assert "\n" not in str(error.value)
