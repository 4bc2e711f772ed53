"""From a bundle's name to a `StudentPerception`: its parts loaded, its thresholds, temperatures and sizes taken."""

from __future__ import annotations

from edge_app.bundle.heads import VEHICLE_HEADS, PartName
from edge_app.bundle.manifest import BundleManifest
from edge_app.bundle.open import Bundle, BundleError, open_bundle
from edge_app.bundle.sessions import VEHICLE_PARTS, open_parts
from edge_app.face.letterbox import DETECTOR_SIZE_PX
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_crops import EYE_HEIGHT_PX, EYE_WIDTH_PX
from edge_app.face.student_perception import StudentPerception, StudentSessions
from edge_app.face.student_reading import StudentTuning

_INPUTS: dict[PartName, str] = {
    "detector": "image",
    "face": "face",
    "eyes": "eyes",
    "expression": "features",
}
# Names in the bundle's `thresholds` that are weights.
_OPENNESS_WEIGHT, _VISIBLE_WEIGHT = "openness_face_weight", "visible_face_weight"


def open_student(settings: PerceptionSettings) -> StudentPerception:
    """Raises `BundleError`, `ModelFileError` and `RuntimeMissingError`, each in one sentence."""
    parts, heads = list(VEHICLE_PARTS), list(VEHICLE_HEADS)
    if settings.expression:
        parts.append("expression")
        heads += ["features", "expression"]
    bundle = open_bundle(settings.model, require=heads)
    _check_pictures(bundle, parts)
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
    """Raises `BundleError` for a threshold that is no probability, or a weight outside 0..1."""
    thresholds = dict(manifest.thresholds)
    plain = StudentTuning()
    openness = thresholds.pop(_OPENNESS_WEIGHT, plain.openness_face_weight)
    visible = thresholds.pop(_VISIBLE_WEIGHT, plain.visible_face_weight)
    title = f"{manifest.name} {manifest.version}"
    for name, weight in ((_OPENNESS_WEIGHT, openness), (_VISIBLE_WEIGHT, visible)):
        if not 0.0 <= weight <= 1.0:
            raise BundleError(
                f"{title}: thresholds.{name} is {weight:g} but must be 0 to 1; choose another bundle."
            )
    for name, threshold in thresholds.items():
        if not 0.0 < threshold < 1.0:
            raise BundleError(
                f"{title}: thresholds.{name} is {threshold:g} but must lie between 0 and 1; choose"
                " another bundle."
            )
    return StudentTuning(thresholds, dict(manifest.temperatures), openness, visible)


def _check_pictures(bundle: Bundle, parts: list[PartName]) -> None:
    """That what this program would show its models is what they expect to see."""
    side = bundle.manifest.preprocessing.face_size_px
    shapes: dict[PartName, tuple[int, ...]] = {
        "detector": (1, 1, DETECTOR_SIZE_PX, DETECTOR_SIZE_PX),
        "face": (1, 1, side, side),
        "eyes": (2, 1, EYE_HEIGHT_PX, EYE_WIDTH_PX),
        "expression": (1, 128, 14, 14),
    }
    for name in parts:
        expected, given = (_INPUTS[name], shapes[name]), bundle.part(name).input
        if (given.name, given.shape) != expected:
            raise BundleError(
                f"{bundle.title}: its part {name} looks at {given.name} of shape {given.shape}, this"
                f" program shows {expected[0]} of shape {expected[1]}; choose another bundle."
            )
