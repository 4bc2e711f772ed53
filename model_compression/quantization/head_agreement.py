"""How much worse one file of a part is than the float one, head by head, in points: hundredths of the head's scale.

Against truth where pictures carry it: the difference of two mean errors. And, for heads that state how sure they are,
by that statement alone: what a float model that is right about itself would expect to lose. Both may be 0.5 points, or
1 % of the float model's own error. In the worst hundredth of pictures it may be ten times as much. A head that cannot
be compared has failed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import PartName
from model_compression.quantization.check import Check, failed, tail_check, worse_check
from model_compression.quantization.detector_agreement import detector_checks

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Outputs = Mapping[str, Floats]

_EYE_DISTANCE = 1 / 3.2  # in sides of the crop
_RIGHT_ANGLE_RAD = math.pi / 2
_BLUR_PX, _RESOLUTION = 4.0, 6.0  # what is told of blur and resolution spans


@dataclass(frozen=True, slots=True)
class Worse:
    """Points by which each answer of the candidate is worse, and float's own error; (N, places), NaN not known."""

    points: Doubles
    of: Doubles


def head_checks(
    part: PartName,
    reference: Sequence[Outputs],
    candidate: Sequence[Outputs],
    truth: Mapping[str, Floats] | None = None,
) -> list[Check]:
    """The outputs are those of the same pictures, in order.

    truth: by head, (N, ...) with NaN where not known; with None, heads that only a truth can judge are left out.
    """
    checks = usable_checks(part, reference, candidate)
    if part == "detector":
        unusable = failed(checks)
        return checks if unusable else checks + detector_checks(reference, candidate, truth)
    for head in [check.head for check in checks if check.passed]:
        ours = np.stack([outputs[head] for outputs in reference])
        theirs = np.stack([outputs[head] for outputs in candidate])
        checks += _compared(part, head, ours, theirs, truth)
    return checks


def usable_checks(
    part: PartName, reference: Sequence[Outputs], candidate: Sequence[Outputs]
) -> list[Check]:
    """For each head that either has: that both give it for every picture, in the same shape and in numbers."""
    heads = dict.fromkeys(head for outputs in (*reference, *candidate) for head in outputs)
    return [
        Check(
            (part,),
            head,
            "pictures whose output is missing, empty or not a number",
            sum(
                not _is_usable(ours.get(head), theirs.get(head))
                for ours, theirs in zip(reference, candidate, strict=True)
            ),
            "at most",
            0,
            len(reference),
        )
        for head in heads or ("no head",)
    ]


def _is_usable(ours: Floats | None, theirs: Floats | None) -> bool:
    if ours is None or theirs is None or ours.shape != theirs.shape or not ours.size:
        return False
    return bool(np.isfinite(ours).all() and np.isfinite(theirs).all())


def _compared(
    part: PartName, head: str, ours: Floats, theirs: Floats, truth: Mapping[str, Floats] | None
) -> list[Check]:
    checks: list[Check] = []
    tail: Worse | None = None
    if head in _BY_STATEMENT:
        worse = _BY_STATEMENT[head](ours, theirs)
        checks.append(_mean_check(part, head, "points worse by float's own uncertainty", worse))
        tail = worse
    elif head in _DIRECTIONS:
        checks.append(_direction_check(part, head, ours, theirs))
    if truth is not None and head in truth and head in _ERRORS:
        worse = _against_truth(_ERRORS[head], ours, theirs, truth[head])
        if not np.isnan(worse.points).all():
            checks.append(_mean_check(part, head, "points worse against the truth", worse))
            tail = tail or worse
    if tail is not None:
        checks.append(tail_check((part,), head, tail.points, tail.of))
    if truth is not None and not checks:
        checks.append(Check((part,), head, "pictures with a truth", 0, "at least", 1, 0))
    return checks


def _mean_check(part: PartName, head: str, figure: str, worse: Worse) -> Check:
    known = ~np.isnan(worse.points)
    points, of = float(worse.points[known].mean()), float(worse.of[known].mean())
    return worse_check((part,), head, figure, points, of, int(known.any(axis=1).sum()))


# What float expects to lose, by what it states of itself.


def _with_deviation(scale: float, low: float, high: float) -> Callable[[Floats, Floats], Worse]:
    """Values, then the logs of their deviations, on the last axis. Errors that are independent add in squares.

    low, high: where the vehicle cuts a value off.
    """

    def measure(ours: Floats, theirs: Floats) -> Worse:
        half = ours.shape[-1] // 2
        apart = np.clip(theirs[..., :half], low, high) - np.clip(ours[..., :half], low, high)
        stated = np.exp(np.clip(ours[..., half:], -20, 20).astype(np.float64))
        lost = np.hypot(stated, apart) - stated
        return Worse(_places(100 * lost / scale), _places(100 * stated / scale))

    return measure


_share = _with_deviation(1.0, 0.0, 1.0)
_angle = _with_deviation(_RIGHT_ANGLE_RAD, -_RIGHT_ANGLE_RAD, _RIGHT_ANGLE_RAD)


