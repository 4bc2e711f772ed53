"""The run's batches in order, beginning at any step: what a resumed run sees is what it would have seen."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, Sampler, default_collate

from model_compression.training.schedule import Schedule
from model_compression.training.task import Batch, Sample, Samples, Task

Place = tuple[int, int]  # stage, position in it


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of every batch one process learns from: each `of`-th sample, beginning with the `rank`-th."""

    rank: int = 0
    of: int = 1


ALONE = Share()


def places_of(schedule: Schedule, step: int, share: Share = ALONE) -> list[Place]:
    """The places of one step's batch; all processes together have every place once."""
    moment = schedule.at(step)
    begin = moment.step * moment.stage.batch
    return [
        (moment.stage_index, begin + index)
        for index in range(share.rank, moment.stage.batch, share.of)
    ]


class _Positions(Sampler[list[Place]]):
    """The places of each batch from `first_step` to the end of the schedule.

    It has no length, so that Lightning counts nothing against it: the number of steps ends the run.
    """

    def __init__(self, schedule: Schedule, first_step: int, share: Share) -> None:
        self._schedule = schedule
        self._first_step = first_step
        self._share = share

    def __iter__(self) -> Iterator[list[Place]]:
        for step in range(self._first_step, self._schedule.steps):
            yield places_of(self._schedule, step, self._share)


class _StagedSamples(Dataset[Any]):
    """The samples of every stage by place; a stage's are opened when its first batch is asked for."""

    def __init__(self, task: Task, schedule: Schedule, seed: int) -> None:
        self._task = task
        self._schedule = schedule
        self._seed = seed
        self._stage_index = -1
        self._samples: Samples | None = None

    def __getitem__(self, place: Place) -> Sample:
        return self._of_stage(place[0])[place[1]]

    def __getitems__(self, places: Sequence[Place]) -> Sequence[Sample] | Sample:
        samples = self._of_stage(places[0][0])
        positions = [position for _, position in places]
        together = getattr(samples, "__getitems__", None)
        if together is None:
            return [samples[position] for position in positions]
        drawn: Sequence[Sample] | Sample = together(positions)
        return drawn

    def _of_stage(self, index: int) -> Samples:
        if self._samples is None or index != self._stage_index:
            self._samples = self._task.samples(self._schedule.stages[index], index, self._seed)
            self._stage_index = index
        return self._samples


def batch_loader(
    task: Task,
    schedule: Schedule,
    *,
    seed: int,
    first_step: int,
    workers: int,
    pin_memory: bool,
    share: Share = ALONE,
) -> DataLoader[Any]:
    """Batches (name -> tensor) of the steps from `first_step` on; of each, what is this process's share."""
    return DataLoader(
        _StagedSamples(task, schedule, seed),
        batch_sampler=_Positions(schedule, first_step, share),
        collate_fn=_collate,
        num_workers=workers,
        worker_init_fn=_begin_worker if workers else None,
        persistent_workers=workers > 0,
        pin_memory=pin_memory,
    )


def _collate(samples: Sequence[Sample] | Sample) -> Batch:
    if isinstance(samples, Mapping):
        return {name: torch.as_tensor(value) for name, value in samples.items()}
    batch: Batch = default_collate([dict(sample) for sample in samples])
    return batch


def _begin_worker(worker: int) -> None:
    """One thread, since more would slow down the training it feeds; Ctrl-C is the training's to answer."""
    import cv2

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
