"""One step of learning: stages, frozen parts, the average, sharpness-aware steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.training.average import AveragedStudent
from model_compression.training.batches import Share, places_of
from model_compression.training.config import Stage, TrainConfig
from model_compression.training.learning import Learning
from model_compression.training.quiet import quiet_lightning
from model_compression.training.schedule import Schedule, learning_rate
from model_compression.training.task import Batch, Goal, Sample
from tests.model_compression.training.conftest import tiny_config
from tests.model_compression.training.tiny_task import (
    TinyOptions,
    TinySamples,
    TinyStudent,
    TinyTask,
)

BEGIN = (3.0, -2.0)
CURVATURE = (1.0, 4.0)


class Point(nn.Module):
    """A student whose only weight is a place in the plane."""

    def __init__(self) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.tensor([BEGIN]))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {"place": self.place}


class Bowl:
    """loss = (x² + 4 y²) / 2"""

    goal = Goal("height", "min")

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Bowl:
        return self

    def __getitem__(self, position: int) -> Sample:
        return {"position": position}

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        place = student(batch["position"])["place"]
        return {"loss": 0.5 * (torch.tensor([CURVATURE]) * place.square()).sum()}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        return {"height": 0.0}

    def fingerprints(self) -> dict[str, str]:
        return {}


def config(stages: Sequence[Mapping[str, Any]], **changes: Any) -> TrainConfig:
    return TrainConfig.model_validate(tiny_config(**changes) | {"stages": stages})


def learn(learning: Learning, *callbacks: pl.Callback) -> None:
    with quiet_lightning():
        trainer = pl.Trainer(
            accelerator="cpu",
            max_steps=learning.schedule.steps,
            max_epochs=-1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            limit_val_batches=0,
            callbacks=list(callbacks),
        )
        trainer.fit(learning)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


class Watch(pl.Callback):
    """Copies of the student's weights after each step."""

    def __init__(self) -> None:
        self.states: list[dict[str, Tensor]] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.states.append(self._copy(pl_module))

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, *rest: Any
    ) -> None:
        self.states.append(self._copy(pl_module))

    @staticmethod
    def _copy(learning: pl.LightningModule) -> dict[str, Tensor]:
        student = learning.student
        assert isinstance(student, nn.Module)
        return {name: value.clone() for name, value in student.state_dict().items()}


def test_sharpness_aware_step_is_the_one_computed_by_hand() -> None:
    rho, rate = 0.5, 0.1
    learning = Learning(
        Point(), Bowl(), config([{"steps": 1, "learning_rate": rate}], optimizer="sgd", sam_rho=rho)
    )
    learn(learning)
    gradient = [c * w for c, w in zip(CURVATURE, BEGIN, strict=True)]  # (3, -8)
    norm = sum(g * g for g in gradient) ** 0.5
    probed = [w + rho * g / norm for w, g in zip(BEGIN, gradient, strict=True)]
    # Nesterov's first step: gradient plus 0.9 times the momentum, which is the gradient.
    expected = [w - rate * 1.9 * c * p for w, c, p in zip(BEGIN, CURVATURE, probed, strict=True)]
    assert learning.student.place.tolist()[0] == pytest.approx(expected, rel=1e-6)


def test_gradient_is_clipped_to_its_norm() -> None:
    rate = 0.1
    learning = Learning(
        Point(),
        Bowl(),
        config([{"steps": 1, "learning_rate": rate}], optimizer="sgd", gradient_clip=1.0),
    )
    learn(learning)
    step = torch.tensor([BEGIN]) - learning.student.place.detach()
    assert float(step.norm()) == pytest.approx(rate * 1.9, rel=1e-5)


def test_probe_of_a_sharpness_aware_step_leaves_batch_statistics_alone() -> None:
    stages = [{"crop_px": 8, "steps": 1, "batch": 4, "learning_rate": 0.01}]
    first = TinyStudent()
    second = TinyStudent()
    second.load_state_dict(first.state_dict())
    learn(Learning(first, TinyTask(TinyOptions()), config(stages)))
    learn(Learning(second, TinyTask(TinyOptions()), config(stages, sam_rho=0.5)))
    plain, probed = first.state_dict(), second.state_dict()
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        assert torch.equal(plain[f"trunk.1.{name}"], probed[f"trunk.1.{name}"])
    assert not torch.equal(plain["head.weight"], probed["head.weight"])


