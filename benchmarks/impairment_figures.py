"""Figures of the suspicion of impairment from the outcomes of simulated drives, with intervals by person.

In: outcomes by job. Out: plain values for JSON, and the same as Markdown. What is compared is a suspicion with a
script's words: consistency with a simulator, not accuracy on people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.impairment_drives import (
    LEVELS,
    NOMINAL,
    SLEEPY,
    SOBER,
    STATES,
    SUSPICIONS,
    Job,
    Outcome,
)
from edge_app.driver_state.impairment_accounts import evidence_of
from edge_app.driver_state.impairment_cue import NOT_YET, Cue, CueReading
from edge_app.driver_state.impairment_settings import ImpairmentSettings

Outcomes = Mapping[Job, Outcome]
ByPerson = Mapping[int, float]
_RESAMPLES = 2000
_SETTINGS = ImpairmentSettings()


def figures(outcomes: Outcomes) -> dict[str, Any]:
    nominal = {job: told for job, told in outcomes.items() if job.condition.name == NOMINAL.name}
    return {
        "people": len({job.person for job in nominal}),
        "auc": _aucs(nominal, lambda told: told.suspicion),
        "states": {state: _of_state(nominal, state) for state in STATES},
        "conditions": _conditions(outcomes),
        "without_cue": {
            cue.value: _aucs(nominal, partial(_settled, without=cue))
            for cue in Cue
            if _read(nominal.values(), cue)
        },
        "all_cues": _aucs(nominal, _settled),
    }


def settled(readings: Mapping[Cue, CueReading], without: Cue | None = None) -> float:
    """The suspicion that such cues lead to in the end, with one of them taken away."""
    evidence = [
        evidence_of(cue, NOT_YET if cue is without else reading, _SETTINGS.max_cue_evidence)
        for cue, reading in readings.items()
    ]
    share = _SETTINGS.independent_share
    impaired = _SETTINGS.prior * math.exp(share * sum(one.impaired for one in evidence))
    sleepy = _SETTINGS.sleepy_prior * math.exp(share * sum(one.sleepy for one in evidence))
    return impaired / (impaired + sleepy + 1.0 - _SETTINGS.prior - _SETTINGS.sleepy_prior)


def _settled(told: Outcome, without: Cue | None = None) -> float:
    return settled(told.readings, without)


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    above = np.subtract.outer(np.asarray(positive), np.asarray(negative))
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def auc_interval(positive: ByPerson, negative: ByPerson) -> tuple[float, float]:
    """95 %, of people drawn anew; each brings all drives of theirs."""
    people = sorted(set(positive) & set(negative))
    if len(people) < 2:
        return 0.0, 1.0
    chance = np.random.default_rng(0)
    yes = np.array([positive[person] for person in people])
    no = np.array([negative[person] for person in people])
    drawn = chance.integers(len(people), size=(_RESAMPLES, len(people)))
    values = [auc(yes[one], no[one]) for one in drawn]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def share_interval(count: int, of: int) -> tuple[float, float]:
    """Wilson's 95 %: one drive a person, so people are the units."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.96, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def markdown(told: Mapping[str, Any]) -> str:
    lines = [
        f"{told['people']} simulated people, each driven once in every state. Intervals: 95 %, by person.",
        "",
        "| against sober | AUC of the suspicion |",
        "|---|---|",
        *(f"| {name} | {_interval(one)} |" for name, one in told["auc"].items()),
        "",
        "| state | suspicion, median (10 to 90 % of people) | advised | like drowsiness | advised after, median |",
        "|---|---|---|---|---|",
        *(_state_line(name, one) for name, one in told["states"].items()),
        "",
        f"| state | {' | '.join(f'reached {100 * level:g} %' for level in SUSPICIONS)} |",
        f"|---|{'---|' * len(SUSPICIONS)}",
        *(_reached_line(name, one) for name, one in told["states"].items() if one["drives"]),
        "",
        "| condition | confidence | AUC, strong | advised: sober, strong |",
        "|---|---|---|---|",
        *(_condition_line(name, one) for name, one in told["conditions"].items()),
        "",
        "| without the cue | AUC light | AUC moderate | AUC strong |",
        "|---|---|---|---|",
        _without_line("(all cues)", told["all_cues"]),
        *(_without_line(name, one) for name, one in told["without_cue"].items()),
    ]
    return "\n".join(lines) + "\n"


def _aucs(outcomes: Outcomes, score: Callable[[Outcome], float]) -> dict[str, Any]:
    by_state: dict[str, dict[int, float]] = {state: {} for state in STATES}
    for job, told in outcomes.items():
        by_state[job.state][job.person] = score(told)
    sober = by_state[SOBER]
    found = {level: _auc(by_state[level], sober) for level in LEVELS}
    pooled = [value for level in LEVELS for value in by_state[level].values()]
    if pooled and sober:
        found["all levels"] = {"value": auc(pooled, list(sober.values())), "interval": None}
    return found


