"""The parity gate: every file of a bundle must say, decide and report the same as the float reference.

Heads are compared on pictures; decisions, smoothed expression and events on drives that run through tracker, signals
and driver state as in the vehicle; what a temporal part remembers on the faces of the same drives. A failed check names
head, runtime and figure.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import combinations, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import PART_INPUTS, PartName
from edge_app.bundle.manifest import BundleFile, Gate
from edge_app.bundle.open import Bundle
from edge_app.bundle.sessions import open_file
from edge_app.camera.frame import Frame
from edge_app.face.observation import Perception
from edge_app.face.student_bundle import temporal_model
from edge_app.face.temporal_model import TemporalModel
from edge_app.inference.session import Session
from model_compression.quantization.check import Check, failed
from model_compression.quantization.decisions import decision_checks
from model_compression.quantization.events import disagreements, events_of
from model_compression.quantization.followed_face import FollowedFace, followed
from model_compression.quantization.head_agreement import head_checks, usable_checks
from model_compression.quantization.pictures import TrialPictures
from model_compression.quantization.streams import (
    ExpressionAt,
    Stream,
    expressions_of,
    stream_of,
)
from model_compression.quantization.temporal_gate import (
    FaceFile,
    embeddings_of,
    memory_checks,
    told_of,
    voted_checks,
)
from model_compression.quantization.variants import (
    Variant,
    can_stream,
    perception_of,
    reference_of,
    variants_of,
)

Floats = NDArray[np.float32]
Drive = Callable[[], Iterable[Frame]]
Progress = Callable[[str], None]

LEAST_EVENTS = 200
LEAST_SMOOTHED_EQUAL = 99.0  # per cent
_EVENT_PARTS: tuple[PartName, ...] = ("face", "eyes")
_SLACK_S = 1e-3  # frame times are floating-point numbers


@dataclass(slots=True)
class VariantResult:
    """What was measured of one way to run the bundle; `ran` is False where this machine cannot tell."""

    variant: Variant
    ran: bool
    checks: list[Check] = field(default_factory=list)

    def verdict(self, part: PartName) -> Gate:
        if not self.ran:
            return "not-run"
        return "failed" if any(part in check.parts for check in failed(self.checks)) else "passed"


@dataclass(frozen=True, slots=True)
class GateReport:
    reference: Variant
    results: list[VariantResult]
    events: int  # of the reference, over all drives
    pictures: int
    inputs: str = ""  # what it was run on, in words

    @property
    def passed(self) -> bool:
        return not any(failed(result.checks) for result in self.results)

    def verdict(self, part: PartName, file: BundleFile) -> Gate:
        for result in self.results:
            if result.variant.files.get(part) == file:
                return result.verdict(part)
        return "not-run"

    def sentences(self) -> list[str]:
        """One for each check that failed: runtime and precision, head, figure, limit."""
        return [
            f"{result.variant.title}: {check.sentence()}"
            for result in self.results
            for check in failed(result.checks)
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "reference": self.reference.title,
            "inputs": self.inputs,
            "pictures": self.pictures,
            "events": self.events,
            "variants": [
                {
                    "variant": result.variant.title,
                    "ran": result.ran,
                    "checks": [
                        {
                            "parts": list(check.parts),
                            "head": check.head,
                            "figure": check.figure,
                            "value": _written(check.value),
                            check.bound.replace(" ", "_"): check.limit,
                            "n": check.n,
                            "passed": check.passed,
                        }
                        for check in result.checks
                    ],
                }
                for result in self.results
            ],
        }


def _written(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Opened:
    """A variant ready to run: a session for each part, and the perception made of them where all parts are there."""

    variant: Variant
    sessions: dict[PartName, Session]
    perception: Perception | None
    expression_at: ExpressionAt | None = None  # None: it reads no expression


@dataclass(frozen=True, slots=True)
class Following:
    """How a temporal part follows a driver."""

    model: TemporalModel
    side_px: int  # of the face part's picture
    drives: tuple[Drive, ...] = ()  # that only it follows
    faces: tuple[FaceFile, ...] = ()  # other than the reference's, that can run here


def run_gate(
    bundle: Bundle,
    pictures: TrialPictures,
    drives: Sequence[Drive],
    progress: Progress = lambda what: None,
    *,
    followed: tuple[Drive, ...] = (),
    only: Collection[PartName] | None = None,
) -> GateReport:
    """followed: drives for the part temporal alone. only: the parts that are judged; None: all.

    Raises `UserError` where the bundle has no float reference.
    """
    variants = variants_of(bundle.manifest)
    reference = reference_of(variants, bundle.manifest)
    # The part blinks sees no picture and no drive: `blinks_gate` judges it.
    judged = set(bundle.manifest.parts.named() if only is None else only) - {"blinks"}
    others = [v for v in variants if v is not reference and judged & set(v.files)]

    def opened(variant: Variant) -> Opened:
        sessions = variant.sessions(bundle, reference)
        files = {part: file for part, file in variant.files.items() if part in judged}
        variant = replace(variant, files=files)
        if not can_stream(bundle.manifest):
            return Opened(variant, sessions, None)
        # Expression is no part of an event.
        plain: dict[PartName, Session] = {
            part: session for part, session in sessions.items() if part != "expression"
        }
        reads_it = "expression" in sessions
        expression_at = perception_of(bundle, sessions).expression_at if reads_it else None
        return Opened(variant, sessions, perception_of(bundle, plain), expression_at)

    ran = [opened(variant) for variant in others if variant.can_run_here()]
    ours = opened(reference)
    following = None
    if "temporal" in reference.files and "temporal" in judged:
        session = ours.sessions["temporal"]
        following = _following(bundle, reference, session, variants, followed)
    report = compared(ours, ran, pictures, drives, progress, following)
    not_run = [VariantResult(v, False) for v in others if not v.can_run_here()]
    report.results.extend(not_run)
    for result in report.results:
        result.checks = [check for check in result.checks if judged & set(check.parts)]
    return report


def _following(
    bundle: Bundle,
    reference: Variant,
    session: Session,
    variants: Sequence[Variant],
    drives: tuple[Drive, ...],
) -> Following | None:
    """session: of the reference's file of the part temporal."""
    face = bundle.manifest.parts.face
    model = temporal_model(bundle.manifest, session, expression=True)
    if face is None or model is None:
        return None
    faces = tuple(
        FaceFile(variant.title, file, open_file(bundle, "face", file))
        for variant in variants
        if (file := variant.files.get("face")) is not None
        and file != reference.files["face"]
        and replace(variant, files={"face": file}).can_run_here()
    )
    return Following(model, face.input.shape[-1], drives, faces)


