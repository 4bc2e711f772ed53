"""The steps of commissioning in their order, and which one runs now. Time is the frames' own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from edge_app.aim.look import Look
from edge_app.aim.looks import Looks


class StepKey(str, Enum):
    AHEAD = "ahead"
    LEFT_MIRROR = "left_mirror"
    RIGHT_MIRROR = "right_mirror"
    CLUSTER = "cluster"
    LAP = "lap"
    EYES_CLOSED = "eyes_closed"


@dataclass(frozen=True, slots=True)
class Step:
    key: StepKey
    title: str
    say: str
    lasts_s: float
    ready_s: float = 2.0  # from the tap until it counts


STEPS = (
    Step(StepKey.AHEAD, "Look ahead", "Sit as for driving and look at the road ahead.", 10.0, 3.0),
    Step(StepKey.LEFT_MIRROR, "Left mirror", "Look at the left door mirror, with the head.", 4.0),
    Step(
        StepKey.RIGHT_MIRROR, "Right mirror", "Look at the right door mirror, with the head.", 4.0
    ),
    Step(StepKey.CLUSTER, "Instruments", "Look at the instruments.", 4.0),
    Step(StepKey.LAP, "Lap", "Look down at your lap, as at a telephone.", 4.0),
    Step(
        StepKey.EYES_CLOSED,
        "Eyes closed",
        "Engine off. Close the eyes for 3 seconds; the alarm must come.",
        8.0,
        1.0,
    ),
)


class StepRun:
    """One step after the other. `start`, `skip` and `again` come from the page, looks from the loop."""

    def __init__(self) -> None:
        self.at = 0  # of `STEPS`; their number: all are over
        self._wanted = False
        self._began_s: float | None = None
        self._looks: list[Look] = []

    @property
    def step(self) -> Step | None:
        return STEPS[self.at] if self.at < len(STEPS) else None

    @property
    def runs(self) -> bool:
        return self._wanted

    def left_s(self, t_s: float) -> tuple[float, float]:
        """Until it counts, and until it is over; of a step that runs."""
        step = self.step
        if step is None or self._began_s is None:
            return (step.ready_s, step.lasts_s) if step else (0.0, 0.0)
        passed_s = t_s - self._began_s
        ready_s = max(0.0, step.ready_s - passed_s)
        return ready_s, max(0.0, min(step.lasts_s, step.ready_s + step.lasts_s - passed_s))

    def start(self) -> None:
        if self.step is not None and not self._wanted:
            self._wanted, self._began_s, self._looks = True, None, []

    def skip(self) -> None:
        self._wanted = False
        self.at = min(len(STEPS), self.at + 1)

    def again(self) -> None:
        """A step that runs begins afresh; else the one before returns."""
        if not self._wanted:
            self.at = max(0, self.at - 1)
        self._wanted = False

    def step_on(self, look: Look, *, is_enough: bool = False) -> tuple[Step, Looks] | None:
        """A step and what was seen in it, once when it is over. is_enough: it need not last its time."""
        step = self.step
        if step is None or not self._wanted:
            return None
        if self._began_s is None or look.t_s < self._began_s:
            self._began_s, self._looks = look.t_s, []
        passed_s = look.t_s - self._began_s
        if passed_s < step.ready_s:
            return None
        self._looks.append(look)
        if passed_s < step.ready_s + step.lasts_s and not is_enough:
            return None
        self._wanted = False
        self.at += 1
        return step, Looks(self._looks)
