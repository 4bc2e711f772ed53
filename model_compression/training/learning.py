"""One training step for every task: losses, gradients, optimiser, average. Lightning does the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader

from edge_app.errors import UserError
from model_compression.training.average import AveragedStudent
from model_compression.training.batches import batch_loader
from model_compression.training.config import Stage, TrainConfig
from model_compression.training.schedule import Moment, Schedule
from model_compression.training.seeds import seed_torch_at
from model_compression.training.sharpness import statistics_held, uphill
from model_compression.training.task import Batch, Task

_SGD_MOMENTUM = 0.9


class Learning(pl.LightningModule):
    """A student, its average and its task under one configuration.

    Optimisation is manual, since SAM needs two passes a step. The learning rate, what is frozen and what is random
    are functions of the step alone; only weights, average and optimiser have to be kept to resume exactly.
    """

    def __init__(self, student: nn.Module, task: Task, config: TrainConfig) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.student = student.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = AveragedStudent(self.student, config.ema_decay)
        self.task = task
        self.config = config
        self.schedule = Schedule(config.stages)
        self._stage_index = -1
        _check_frozen(student, config)

    @property
    def moment(self) -> Moment:
        """Where the run stands."""
        return self.schedule.at(self.global_step)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        learned = list(self._learned())
        kernels = [p for p in learned if p.ndim > 1]
        others = [p for p in learned if p.ndim <= 1]
        groups = [{"params": g, "decays": g is kernels} for g in (kernels, others) if g]
        if self.config.optimizer == "sgd":
            return torch.optim.SGD(groups, lr=0.0, momentum=_SGD_MOMENTUM, nesterov=True)
        return torch.optim.AdamW(groups, lr=0.0)

    def train_dataloader(self) -> DataLoader[Any]:
        return batch_loader(
            self.task,
            self.schedule,
            seed=self.config.seed,
            first_step=self.global_step,
            workers=self.config.workers,
            pin_memory=self.device.type == "cuda",
        )

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        return {name: _channels_last(value) for name, value in batch.items()}

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        moment = self.moment
        if moment.stage_index != self._stage_index:
            self._freeze(moment.stage)
            self._stage_index = moment.stage_index
        optimizer = self._optimizer()
        if moment.step == 0:
            optimizer.state.clear()  # moments of another stage's loss surface mislead
        for group in optimizer.param_groups:
            group["lr"] = moment.learning_rate
            group["weight_decay"] = moment.stage.weight_decay if group["decays"] else 0.0

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        optimizer = self.optimizers()
        assert not isinstance(optimizer, list)
        optimizer.zero_grad()
        losses = self._backward(batch)
        if self.config.sam_rho:
            with uphill(self._learned(), self.config.sam_rho), statistics_held(self.student):
                self._backward(batch)
        if self.config.gradient_clip:
            nn.utils.clip_grad_norm_(self._learned(), self.config.gradient_clip)
        optimizer.step()
        self.average.update(self.student)
        return {name: value.detach() for name, value in losses.items()}

    def _backward(self, batch: Batch) -> dict[str, Tensor]:
        # Both passes of SAM drop out the same.
        seed_torch_at(self.config.seed, self.global_step)
        losses = self.task.losses(self.student, batch)
        self.manual_backward(losses["loss"])
        return losses

    def _learned(self) -> Iterable[nn.Parameter]:
        yield from self.student.parameters()
        if isinstance(self.task, nn.Module):
            yield from self.task.parameters()

    def _freeze(self, stage: Stage) -> None:
        """Frozen parts learn nothing, and their BatchNorm statistics stay too."""
        self.student.train()
        frozen = stage.frozen
        for name, module in self.student.named_modules():
            held = stage.hold_statistics and isinstance(module, _BatchNorm)
            if held or (name and _is_under(name, frozen)):
                module.eval()
        for name, parameter in self.student.named_parameters():
            parameter.requires_grad_(not _is_under(name, frozen))

    def _optimizer(self) -> torch.optim.Optimizer:
        wrapped = self.optimizers()
        assert not isinstance(wrapped, list)
        return wrapped.optimizer


def _is_under(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def _check_frozen(student: nn.Module, config: TrainConfig) -> None:
    names = [name for name, _ in student.named_parameters()]
    for index, stage in enumerate(config.stages):
        for prefix in stage.frozen:
            if not any(_is_under(name, (prefix,)) for name in names):
                parts = ", ".join(name for name, _ in student.named_children())
                raise UserError(
                    f"stages.{index}.frozen: {config.student.name} has no part `{prefix}`; it has {parts}."
                )
        if all(_is_under(name, stage.frozen) for name in names):
            raise UserError(f"stages.{index}.frozen: everything is frozen, nothing could learn.")


def _channels_last(value: Tensor) -> Tensor:
    if value.ndim == 4 and value.is_floating_point():
        return value.contiguous(memory_format=torch.channels_last)
    return value