def compared(
    reference: Opened,
    candidates: Sequence[Opened],
    pictures: TrialPictures,
    drives: Sequence[Drive],
    progress: Progress = lambda what: None,
    following: Following | None = None,
) -> GateReport:
    """Every candidate held against the reference, and against the candidates of other runtimes.

    following: how the part temporal does, where one is compared.
    """
    results = [VariantResult(candidate.variant, True) for candidate in candidates]
    ours = _outputs(reference, pictures, progress)
    alone = VariantResult(reference.variant, True)
    for part in ours:
        alone.checks += usable_checks(part, ours[part], ours[part])
    theirs = [_outputs(candidate, pictures, progress) for candidate in candidates]
    for result, outputs in zip(results, theirs, strict=True):
        for part in outputs:
            result.checks += head_checks(part, ours[part], outputs[part], pictures.truth)
    _compare_runtimes(results, theirs)
    events = 0
    looking = any(part != "temporal" for part in reference.variant.files)
    if drives and looking and reference.perception is not None:
        events = _compare_drives(reference, candidates, results, drives, progress)
    else:  # agreement of nothing is none
        for result in results:
            if not set(_EVENT_PARTS).isdisjoint(result.variant.files):
                result.checks.append(_enough_events(0))
    if following is not None and "temporal" in reference.variant.files:
        _compare_memories(reference, candidates, [alone, *results], drives, following, progress)
    return GateReport(reference.variant, [alone, *results], events, len(pictures))


def _outputs(
    opened: Opened, pictures: TrialPictures, progress: Progress
) -> dict[PartName, list[dict[str, Floats]]]:
    """By part of the variant that looks at pictures, for each picture."""
    progress(f"heads: {opened.variant.title}")
    said: dict[PartName, list[dict[str, Floats]]] = {}
    for part in opened.variant.files:
        if part != "temporal":
            run, name = opened.sessions[part].run, PART_INPUTS[part]
            said[part] = [run({name: array}) for array in pictures.shown_to(part)]
    return said


def _compare_runtimes(
    results: Sequence[VariantResult], outputs: Sequence[dict[PartName, list[dict[str, Floats]]]]
) -> None:
    """Every runtime against every other; of two that disagree the one farther from float is to blame."""
    for (one, said), (other, other_said) in combinations(zip(results, outputs, strict=True), 2):
        if one.variant.runtime == other.variant.runtime:
            continue
        for part in set(said) & set(other_said):
            for check in failed(head_checks(part, said[part], other_said[part])):
                blamed, against = sorted(
                    (one, other), key=lambda result: -_distance(result, part, check.head)
                )
                figure = f"{check.figure}, from {against.variant.title}"
                blamed.checks.append(replace(check, figure=figure))