def test_stages_change_crop_size_and_what_is_frozen() -> None:
    task = TinyTask(TinyOptions())
    watch = Watch()
    rates = {"learning_rate": 0.01, "final_learning_rate": 0.01}
    stages: list[dict[str, Any]] = [
        {"crop_px": 8, "steps": 2, "batch": 4, **rates},
        {"crop_px": 12, "steps": 2, "batch": 3, "frozen": ["trunk"], "weight_decay": 0.1, **rates},
        {"crop_px": 16, "steps": 1, "batch": 2, "frozen": ["head"], **rates},
    ]
    learning = Learning(TinyStudent(), task, config(stages))
    learn(learning, watch)
    assert task.sizes_seen == [8, 8, 12, 12, 16]

    def moved(step: int) -> set[str]:
        before, after = watch.states[step], watch.states[step + 1]
        return {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}

    assert [moved(step) for step in range(5)] == [
        {"trunk", "head"},
        {"trunk", "head"},
        {"head"},
        {"head"},
        {"trunk"},
    ]


def test_held_statistics_stay_while_the_weights_around_them_learn() -> None:
    watch = Watch()
    stage = {"crop_px": 8, "steps": 1, "batch": 4, "learning_rate": 0.01}
    stages = [{**stage, "hold_statistics": True}, stage]
    learn(Learning(TinyStudent(), TinyTask(TinyOptions()), config(stages)), watch)
    begin, held, free = watch.states
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        assert torch.equal(begin[f"trunk.1.{name}"], held[f"trunk.1.{name}"])
        assert not torch.equal(held[f"trunk.1.{name}"], free[f"trunk.1.{name}"])
    assert not torch.equal(begin["trunk.1.weight"], held["trunk.1.weight"])


def test_stage_begins_with_an_optimiser_that_remembers_nothing() -> None:
    """With AdamW a first step is as long as the learning rate, whatever the gradient."""
    watch = Watch()
    stage = {"steps": 3, "learning_rate": 0.01, "final_learning_rate": 0.01}
    learning = Learning(Point(), Bowl(), config([stage, {**stage, "learning_rate": 0.05}]))
    learn(learning, watch)
    step = watch.states[4]["place"] - watch.states[3]["place"]
    assert step.abs().tolist()[0] == pytest.approx([0.05, 0.05], rel=1e-5)


def test_weight_decay_spares_biases() -> None:
    class Still(TinyTask):
        def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
            return {"loss": super().losses(student, batch)["loss"] * 0.0}

    watch = Watch()
    stages = [{"crop_px": 8, "steps": 1, "batch": 2, "learning_rate": 0.1, "weight_decay": 0.5}]
    learn(Learning(TinyStudent(), Still(TinyOptions()), config(stages)), watch)
    before, after = watch.states
    assert torch.allclose(after["head.weight"], before["head.weight"] * (1 - 0.1 * 0.5))
    assert torch.equal(after["head.bias"], before["head.bias"])
    assert torch.equal(after["trunk.1.weight"], before["trunk.1.weight"])


def test_task_may_learn_parameters_of_its_own() -> None:
    class Weighted(nn.Module, Bowl):
        def __init__(self) -> None:
            super().__init__()
            self.log_weight = nn.Parameter(torch.zeros(1))

        def __getitem__(self, position: int) -> Sample:
            return {"position": position}

        def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
            plain = Bowl.losses(self, student, batch)["loss"]
            return {"loss": plain * torch.exp(-self.log_weight)[0] + self.log_weight[0]}

    task = Weighted()
    learning = Learning(Point(), task, config([{"steps": 1, "learning_rate": 0.01}]))
    learn(learning)
    assert task.log_weight.item() == pytest.approx(0.01, rel=1e-4)
    assert "task.log_weight" in learning.state_dict()


def test_average_follows_weights_and_statistics_with_a_decay_that_warms_up() -> None:
    student = TinyStudent()
    average = AveragedStudent(student, decay=0.9)
    expected = {name: value.clone() for name, value in student.state_dict().items()}
    for count in range(1, 4):
        student(torch.randn(8, 1, 8, 8))  # moves the statistics
        with torch.no_grad():
            student.head.weight.add_(1.0)
        average.update(student)
        keep = min(0.9, (1 + count) / (10 + count))
        for name, value in student.state_dict().items():
            if value.is_floating_point():
                expected[name] = keep * expected[name] + (1 - keep) * value
            else:
                expected[name] = value.clone()
    for name, value in average.student.state_dict().items():
        assert torch.allclose(value, expected[name], atol=1e-6), name
    assert not average.train().student.training


def test_average_without_decay_is_the_student() -> None:
    student = TinyStudent()
    average = AveragedStudent(student, decay=0.0)
    with torch.no_grad():
        student.head.weight.mul_(3.0)
    student(torch.randn(8, 1, 8, 8))
    average.update(student)
    for name, value in average.student.state_dict().items():
        assert torch.equal(value, student.state_dict()[name])


