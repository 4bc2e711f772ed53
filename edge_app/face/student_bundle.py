"""From a bundle's name to a `StudentPerception`: its parts loaded, its thresholds, temperatures and sizes taken."""

from __future__ import annotations

import logging

from edge_app.bundle.heads import EXPRESSION_OVER_TIME, TEMPORAL_HEADS, VEHICLE_HEADS, PartName
from edge_app.bundle.manifest import BundleManifest
from edge_app.bundle.open import Bundle, open_bundle
from edge_app.bundle.sessions import VEHICLE_PARTS, open_parts, runs_here
from edge_app.bundle.vehicle import check_inputs
from edge_app.driver_state.signals import TemporalHead
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_perception import StudentPerception, StudentSessions
from edge_app.face.student_reading import StudentTuning
from edge_app.face.temporal_model import TemporalModel
from edge_app.inference.session import Session

_log = logging.getLogger(__name__)


def open_student(settings: PerceptionSettings) -> StudentPerception:
    """Raises `BundleError`, `ModelFileError` and `RuntimeMissingError`, each in one sentence."""
    heads = list(VEHICLE_HEADS)
    if settings.expression:
        heads.append("expression")
    bundle = open_bundle(settings.model, require=heads)
    parts = parts_of(bundle, settings)
    check_inputs(bundle, parts)
    tuning = tuning_of(bundle.manifest)
    sessions = open_parts(
        bundle, parts, runtime=settings.runtime, threads=settings.threads
    ).sessions
    return StudentPerception(
        f"{bundle.manifest.name}/{bundle.manifest.version}",
        StudentSessions(
            sessions["detector"], sessions["face"], sessions["eyes"], sessions.get("expression")
        ),
        tuning,
        face_size_px=bundle.manifest.preprocessing.face_size_px,
        expression_labels=bundle.manifest.expression_labels,
        temporal=temporal_model(
            bundle.manifest, sessions.get("temporal"), expression=settings.expression
        ),
    )


def parts_of(bundle: Bundle, settings: PerceptionSettings) -> list[PartName]:
    """The parts that these settings load. Nothing depends on `temporal`: where it cannot run, it is left out."""
    parts = list(VEHICLE_PARTS)
    if settings.expression:
        parts.append("expression")
    described = bundle.manifest.parts.temporal
    if described is None or not _heads_over_time(bundle.manifest, expression=settings.expression):
        return parts
    if settings.temporal and runs_here(bundle, "temporal", settings.runtime):
        parts.append("temporal")
    elif settings.temporal:
        _log.warning(
            "%s: no file of its part temporal fits this machine; going on without it", bundle.title
        )
    return parts


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
    )


def _heads_over_time(manifest: BundleManifest, *, expression: bool) -> tuple[TemporalHead, ...]:
    return tuple(
        TemporalHead(name, manifest.heads[name].order, manifest.heads[name].validated)
        for name in TEMPORAL_HEADS
        if name in manifest.heads and (expression or name != EXPRESSION_OVER_TIME)
    )


def tuning_of(manifest: BundleManifest) -> StudentTuning:
    """What the bundle says of its outputs, each value in its range: see `edge_app.bundle.tuning`."""
    thresholds = manifest.thresholds.model_dump()
    openness = thresholds.pop("openness_face_weight")
    visible = thresholds.pop("visible_face_weight")
    return StudentTuning(thresholds, manifest.temperatures.model_dump(), openness, visible)
