"""From a bundle's name to a `StudentPerception`: its parts loaded, its thresholds, temperatures and sizes taken."""

from __future__ import annotations

from edge_app.bundle.heads import VEHICLE_HEADS
from edge_app.bundle.manifest import BundleManifest
from edge_app.bundle.open import open_bundle
from edge_app.bundle.sessions import VEHICLE_PARTS, open_parts
from edge_app.bundle.vehicle import check_inputs
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_perception import StudentPerception, StudentSessions
from edge_app.face.student_reading import StudentTuning


def open_student(settings: PerceptionSettings) -> StudentPerception:
    """Raises `BundleError`, `ModelFileError` and `RuntimeMissingError`, each in one sentence."""
    parts, heads = list(VEHICLE_PARTS), list(VEHICLE_HEADS)
    if settings.expression:
        parts.append("expression")
        heads.append("expression")
    bundle = open_bundle(settings.model, require=heads)
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
    )


def tuning_of(manifest: BundleManifest) -> StudentTuning:
    """What the bundle says of its outputs, each value in its range: see `edge_app.bundle.tuning`."""
    thresholds = manifest.thresholds.model_dump()
    openness = thresholds.pop("openness_face_weight")
    visible = thresholds.pop("visible_face_weight")
    return StudentTuning(thresholds, manifest.temperatures.model_dump(), openness, visible)