def test_learning_rate_warms_up_and_falls_along_a_cosine() -> None:
    stage = Stage(steps=11, learning_rate=0.8, final_learning_rate=0.2, warmup_steps=4)
    rates = [learning_rate(stage, step) for step in range(11)]
    assert rates[:4] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert rates[4] == pytest.approx(0.8)
    assert rates[7] == pytest.approx(0.5), "half-way down"
    assert rates[10] == pytest.approx(0.2)


def test_work_left_counts_pixels() -> None:
    schedule = Schedule(
        (
            Stage(crop_px=10, steps=3, batch=2, learning_rate=1),
            Stage(crop_px=20, steps=2, batch=1, learning_rate=1),
        )
    )
    assert schedule.work(0, 5) == 3 * 200 + 2 * 400
    assert schedule.work(2, 4) == 200 + 400
    assert schedule.at(3).step == 0
    assert schedule.at(99).stage_index == 1


@pytest.mark.parametrize(
    ("frozen", "sentence"),
    [
        (["trunk", "neck"], r"stages\.0\.frozen: tiny has no part `neck`; it has trunk, pool"),
        (["trunk", "head"], r"stages\.0\.frozen: everything is frozen"),
        (["hea"], r"has no part `hea`"),
    ],
)
def test_frozen_names_must_be_parts_of_the_student(frozen: list[str], sentence: str) -> None:
    stages = [{"steps": 1, "learning_rate": 0.1, "frozen": frozen}]
    with pytest.raises(UserError, match=sentence):
        Learning(TinyStudent(), TinyTask(TinyOptions()), config(stages))


def test_microbatches_make_the_step_of_the_whole_batch() -> None:
    def after(**changes: Any) -> Tensor:
        torch.manual_seed(0)
        student = nn.Sequential(nn.Flatten(), nn.Linear(64, 1))
        learning = Learning(student, _Mean(), config(stages, optimizer="sgd", **changes))
        learn(learning)
        return student[1].weight.detach()

    stages = [{"crop_px": 8, "steps": 2, "batch": 5, "learning_rate": 0.01}]
    whole, pieces = after(), after(microbatch=2)
    assert torch.allclose(whole, pieces, atol=1e-7)
    assert not torch.allclose(whole, after(seed=4), atol=1e-4)


class _Mean:
    """Learns the mean of what it is shown; the loss is a mean over samples, and nothing looks at the batch."""

    goal = Goal("none", "min")

    def samples(self, stage: Stage, stage_index: int, seed: int) -> TinySamples:
        return TinySamples(stage, stage_index, seed, 0.1)

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        return {
            "loss": (student(batch["image"])[:, 0] - batch["difference"].float()).square().mean()
        }

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        return {"none": 0.0}

    def fingerprints(self) -> dict[str, str]:
        return {}


def test_processes_together_see_every_sample_once() -> None:
    schedule = Schedule(config([{"steps": 3, "batch": 5, "learning_rate": 0.1}]).stages)
    for step in range(3):
        shares = [places_of(schedule, step, Share(rank, 2)) for rank in (0, 1)]
        assert [len(share) for share in shares] == [3, 2]
        assert sorted(shares[0] + shares[1]) == places_of(schedule, step)


def test_learning_rate_falls_in_steps() -> None:
    stage = Stage(
        steps=100, learning_rate=1e-3, decay="steps", decay_every_steps=35, decay_factor=0.1
    )
    rates = [learning_rate(stage, step) for step in (0, 34, 35, 69, 70, 99)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])


@pytest.mark.parametrize("given", [{"decay": "steps"}, {"decay_every_steps": 3}])
def test_steps_of_the_learning_rate_need_their_length(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="decay_every_steps belongs to decay: steps"):
        Stage(steps=100, learning_rate=1e-3, **given)


def test_kernels_of_clips_lie_with_their_channels_last() -> None:
    network = nn.Sequential(nn.Conv3d(2, 4, 3), nn.Flatten(), nn.Linear(4, 1))
    stages = [{"steps": 1, "batch": 2, "learning_rate": 0.1}]
    laid_out = Learning(network, _Mean(), config(stages)).student
    kernel = next(laid_out.parameters())
    assert kernel.is_contiguous(memory_format=torch.channels_last_3d)
    seen: list[bool] = []
    laid_out.register_forward_pre_hook(
        lambda _, given: seen.append(given[0].is_contiguous(memory_format=torch.channels_last_3d))
    )
    clip = torch.zeros(2, 2, 3, 3, 3)
    laid_out(clip)
    assert seen == [True]
    as_it_was = Learning(
        nn.Conv3d(2, 4, 3), _Mean(), config(stages, memory_format="contiguous")
    ).student
    assert next(as_it_was.parameters()).is_contiguous()
    as_it_was.register_forward_pre_hook(lambda _, given: seen.append(given[0].is_contiguous()))
    as_it_was(clip.contiguous(memory_format=torch.channels_last_3d))
    assert seen == [True, True]
