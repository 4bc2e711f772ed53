"""What a driver does in one clip: cues of its class, and things beside that look like cues of another.

In: task, class, the clip's span, chance. Out: a state and behaviours of a scenario that do not collide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from driver_simulator.dataset.overlap import Beside, Range, Shares, overlap
from driver_simulator.dataset.tasks import CLASSES, Task
from driver_simulator.scenario.behaviours import (
    AnyBehaviour,
    Express,
    Laugh,
    LongBlink,
    LookAt,
    Microsleep,
    RubEyes,
    Sing,
    Squint,
    Talk,
    TurnHead,
    Yawn,
    collisions,
)
from driver_simulator.scenario.scenario import StateSpan

_SHORTEST_EXPRESSION_S = 0.6
_LEAST_INTENSITY, _MOST_INTENSITY = 0.08, 1.0


@dataclass(frozen=True, slots=True)
class Cues:
    state: StateSpan
    behaviours: tuple[AnyBehaviour, ...]


@dataclass(frozen=True, slots=True)
class ClipSpan:
    """Where a clip lies in its drive."""

    from_s: float
    duration_s: float


def draw_cues(
    task: Task, label: str, span: ClipSpan, expressiveness: float, chance: np.random.Generator
) -> Cues:
    """label: one of the task's classes. expressiveness: the person's factor on what is shown of an expression."""
    shown = overlap().intoxication if task == "intoxication" else overlap().expression
    scene = _Scene(span, expressiveness, shown.intensity, chance)
    if task == "drowsiness":
        drowsiness = overlap().drowsiness
        state = StateSpan(from_s=0, kss=_in(getattr(drowsiness.kss, label), chance))
        beside: Shares = getattr(drowsiness.beside, label)
    elif task == "expression":
        expression = overlap().expression
        state = StateSpan(from_s=0, kss=_in(expression.kss, chance))
        beside = expression.beside
        if label != "neutral":
            scene.keep(scene.expression(label))
    else:
        intoxication = overlap().intoxication
        state = StateSpan.model_validate(
            {"from_s": 0, "kss": _in(intoxication.kss, chance), "impairment": label}
        )
        beside = getattr(intoxication.beside, label)
    scene.fill(beside)
    return Cues(state, tuple(scene.behaviours))


class _Scene:
    """Collects behaviours of one clip."""

    def __init__(
        self,
        span: ClipSpan,
        expressiveness: float,
        intensity: Range,
        chance: np.random.Generator,
    ) -> None:
        self.behaviours: list[AnyBehaviour] = []
        self._span = span
        self._expressiveness = expressiveness
        self._intensity = intensity
        self._chance = chance
        self._beside: dict[Beside, Callable[[], AnyBehaviour]] = {
            "talk": lambda: Talk(
                type="talk", **self._while((0.3, 1.0)), loudness=_in((0.2, 0.9), chance)
            ),
            "laugh": lambda: Laugh(type="laugh", **self._while((0.25, 0.6))),
            "sing": lambda: Sing(type="sing", **self._while((0.5, 1.0))),
            "yawn": self._yawn,
            "squint": lambda: Squint(
                type="squint", **self._while((0.4, 1.2)), depth=_in((0.12, 0.45), chance)
            ),
            "look_down": lambda: LookAt(
                type="look_at",
                **self._while((0.2, 0.5)),
                target="cluster" if chance.random() < 0.6 else "console",
            ),
            "express": self._any_expression,
            "slow_blink": lambda: LongBlink(
                type="long_blink",
                from_s=self._span.from_s + _in((0.0, self._span.duration_s), chance),
                duration_s=_in((0.45, 0.95), chance),
            ),
            "microsleep": lambda: Microsleep(
                type="microsleep",
                from_s=self._span.from_s + _in((-0.5, 0.8 * self._span.duration_s), chance),
                duration_s=_in((1.05, 2.0), chance),
            ),
            "nod": lambda: TurnHead(
                type="turn_head", **self._while((0.25, 0.6)), pitch_deg=_in((-22.0, -8.0), chance)
            ),
            "head_tilt": lambda: TurnHead(
                type="turn_head",
                **self._while((0.3, 0.8)),
                pitch_deg=_in((-12.0, 3.0), chance),
                roll_deg=_in((5.0, 14.0), chance) * (1 if chance.random() < 0.5 else -1),
            ),
            "rub_eyes": lambda: RubEyes(type="rub_eyes", **self._while((0.3, 0.6))),
        }

    def fill(self, shares: Shares) -> None:
        """Each of `shares` with its probability; 1.4 is once, and a second time with probability 0.4."""
        kinds = list(shares)
        for place in self._chance.permutation(len(kinds)):
            whole, rest = divmod(shares[kinds[place]], 1.0)
            times = int(whole) + int(self._chance.random() < rest)
            # Drawn in any case, so that a share changed in the file leaves the other draws as they are.
            drawn = [self._beside[kinds[place]]() for _ in range(max(1, times))]
            for behaviour in drawn[:times]:
                self.keep(behaviour)

    def keep(self, behaviour: AnyBehaviour) -> None:
        """Unless it collides with what is there."""
        if not collisions([*self.behaviours, behaviour]):
            self.behaviours.append(behaviour)

    def expression(self, name: str) -> Express:
        drawn, chance, clip_s = overlap().expression, self._chance, self._span.duration_s
        from_s = self._span.from_s + clip_s * _in(drawn.begins, chance)
        duration_s = max(_SHORTEST_EXPRESSION_S, clip_s * _in(drawn.lasts, chance))
        intensity = _in(self._intensity, chance) * self._expressiveness
        return Express.model_validate(
            {
                "type": "express",
                "expression": name,
                "from_s": max(0.0, from_s),
                "duration_s": duration_s,
                "intensity": min(max(intensity, _LEAST_INTENSITY), _MOST_INTENSITY),
                "onset_s": _in(drawn.onset_s, chance),
                "offset_s": _in(drawn.offset_s, chance),
            }
        )

    def _any_expression(self) -> Express:
        shown = CLASSES["expression"][1:]
        return self.expression(shown[int(self._chance.integers(len(shown)))])

    def _yawn(self) -> Yawn:
        """It may have begun before the clip, or end after it."""
        yawn_s = _in((4.2, 7.0), self._chance)
        earliest_s = self._span.from_s - 0.5 * yawn_s
        latest_s = self._span.from_s + 0.6 * self._span.duration_s
        from_s = max(0.0, _in((earliest_s, latest_s), self._chance))
        return Yawn(type="yawn", from_s=from_s, duration_s=yawn_s)

    def _while(self, share: Range) -> dict[str, float]:
        """from_s and duration_s of a behaviour that takes such a share of the clip, and begins within or before it."""
        clip_s = self._span.duration_s
        duration_s = clip_s * _in(share, self._chance)
        latest_s = max(0.0, clip_s - 0.7 * duration_s)
        from_s = self._span.from_s + _in((-0.3 * duration_s, latest_s), self._chance)
        return {"from_s": max(0.0, from_s), "duration_s": duration_s}


def _in(bounds: Range, chance: np.random.Generator) -> float:
    return float(chance.uniform(*bounds))