def _auc(positive: ByPerson, negative: ByPerson) -> dict[str, Any]:
    if not positive or not negative:
        return {"value": None, "interval": None}
    return {
        "value": auc(list(positive.values()), list(negative.values())),
        "interval": auc_interval(positive, negative),
    }


def _of_state(outcomes: Outcomes, state: str) -> dict[str, Any]:
    told = [one for job, one in outcomes.items() if job.state == state]
    if not told:
        return {"drives": 0}
    advised = [one.advised_s for one in told if one.advised_s is not None]
    low, middle, high = np.percentile([one.suspicion for one in told], [10, 50, 90])
    return {
        "drives": len(told),
        "suspicion": [float(low), float(middle), float(high)],
        "confidence": float(np.mean([one.confidence for one in told])),
        "advised": len(advised),
        "advised_interval": share_interval(len(advised), len(told)),
        "advised_after_s": float(np.median(advised)) if advised else None,
        "reached": {
            f"{level:g}": _reached([one.reached_s.get(level) for one in told])
            for level in SUSPICIONS
        },
        "like_drowsiness": sum(one.like_drowsiness for one in told),
        "cues": {cue.value: float(np.mean(values)) for cue in Cue if (values := _read(told, cue))},
    }


def _reached(times_s: Sequence[float | None]) -> dict[str, Any]:
    """How many ever came so far, and after how long the median of those."""
    known = [t_s for t_s in times_s if t_s is not None]
    return {"drives": len(known), "after_s": float(np.median(known)) if known else None}


def _read(told: Iterable[Outcome], cue: Cue) -> list[float]:
    readings = [one.readings.get(cue, NOT_YET) for one in told]
    return [reading.value for reading in readings if reading.value is not None]


def _conditions(outcomes: Outcomes) -> dict[str, Any]:
    others = {job.person for job in outcomes if job.condition.name != NOMINAL.name}
    found = {}
    for name in dict.fromkeys(job.condition.name for job in outcomes):
        chosen = {
            job: told
            for job, told in outcomes.items()
            if job.condition.name == name and job.person in others
        }
        scores: dict[str, dict[int, float]] = {SOBER: {}, LEVELS[-1]: {}}
        for job, told in chosen.items():
            if job.state in scores:
                scores[job.state][job.person] = told.suspicion
        seen = [told for job, told in chosen.items() if job.state in scores]
        if not seen:
            continue
        found[name] = {
            "people": len(scores[SOBER]),
            "confidence": float(np.mean([told.confidence for told in seen])),
            "auc": _auc(scores[LEVELS[-1]], scores[SOBER]),
            "advised": {
                state: sum(
                    told.advised_s is not None for job, told in chosen.items() if job.state == state
                )
                for state in scores
            },
        }
    return found


def _interval(one: Mapping[str, Any]) -> str:
    if one["value"] is None:
        return "–"
    value = f"{one['value']:.2f}"
    if one["interval"] is None:
        return value
    low, high = one["interval"]
    return f"{value} ({low:.2f} to {high:.2f})"


def _state_line(name: str, one: Mapping[str, Any]) -> str:
    word = f"sleepy, {name.replace('kss_', 'KSS ')}" if name in SLEEPY else name
    if not one["drives"]:
        return f"| {word} | – | – | – | – |"
    low, middle, high = (100 * share for share in one["suspicion"])
    least, most = (100 * share for share in one["advised_interval"])
    after_s = one["advised_after_s"]
    after = "–" if after_s is None else f"{after_s / 60:.1f} min"
    return (
        f"| {word} | {middle:.1f} % ({low:.1f} to {high:.1f}) | {one['advised']} of {one['drives']}"
        f" ({least:.0f} to {most:.0f} %) | {one['like_drowsiness']} | {after} |"
    )


def _reached_line(name: str, one: Mapping[str, Any]) -> str:
    cells = []
    for reached in one["reached"].values():
        after_s = reached["after_s"]
        after = "" if after_s is None else f", after {after_s / 60:.1f} min"
        cells.append(f"{reached['drives']} of {one['drives']}{after}")
    return f"| {name} | {' | '.join(cells)} |"


def _condition_line(name: str, one: Mapping[str, Any]) -> str:
    advised, people = one["advised"], one["people"]
    return (
        f"| {name} | {one['confidence']:.2f} | {_interval(one['auc'])} |"
        f" {advised[SOBER]}, {advised[LEVELS[-1]]} of {people} |"
    )


def _without_line(name: str, one: Mapping[str, Any]) -> str:
    values = " | ".join(
        "–" if one[level]["value"] is None else f"{one[level]['value']:.2f}" for level in LEVELS
    )
    return f"| {name} | {values} |"
