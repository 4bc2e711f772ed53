"""What a network of a table learns to tell: a task of prepared clips, whose classes may be taken together to two."""

from __future__ import annotations

from dataclasses import dataclass

from model_compression.data.clips.classes import CLASSES, DROWSINESS, INTOXICATION
from model_compression.data.clips.classes import EXPRESSION as EXPRESSION_TASK


@dataclass(frozen=True, slots=True)
class RunTask:
    name: str  # of the run, unlike any other's
    of: str  # the task of the prepared clips
    classes: tuple[str, ...]
    numbers: tuple[int, ...]  # the clips' class -> the class here

    @property
    def outputs(self) -> int:
        """One logit for two classes, which binary cross-entropy learns; else one a class."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    def class_of(self, label: int) -> int:
        return self.numbers[label]


def _as_labelled(task: str) -> RunTask:
    return RunTask(task, task, CLASSES[task], tuple(range(len(CLASSES[task]))))


EXPRESSION = _as_labelled(EXPRESSION_TASK)
DROWSY_OR_NOT = _as_labelled(DROWSINESS)
THREE_LEVELS = _as_labelled(INTOXICATION)
# Blood alcohol from 0.05 or 0.08 g/dL; of scripted drivers, at least moderate or strong.
FROM_005 = RunTask("intoxication-0.05", INTOXICATION, ("sober", "drunk"), (0, 1, 1))
FROM_008 = RunTask("intoxication-0.08", INTOXICATION, ("sober", "drunk"), (0, 0, 1))
TASK_OF_SET = {
    "DFEW": EXPRESSION,
    "FERV39k": EXPRESSION,
    "AFEW": EXPRESSION,
    "NTHU-DDD": DROWSY_OR_NOT,
    "MiX": THREE_LEVELS,
}
"""A data set of the paper -> what its tables tell of it, where they do not say otherwise."""
