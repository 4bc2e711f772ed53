"""Time spent in named stages, taken by standing in front of the objects that do the work."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any


class Stopwatch:
    """Seconds and calls by stage since the last reset. Stages may contain one another."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._calls: defaultdict[str, int] = defaultdict(int)

    def wrap(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            begun_s = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self._seconds[stage] += time.perf_counter() - begun_s
                self._calls[stage] += 1

        return timed

    def as_json(self) -> dict[str, dict[str, float]]:
        return {
            stage: {"ms": 1e3 * seconds, "calls": self._calls[stage]}
            for stage, seconds in self._seconds.items()
        }


class Timed:
    """Stands for `original`; calls of the verbs named in `stages` are timed, the rest is passed on."""

    def __init__(self, original: object, watch: Stopwatch, stages: Mapping[str, str]) -> None:
        self._original = original
        for verb, stage in stages.items():
            setattr(self, verb, watch.wrap(stage, getattr(original, verb)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)
