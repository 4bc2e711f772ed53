"""Eyes with a known state and each contestant's closure: rank figures, three-state recall, and its confusion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.classification import Confusion, confusion, mean_recall
from model_compression.evaluation.figure import (
    MIXED,
    Figure,
    Figures,
    Floats,
    Weights,
    clustered,
    not_applicable,
    share,
)
from model_compression.evaluation.measured import ByContestant
from model_compression.evaluation.ranking import auc_figure
from model_compression.evaluation.subgroups import Groups
from model_compression.evaluation.three_state import (
    CLOSED,
    OPEN,
    PARTLY,
    STATES,
    States,
    best_thresholds,
    states_at,
    states_left_out,
)

STATE_NAMES = ("open", "partly", "closed")
_PAIRS = {  # figure's name -> (the state that should score higher, the other)
    "auc_closed_open": (CLOSED, OPEN),
    "auc_closed_partly": (CLOSED, PARTLY),
    "auc_partly_open": (PARTLY, OPEN),
}


@dataclass(frozen=True, slots=True)
class LabelledEye:
    """closure: 0 open .. 1 closed by role, NaN where no face was found; available: whether the vehicle would use it."""

    cluster: str
    subset: str
    state: int
    closure: dict[str, float]
    available: dict[str, bool]
    groups: Groups


class EyelidTable:
    """Eyes in the order in which they came."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        self._roles = roles
        self.eyes: list[LabelledEye] = []

    def add(
        self,
        cluster: str,
        subset: str,
        state: int,
        closure: dict[str, float],
        available: dict[str, bool],
        groups: Groups,
    ) -> None:
        self.eyes.append(LabelledEye(cluster, subset, state, closure, available, groups))

    def figures(self, rows: NDArray[np.int64]) -> ByContestant:
        """Of some eyes."""
        eyes = [self.eyes[row] for row in rows]
        state = np.array([eye.state for eye in eyes], dtype=np.int64)
        clusters = [eye.cluster for eye in eyes]
        figures: ByContestant = {}
        for role in self._roles:
            closure = np.array([eye.closure[role] for eye in eyes])
            own: Figures = {
                "eyes_read": share(np.isfinite(closure), clusters, MIXED),
                "eyes_available": share([eye.available[role] for eye in eyes], clusters, MIXED),
            }
            for name, pair in _PAIRS.items():
                own[name] = _pair_auc(closure, state, clusters, pair)
            own["uar"] = _uar(closure, state, clusters)
            own["uar_left_out"] = _uar_left_out(closure, state, clusters)
            figures[role] = own
        return figures

    def confusions(self, rows: NDArray[np.int64]) -> dict[str, Confusion]:
        """Under the thresholds that are best on these eyes."""
        eyes = [self.eyes[row] for row in rows]
        state = np.array([eye.state for eye in eyes], dtype=np.int64)
        found = {}
        for role in self._roles:
            closure = np.array([eye.closure[role] for eye in eyes])
            best = best_thresholds(closure, state)
            if best is not None:
                found[role] = confusion(state, states_at(closure, best), STATE_NAMES)
        return found


def _pair_auc(closure: Floats, state: States, clusters: list[str], pair: tuple[int, int]) -> Figure:
    rows = np.flatnonzero(np.isfinite(closure) & np.isin(state, pair))
    own = [clusters[row] for row in rows]
    return auc_figure(closure[rows], state[rows] == pair[0], own, MIXED)


def _uar(closure: Floats, state: States, clusters: list[str]) -> Figure:
    def best(weights: Weights) -> float | None:
        thresholds = best_thresholds(closure, state, weights)
        if thresholds is None:
            return None
        return mean_recall(state, states_at(closure, thresholds), STATES, weights)

    return clustered(best, clusters, MIXED)


def _uar_left_out(closure: Floats, state: States, clusters: list[str]) -> Figure:
    said = states_left_out(closure, state, clusters)
    if said is None:
        return not_applicable("too few sources to leave one out")
    return clustered(lambda weights: mean_recall(state, said, STATES, weights), clusters, MIXED)
