"""Which classes a set has no clip of, and how many clips would hold each class in each split.

In: a plan. Out: what to warn of; a trainer cannot learn, nor be scored on, what is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from driver_simulator.dataset.people import counts_of
from driver_simulator.dataset.plan import DatasetPlan
from driver_simulator.dataset.tasks import CLASSES, SPLITS, Split, Task


@dataclass(frozen=True, slots=True)
class MissingClasses:
    """Labels of a task, after label noise, that no clip of the split has."""

    task: Task
    split: Split
    labels: tuple[str, ...]

    @property
    def is_all(self) -> bool:
        return len(self.labels) == len(CLASSES[self.task])


def missing_classes(plan: DatasetPlan) -> list[MissingClasses]:
    """Empty where every split has a clip of every class."""
    there = {(clip.task, clip.split, clip.label) for _, clip in plan.clips}
    missing = []
    for task in plan.settings.tasks:
        for split in SPLITS:
            labels = tuple(one for one in CLASSES[task] if (task, split, one) not in there)
            if labels:
                missing.append(MissingClasses(task, split, labels))
    return missing


def enough_clips(tasks: Sequence[Task]) -> int:
    """The fewest clips of each task that script every class in every split."""
    classes = max(len(CLASSES[task]) for task in tasks)
    return next(clips for clips in count(1) if min(counts_of(clips).values()) >= classes)
