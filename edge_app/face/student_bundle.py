"""From a bundle's name to a `StudentPerception`: its parts loaded, its thresholds, temperatures and sizes taken."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from calibration.probability.isotonic import IsotonicMap
from edge_app.blink_head.opening import open_blink_head
from edge_app.bundle.heads import EXPRESSION_OVER_TIME, TEMPORAL_HEADS, VEHICLE_HEADS, PartName
from edge_app.bundle.manifest import BundleManifest
from edge_app.bundle.open import Bundle, open_bundle
from edge_app.bundle.sessions import VEHICLE_PARTS, extra_choice_of, open_file, open_parts
from edge_app.bundle.vehicle import check_inputs
from edge_app.driver_state.signals import TemporalHead
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_perception import StudentPerception, StudentSessions
from edge_app.face.student_reading import StudentTuning
from edge_app.face.temporal_model import TemporalModel
from edge_app.inference.choice import Choice
from edge_app.inference.runtimes import Precision
from edge_app.inference.session import Session

_log = logging.getLogger(__name__)


def open_student(
    settings: PerceptionSettings, *, precision: Precision | None = None
) -> StudentPerception:
    """Raises `BundleError`, `ModelFileError` and `RuntimeMissingError`, each in one sentence.

    precision: of the files, where every machine has to see the same; None: the quickest.
    """
    heads = list(VEHICLE_HEADS)
    if settings.expression:
        heads.append("expression")
    bundle = open_bundle(settings.model, require=heads)
    parts = parts_of(settings)
    check_inputs(bundle, parts)
    tuning = tuning_of(bundle.manifest)
    opened = open_parts(
        bundle, parts, runtime=settings.runtime, precision=precision, threads=settings.threads
    )
    sessions = opened.sessions
    return StudentPerception(
        f"{bundle.manifest.name}/{bundle.manifest.version}",
        StudentSessions(
            sessions["detector"], sessions["face"], sessions["eyes"], sessions.get("expression")
        ),
        tuning,
        face_size_px=bundle.manifest.preprocessing.face_size_px,
        expression_labels=bundle.manifest.expression_labels,
        temporal=temporal_model(
            bundle.manifest,
            _temporal_session(bundle, settings, opened.choices),
            expression=settings.expression,
        ),
        blink_head=open_blink_head(
            bundle,
            {choice.chosen.runtime for choice in opened.choices.values()},
            runtime=settings.runtime,
            threads=settings.threads,
        ),
    )


def parts_of(settings: PerceptionSettings) -> list[PartName]:
    """The parts without which these settings cannot be used."""
    return [*VEHICLE_PARTS, "expression"] if settings.expression else list(VEHICLE_PARTS)


def temporal_choice(
    bundle: Bundle,
    settings: PerceptionSettings,
    others: Mapping[PartName, Choice],
    *,
    time_all: bool = False,
) -> Choice | None:
    """The file of the part `temporal`; None where it is not read, and, with a warning, where it cannot run.

    others: of the parts that are needed. They are chosen without it: nothing depends on it.
    """
    if (
        not settings.temporal
        or bundle.manifest.parts.temporal is None
        or not _heads_over_time(bundle.manifest, expression=settings.expression)
    ):
        return None
    try:
        check_inputs(bundle, ["temporal"])
        choice = extra_choice_of(
            bundle,
            "temporal",
            {other.chosen.runtime for other in others.values()},
            runtime=settings.runtime,
            threads=settings.threads,
            time_all=time_all,
        )
    except UserError as error:
        _go_on_without(str(error))
        return None
    if choice is None:
        _go_on_without(f"{bundle.title}: no file of its part temporal fits this machine")
    return choice


def _temporal_session(
    bundle: Bundle, settings: PerceptionSettings, others: Mapping[PartName, Choice]
) -> Session | None:
    choice = temporal_choice(bundle, settings, others)
    if choice is None:
        return None
    chosen = choice.chosen
    try:
        return open_file(
            bundle,
            "temporal",
            bundle.file("temporal", chosen.path),
            threads=settings.threads,
            provider=chosen.provider,
        )
    except UserError as error:
        _go_on_without(str(error))
        return None


def _go_on_without(why: str) -> None:
    _log.warning("%s; going on without what follows the face over time", why.rstrip("."))


def temporal_model(
    manifest: BundleManifest, session: Session | None, *, expression: bool
) -> TemporalModel | None:
    """None without a session of the part `temporal`. Expression over time is a head of it only with `expression`."""
    part, face = manifest.parts.temporal, manifest.parts.face
    if session is None or part is None or face is None:
        return None
    return TemporalModel(
        session,
        _heads_over_time(manifest, expression=expression),
        manifest.temperatures.model_dump(),
        part.rate_hz,
        embedding_size=face.outputs["embedding"].shape[-1],
        memory_size=part.outputs["memory"].shape[-1],
        curves=_curves(manifest),
    )


def _heads_over_time(manifest: BundleManifest, *, expression: bool) -> tuple[TemporalHead, ...]:
    return tuple(
        TemporalHead(
            name,
            manifest.heads[name].order,
            manifest.heads[name].validated,
            of_emotion=name == EXPRESSION_OVER_TIME,
        )
        for name in TEMPORAL_HEADS
        if name in manifest.heads and (expression or name != EXPRESSION_OVER_TIME)
    )


def tuning_of(manifest: BundleManifest) -> StudentTuning:
    """What the bundle says of its outputs, each value in its range: see `edge_app.bundle.tuning`."""
    thresholds = manifest.thresholds.model_dump()
    openness = thresholds.pop("openness_face_weight")
    visible = thresholds.pop("visible_face_weight")
    return StudentTuning(
        thresholds,
        manifest.temperatures.model_dump(),
        _curves(manifest),
        openness_face_weight=openness,
        visible_face_weight=visible,
    )


def _curves(manifest: BundleManifest) -> dict[str, IsotonicMap]:
    """Isotonic curves by head. A calibration by temperature is among the temperatures."""
    told = {name: head.calibration for name, head in manifest.heads.items() if head.calibration}
    curves = {name: calibration.curve() for name, calibration in told.items()}
    return {name: curve for name, curve in curves.items() if curve is not None}
