"""One training step for every task: losses, gradients, optimiser, average. Lightning does the rest."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from edge_app.errors import UserError
from model_compression.training.average import AveragedStudent
from model_compression.training.batches import Share, batch_loader
from model_compression.training.config import Stage, TrainConfig
from model_compression.training.parameter_groups import parameter_groups
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
        self.student = _laid_out(student) if config.memory_format == "channels_last" else student
        self.average = AveragedStudent(self.student, config.ema_decay)
        self.student.register_forward_pre_hook(
            _clips_last if config.memory_format == "channels_last" else _clips_as_they_are
        )
        self.task = task
        self.config = config
        self.schedule = Schedule(config.stages)
        self._stage_index = -1
        self.first_step_not_finite = torch.tensor(-1)  # on the device; -1: all losses were numbers
        _check_frozen(student, config)
        own = task.parameters() if isinstance(task, nn.Module) else ()
        self._groups = parameter_groups(student, config.layer_decay, own)

    @property
    def share(self) -> Share:
        """What of each batch this process learns from."""
        trainer = self._trainer
        return Share(trainer.global_rank, trainer.world_size) if trainer is not None else Share()

    @property
    def moment(self) -> Moment:
        """Where the run stands."""
        return self.schedule.at(self.global_step)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        groups = [vars(group) for group in self._groups]
        if self.config.optimizer == "sgd":
            return torch.optim.SGD(
                groups, lr=0.0, momentum=_SGD_MOMENTUM, nesterov=self.config.nesterov
            )
        return torch.optim.AdamW(groups, lr=0.0, betas=self.config.betas)

    def train_dataloader(self) -> DataLoader[Any]:
        return batch_loader(
            self.task,
            self.schedule,
            seed=self.config.seed,
            first_step=self.global_step,
            workers=self.config.workers,
            pin_memory=self.device.type == "cuda",
            share=self.share,
        )

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        if self.config.memory_format == "contiguous":
            return batch
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
            # Groups of a run that was begun before there were rates have none.
            group["lr"] = moment.learning_rate * group.get("rate", 1.0)
            group["weight_decay"] = moment.stage.weight_decay if group["decays"] else 0.0

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        optimizer = self.optimizers()
        assert not isinstance(optimizer, list)
        optimizer.zero_grad()
        losses = self._backward(batch)
        if self.config.sam_rho:
            with uphill(self._learned(), self.config.sam_rho), statistics_held(self.student):
                self._backward(batch)
        gradients = [p.grad for p in self._learned() if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if self.config.gradient_clip:
            nn.utils.clip_grads_with_norm_(self._learned(), self.config.gradient_clip, norm)
        optimizer.step()
        self.average.update(self.student)
        self._note(losses["loss"], norm)
        return {name: value.detach() for name, value in losses.items()}

    def _backward(self, batch: Batch) -> dict[str, Tensor]:
        # Both passes of SAM drop out the same; processes that learn together do not.
        place = (self.share.rank,) if self.share.rank else ()
        seed_torch_at(self.config.seed, self.global_step, *place)
        size = len(next(iter(batch.values())))
        parts = _parts(batch, self.config.microbatch or size)
        total: dict[str, Tensor] = {}
        for index, part in enumerate(parts):
            weight = len(next(iter(part.values()))) / size
            with nullcontext() if index == len(parts) - 1 else self._gradients_stay_here():
                losses = self.task.losses(self.student, part)
                self.manual_backward(losses["loss"] * weight)
            for name, value in losses.items():
                total[name] = total.get(name, torch.zeros_like(value)) + value.detach() * weight
        return total

    def _gradients_stay_here(self) -> AbstractContextManager[Any]:
        """Inside, processes that learn together add up gradients of their own without exchanging them."""
        whole = self.trainer.strategy.model
        return whole.no_sync() if isinstance(whole, DistributedDataParallel) else nullcontext()

    def _note(self, *numbers: Tensor) -> None:
        finite = torch.stack([torch.isfinite(number.detach()) for number in numbers]).all()
        first = self.first_step_not_finite.to(finite.device)
        bad = (first < 0) & ~finite
        self.first_step_not_finite = torch.where(
            bad, torch.full_like(first, self.global_step - 1), first
        )

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
                    f"stages.{index}.frozen: {config.network.name} has no part `{prefix}`; it has {parts}."
                )
        if all(_is_under(name, stage.frozen) for name in names):
            raise UserError(f"stages.{index}.frozen: everything is frozen, nothing could learn.")


def _laid_out(network: nn.Module) -> nn.Module:
    """Kernels of pictures and of clips with their channels last. `Module.to` cannot where a network has both."""
    layouts = {4: torch.channels_last, 5: torch.channels_last_3d}
    for kernel in network.parameters():
        if kernel.ndim in layouts:
            kernel.data = kernel.data.contiguous(memory_format=layouts[kernel.ndim])
    return network


def _clips_last(network: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Kernels that want channels last run as soon as either clip or weight is so laid out."""
    return tuple(_in_layout(value, torch.channels_last_3d) for value in given)


def _clips_as_they_are(network: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_in_layout(value, torch.contiguous_format) for value in given)


def _in_layout(value: Any, layout: torch.memory_format) -> Any:
    is_clips = isinstance(value, Tensor) and value.ndim == 5
    return value.contiguous(memory_format=layout) if is_clips else value


def _channels_last(value: Tensor) -> Tensor:
    if value.ndim == 4 and value.is_floating_point():
        return value.contiguous(memory_format=torch.channels_last)
    return value


def _parts(batch: Batch, size: int) -> list[Batch]:
    """The batch in pieces of at most `size` samples, as even as can be."""
    count = len(next(iter(batch.values())))
    pieces = -(-count // size)
    split = {name: value.tensor_split(pieces) for name, value in batch.items()}
    return [{name: split[name][index] for name in batch} for index in range(pieces)]