def _compare_memories(
    reference: Opened,
    candidates: Sequence[Opened],
    results: Sequence[VariantResult],
    drives: Sequence[Drive],
    following: Following,
    progress: Progress,
) -> None:
    """Adds checks to `results`, the reference's own first. Nobody followed is no agreement."""
    faces = _faces_followed(reference, [*drives, *following.drives], following, progress)
    model, face = following.model, reference.sessions["face"]
    embeddings = embeddings_of(face, faces)
    ours = told_of(model, reference.sessions["temporal"], faces, embeddings)
    results[0].checks += usable_checks("temporal", ours.steps, ours.steps)
    with_memory: list[tuple[Opened, VariantResult]] = [
        (opened, result)
        for opened, result in zip([reference, *candidates], results, strict=True)
        if "temporal" in opened.variant.files
    ]
    said: list[dict[PartName, list[dict[str, Floats]]]] = []
    for opened, result in with_memory[1:]:
        progress(f"memory: {opened.variant.title}")
        theirs = told_of(model, opened.sessions["temporal"], faces, embeddings)
        result.checks += memory_checks(ours, theirs)
        said.append({"temporal": theirs.steps})
    _compare_runtimes([result for _, result in with_memory[1:]], said)
    # The vehicle chooses a precision for each part by itself.
    for behind in following.faces:
        runs = [each for each in with_memory if each[0].variant.runtime == behind.file.runtime]
        if not runs or not _has_passed(behind, results):
            continue
        progress(f"memory: behind face {behind.title}")
        embeddings = embeddings_of(behind.session, faces)
        for opened, result in runs:
            theirs = told_of(model, opened.sessions["temporal"], faces, embeddings)
            result.checks += voted_checks(ours, theirs, f"face {behind.title}")


def _faces_followed(
    reference: Opened, drives: Sequence[Drive], following: Following, progress: Progress
) -> list[FollowedFace]:
    faces: list[FollowedFace] = []
    for number, drive in enumerate(drives, start=1):
        progress(f"followed: {number} of {len(drives)}")
        if reference.perception is not None:
            rate_hz, side_px = following.model.rate_hz, following.side_px
            faces.append(followed(reference.perception, drive(), rate_hz=rate_hz, side_px=side_px))
    return faces


def _has_passed(face: FaceFile, results: Sequence[VariantResult]) -> bool:
    """By what was measured now; by the manifest where the face part is not judged."""
    for result in results:
        if result.variant.files.get("face") == face.file:
            return result.verdict("face") == "passed"
    return face.file.gate == "passed"


def _distance(result: VariantResult, part: PartName, head: str) -> float:
    """From float; what is no number is farthest."""
    values = [c.value for c in result.checks if part in c.parts and c.head == head]
    return max((v if math.isfinite(v) else math.inf for v in values), default=0.0)


def _compare_drives(
    reference: Opened,
    candidates: Sequence[Opened],
    results: Sequence[VariantResult],
    drives: Sequence[Drive],
    progress: Progress,
) -> int:
    """Adds checks to `results`; -> how many events the reference saw."""
    ours: list[Stream] = []
    theirs: list[list[Stream]] = [[] for _ in candidates]
    apart, same_label = [0] * len(candidates), [0] * len(candidates)
    labelled = 0
    total = 0
    everyone = [reference, *candidates]
    # The runtimes let go of the interpreter's lock while they compute.
    with ThreadPoolExecutor(os.cpu_count() or 1) as at_once:
        for number, drive in enumerate(drives, start=1):
            progress(f"drives: {number} of {len(drives)}")
            frames = list(drive())
            within_s = _SLACK_S + (frames[1].t_s - frames[0].t_s if len(frames) > 1 else 0.0)
            mine, *others = at_once.map(_streamed, everyone, repeat(frames))
            ours.append(mine)
            events = events_of(mine.states)
            total += len(events)
            for index, stream in enumerate(others):
                theirs[index].append(stream)
                apart[index] += len(
                    disagreements(events, events_of(stream.states), within_s=within_s)
                )
            labels, *told = at_once.map(_labels, everyone, repeat(frames), repeat(mine))
            labelled += sum(label is not None for label in labels)
            for index, other_labels in enumerate(told):
                same_label[index] += sum(
                    a is not None and a == b for a, b in zip(labels, other_labels, strict=True)
                )
    our_signals = [signals for stream in ours for signals in stream.signals]
    for result, streams, disagreeing, equal in zip(results, theirs, apart, same_label, strict=True):
        other = [signals for stream in streams for signals in stream.signals]
        result.checks += decision_checks(our_signals, other)
        if "expression" in reference.sessions:
            result.checks.append(_smoothed_expression(equal, labelled))
        result.checks += [
            _enough_events(total),
            _event_check(
                "events that only one has, or more than a frame apart",
                disagreeing,
                "at most",
                0,
                total,
            ),
        ]
    return total


def _streamed(opened: Opened, frames: Sequence[Frame]) -> Stream:
    assert opened.perception is not None
    return stream_of(opened.perception, frames)


def _enough_events(total: int) -> Check:
    return _event_check("events in the drives", total, "at least", LEAST_EVENTS, total)


def _event_check(figure: str, value: float, bound: Any, limit: float, n: int) -> Check:
    return Check(_EVENT_PARTS, "events", figure, value, bound, limit, n)


def _labels(opened: Opened, frames: Sequence[Frame], seen: Stream) -> list[int | None]:
    if opened.expression_at is None:
        return []
    return expressions_of(opened.expression_at, frames, seen.faces)


def _smoothed_expression(equal: int, labelled: int) -> Check:
    return Check(
        ("expression",),
        "expression",
        "share of frames whose smoothed expression is equal, per cent",
        100 * equal / labelled if labelled else math.nan,
        "at least",
        LEAST_SMOOTHED_EQUAL,
        labelled,
    )
