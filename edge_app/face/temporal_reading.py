"""What a face says over time: an embedding for each frame in, class probabilities out, a memory of one size kept.

Causal, and as much work after an hour as after a second. Whose memory it is the caller knows, and says `forget`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge_app.driver_state.signals import HeadReading
from edge_app.face.student_reading import read_classes
from edge_app.face.temporal_model import TemporalModel

# Of a step: else a camera of just that rate, whose frames tremble, would lose every other step.
_EARLY_SHARE = 0.1


class StepSchedule:
    """When a step is due, `rate_hz` times a second, whatever the rate of the frames.

    A step is taken at the first frame from when it is due, or a little earlier. Late frames do not put off the steps
    that follow; steps that were missed are not made up for.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1 / rate_hz
        self._due_s: float | None = None

    def due(self, t_s: float) -> bool:
        """Whether the frame at `t_s` is a step; then the next one is due a period later. Frames come in order."""
        due_s = t_s if self._due_s is None else self._due_s
        if t_s < due_s - _EARLY_SHARE * self._period_s:
            return False
        due_s += self._period_s
        self._due_s = due_s if due_s > t_s else t_s + self._period_s
        return True

    def forget(self) -> None:
        """The next frame is a step, whenever it comes."""
        self._due_s = None


class TemporalReader:
    """The memory of one drive.

    A step is taken where `StepSchedule` says so; frames between leave the memory as it is. Over a short absence the
    memory is kept as it was. It begins anew after an absence of more than `same_driver_s`, where time goes back, where
    outputs are no numbers, and where it is told to.
    """

    def __init__(self, model: TemporalModel, *, same_driver_s: float) -> None:
        """same_driver_s: a driver not seen for longer may be another one."""
        self._model = model
        self._same_driver_s = same_driver_s
        self._schedule = StepSchedule(model.rate_hz)
        self._step = np.zeros((1, model.embedding_size + model.memory_size), dtype=np.float32)
        self._memory = self._step[:, model.embedding_size :]
        self._held: tuple[HeadReading, ...] = ()
        self._seen_s: float | None = None
        self.begun_anew = (
            False  # the last face was the first of a driver: it is no other's that was told before
        )

    def forget(self) -> None:
        """Another driver: the next face has nothing to do with the last one, and is a step at once."""
        self._begin_anew()
        self._schedule.forget()
        self._seen_s = None

    def step(self, t_s: float, embedding: NDArray[np.float32]) -> tuple[HeadReading, ...]:
        """embedding: (embedding_size,) of the face at `t_s` -> one reading for each head, from the last step.

        Empty where the last step gave no numbers. Raises `ValueError` for an embedding of another size.
        """
        if self._seen_s is not None and not 0.0 <= t_s - self._seen_s <= self._same_driver_s:
            self.forget()
        self.begun_anew = self._seen_s is None
        self._seen_s = t_s
        if not self._schedule.due(t_s):
            return self._held
        if embedding.shape != (self._model.embedding_size,):
            raise ValueError(
                f"an embedding of {embedding.shape} where {self._model.embedding_size} numbers are followed"
            )
        self._step[0, : self._model.embedding_size] = embedding
        outputs = self._model.session.run({"step": self._step})
        readings = tuple(self._reading(head.name, outputs[head.name]) for head in self._model.heads)
        numbers = (value for reading in readings for value in reading.probabilities)
        if all(map(math.isfinite, numbers)) and np.isfinite(outputs["memory"]).all():
            self._memory[:] = outputs["memory"]
            self._held = readings
        else:
            self._begin_anew()  # what is no number would stay in the memory for ever
        return self._held

    def _reading(self, head: str, logits: NDArray[np.float32]) -> HeadReading:
        if not np.isfinite(logits).all():
            return HeadReading(head, (math.nan,))
        temperature = self._model.temperatures.get(head, 1.0)
        return HeadReading(head, read_classes(logits, temperature, self._model.curves.get(head)))

    def _begin_anew(self) -> None:
        self._memory[:] = 0.0
        self._held = ()