def _yes_or_no(ours: Floats, theirs: Floats) -> Worse:
    """Logits: share of right answers that is lost where the answers differ, were float's probabilities true."""
    p = _sigmoid(ours)
    lost = np.abs(2 * p - 1) * ((ours >= 0) != (theirs >= 0))
    return Worse(_places(100 * lost), _places(100 * np.minimum(p, 1 - p)))


def _one_of_many(ours: Floats, theirs: Floats) -> Worse:
    """Logits of classes: the same for the likeliest one."""
    p = _softmax(ours).reshape(len(ours), -1)
    chosen = theirs.reshape(len(theirs), -1).argmax(axis=1)
    best = p.max(axis=1)
    lost = best - p[np.arange(len(p)), chosen]
    return Worse(_places(100 * lost), _places(100 * (1 - best)))


def _direction_check(part: PartName, head: str, ours: Floats, theirs: Floats) -> Check:
    """Of an embedding, and of what is remembered, the direction counts: one minus the cosine, of the median picture.

    Where noise drives a float model out of its range int8 cuts it off; neither direction then means anything.
    """
    a, b = ours.reshape(len(ours), -1), theirs.reshape(len(theirs), -1)
    lengths = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    product = lengths[0] * lengths[1]
    cosine = np.where(
        product > 0, (a * b).sum(axis=1) / np.maximum(product, 1e-12), lengths[0] == lengths[1]
    )
    turned = 100 * float(1 - np.median(cosine))
    figure = "points worse by float's own uncertainty"
    return worse_check((part,), head, figure, turned, 0.0, len(a))


def _places(each: NDArray[np.floating]) -> Doubles:
    """(N, ...) -> (N, places)."""
    return np.asarray(each, dtype=np.float64).reshape(len(each), -1)


_DIRECTIONS = ("embedding", "memory")
_BY_STATEMENT: dict[str, Callable[[Floats, Floats], Worse]] = {
    "head_pose": _angle,
    "gaze": _angle,
    "eye_openness_face": _share,
    "mouth_openness": _share,
    "smile": _share,
    "visibility": _yes_or_no,
    "openness": _share,
    "visible": _yes_or_no,
    "expression": _one_of_many,
    "drowsiness": _one_of_many,
    "intoxication": _one_of_many,
    "expression_over_time": _one_of_many,
}


# Errors against the truth, in points, NaN where it is not known: (N, ...) each.


def _against_truth(
    error: Callable[[Floats, Floats], NDArray[np.floating]],
    ours: Floats,
    theirs: Floats,
    truth: Floats,
) -> Worse:
    known = _places(np.isfinite(error(np.zeros_like(ours), truth))) > 0
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers gone wild, which is told below
        mine, other = _places(error(ours, truth)), _places(error(theirs, truth))
        worse = np.nan_to_num(other - mine, nan=np.inf, posinf=np.inf, neginf=-np.inf)
    return Worse(np.where(known, worse, np.nan), mine)


def _points_apart(said: Floats, truth: Floats) -> NDArray[np.floating]:
    """(N, 1, 292) and (N, 146, 2), in hundredths of the distance between the eyes."""
    apart = said.reshape(truth.shape) - truth
    return np.asarray(100 * np.linalg.norm(apart, axis=2) / _EYE_DISTANCE)


def _values_apart(scale: float) -> Callable[[Floats, Floats], NDArray[np.floating]]:
    def error(said: Floats, truth: Floats) -> NDArray[np.floating]:
        values = said[..., : truth[0].size // max(1, said[0].size // said.shape[-1])]
        return np.asarray(100 * np.abs(values.reshape(truth.shape) - truth) / scale)

    return error


def _answers_wrong(said: Floats, truth: Floats) -> NDArray[np.floating]:
    wrong = 100.0 * ((said.reshape(truth.shape) >= 0) != (truth >= 0.5))
    return np.where(np.isfinite(truth), wrong, np.nan)


def _class_wrong(said: Floats, truth: Floats) -> NDArray[np.floating]:
    """truth: (N,) class, NaN where there is none."""
    wrong = 100.0 * (said.reshape(len(said), -1).argmax(axis=1) != truth)
    return np.where(np.isfinite(truth), wrong, np.nan)


def _quality_apart(said: Floats, truth: Floats) -> NDArray[np.floating]:
    scale = np.array([_BLUR_PX, 1.0, _RESOLUTION], dtype=np.float32)
    return np.asarray(100 * np.abs(said.reshape(truth.shape) - truth) / scale)


_ERRORS: dict[str, Callable[[Floats, Floats], NDArray[np.floating]]] = {
    "landmarks": _points_apart,
    "head_pose": _values_apart(_RIGHT_ANGLE_RAD),
    "gaze": _values_apart(_RIGHT_ANGLE_RAD),
    "eye_openness_face": _values_apart(1.0),
    "mouth_openness": _values_apart(1.0),
    "smile": _values_apart(1.0),
    "visibility": _answers_wrong,
    "quality": _quality_apart,
    "openness": _values_apart(1.0),
    "visible": _answers_wrong,
    "iris": _values_apart(1.0),
    "expression": _class_wrong,
}


def _sigmoid(logits: Floats) -> Floats:
    probabilities: Floats = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
    return probabilities


def _softmax(logits: Floats) -> Floats:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return shares
