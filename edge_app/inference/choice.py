"""Which file of a model to run here: the quickest of those that were timed, in as few runtimes as possible.

Candidates and timings come in, one candidate for each part comes out. What times them is `edge_app.bundle.timing`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from edge_app.inference.runtimes import Precision, Provider, RuntimeName

# How often each part runs, against the parts that run on every frame.
_RUNS_PER_FRAME = {"detector": 0.05}
# A second runtime or a coarser precision must be worth it: timings of one machine differ by about this much.
_WORTH = 0.93
# Where nothing was timed. LiteRT is in the base and loads fastest.
_RUNTIME_ORDER: tuple[RuntimeName, ...] = ("litert", "onnx", "openvino")
_PRECISION_ORDER: tuple[Precision, ...] = ("float32", "float16", "int8")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file of one part, on one device."""

    part: str
    path: str  # inside the bundle
    runtime: RuntimeName
    precision: Precision
    provider: Provider = "cpu"

    @property
    def words(self) -> str:
        """How a user is told of it."""
        device = "" if self.provider == "cpu" else f" {self.provider}"
        return f"{self.runtime}{device} {self.precision}"


@dataclass(frozen=True, slots=True)
class Timing:
    """Median of a forward pass, or why there is none."""

    ms: float | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidate that a part runs with, and every candidate with its timing, quickest first."""

    chosen: Candidate
    timings: tuple[tuple[Candidate, Timing | None], ...]  # None: not timed


def choose(
    candidates: Sequence[Candidate], timings: Mapping[Candidate, Timing]
) -> dict[str, Choice]:
    """One candidate for each part. Those that failed their timing are taken only where nothing else is left.

    All parts run in one runtime on one device where that has files for them, since a second one costs tens of
    megabytes. A runtime that lacks a part is completed with that part's best of any other.
    """
    parts = list(dict.fromkeys(candidate.part for candidate in candidates))
    best = {part: _best([c for c in candidates if c.part == part], timings) for part in parts}
    taken, cost_ms = best, float("inf")
    for runtime, provider in _devices(candidates):
        there = [c for c in candidates if (c.runtime, c.provider) == (runtime, provider)]
        plan = {
            part: _best([c for c in there if c.part == part] or [best[part]], timings)
            for part in parts
        }
        plan_ms = sum(
            _RUNS_PER_FRAME.get(part, 1.0) * _ms(candidate, timings)
            for part, candidate in plan.items()
        )
        if plan_ms < cost_ms * (_WORTH if cost_ms < float("inf") else 1.0):
            taken, cost_ms = plan, plan_ms
    return {
        part: Choice(taken[part], _listed([c for c in candidates if c.part == part], timings))
        for part in parts
    }


def choose_extra(
    candidates: Sequence[Candidate],
    timings: Mapping[Candidate, Timing],
    beside: Collection[RuntimeName],
) -> Choice | None:
    """For one part that nothing depends on: only a file that was timed, in a runtime of `beside` where one was.

    Those run already for other parts, which this one must not move. None where no file has run.
    """
    ran = [c for c in candidates if _ms(c, timings) < float("inf")]
    if not ran:
        return None
    near = [c for c in ran if c.runtime in beside]
    return Choice(_best(near or ran, timings), _listed(candidates, timings))


def _listed(
    candidates: Sequence[Candidate], timings: Mapping[Candidate, Timing]
) -> tuple[tuple[Candidate, Timing | None], ...]:
    quickest_first = sorted(candidates, key=lambda candidate: _ms(candidate, timings))
    return tuple((candidate, timings.get(candidate)) for candidate in quickest_first)


def _devices(candidates: Sequence[Candidate]) -> list[tuple[RuntimeName, Provider]]:
    found = dict.fromkeys((c.runtime, c.provider) for c in candidates)
    return sorted(found, key=lambda device: (_RUNTIME_ORDER.index(device[0]), device[1] != "cpu"))


def _best(candidates: Sequence[Candidate], timings: Mapping[Candidate, Timing]) -> Candidate:
    """The quickest; a finer precision as long as the coarser is not clearly quicker. Untimed: the coarsest."""
    timed = [c for c in candidates if _ms(c, timings) < float("inf")]
    if not timed:
        return min(
            [c for c in candidates if c not in timings] or candidates,
            key=lambda c: (
                c.provider != "cpu",
                _RUNTIME_ORDER.index(c.runtime),
                -_PRECISION_ORDER.index(c.precision),
            ),
        )
    quickest_ms = min(_ms(c, timings) for c in timed)
    near = [c for c in timed if _ms(c, timings) * _WORTH <= quickest_ms]
    return min(near, key=lambda c: (_PRECISION_ORDER.index(c.precision), _ms(c, timings)))


def _ms(candidate: Candidate, timings: Mapping[Candidate, Timing]) -> float:
    timing = timings.get(candidate)
    return float("inf") if timing is None or timing.ms is None else timing.ms
