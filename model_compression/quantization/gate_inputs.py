"""What the gate is run on: people held out of training, or the demo's driver where there are no data sets.

Pictures for the heads, drives for decisions and events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.open import Bundle
from edge_app.camera.frame import Frame
from edge_app.errors import UserError
from edge_app.face.landmark_layout import stacked
from edge_app.face.observation import FaceObservation, Perception
from edge_app.face.settings import PerceptionSettings
from edge_app.face.tracker import FaceTracker
from model_compression.data.labelled_face import LabelledFace
from model_compression.evaluation.clip_frames import frames_of
from model_compression.quantization.gate import Drive
from model_compression.quantization.pictures import (
    SETS,
    KnownFace,
    TrialPictures,
    labelled_faces,
    no_pictures,
    trial_pictures,
    with_emotions,
)
from model_compression.quantization.quotas import within_quotas
from model_compression.quantization.traces import trace
from model_compression.quantization.variants import perception_of, reference_of, variants_of

Floats = NDArray[np.float32]

DRIVE_S = 60.0
_BLENDSHAPES = 52
_LEAST_SIDE_PX = 100  # of a face that makes a drive
_FRONTAL_RAD = 0.25  # well within what counts as looking at the road
_EMOTIONS_PER_PICTURE = 5
# Of one driver alone: hardly any is near a choice between two emotions, so that the worst hundredth of fewer is chance
# (of 400 it was 1.3 to 8 points by the seed, of 3 200 it is 2.3 to 3.6).
_EXPRESSIONS_OF_ONE_DRIVER = 3200
_CLIP_STEP = 5  # frames between two pictures of the clip
_CLIP_FACES = 80  # pictures of the clip that are enough
_SHUT_MOUTH = 0.4
# NASA's of the astronaut Eileen Collins, in the public domain; the demo's driver is drawn from it.
_PHOTOGRAPH = files("driver_simulator") / "portraits" / "astronaut.jpg"


@dataclass(frozen=True, slots=True)
class GateInputs:
    """`told` says in words what they were made of.

    `followed`: drives that only the part temporal follows; nothing happens in them at instants that are known.
    """

    pictures: TrialPictures
    drives: list[Drive]
    told: str
    followed: tuple[Drive, ...] = ()


def inputs_from_labels(
    *, pictures: int, drives: int, face_px: int, seed: int, cache: Path | None = None
) -> GateInputs:
    """Of people held out. Raises `UserError` where no set is labelled here."""
    rng = np.random.default_rng(seed)
    known = labelled_faces(SETS, held_out=True, cache_root=cache)
    shuffled = [known[row] for row in rng.permutation(len(known))]
    shown = _of_all_sets(shuffled, pictures)
    drivers = _of_all_sets([each for each in shuffled if _may_drive(each.face)], drives)
    counts = Counter(each.set_name for each in shown)
    sets = ", ".join(f"{count} of {name}" for name, count in counts.most_common())
    made = _inputs(
        [each.face for each in shown],
        [each.face for each in drivers],
        face_px,
        rng,
        told=f"{len(shown)} pictures of people held out of training ({sets})",
    )
    emotional = [each.face for each in shuffled if each.face.emotion >= 0]
    emotional = emotional[: _EMOTIONS_PER_PICTURE * pictures]
    if not emotional:
        return made
    return replace(
        made,
        pictures=with_emotions(made.pictures, emotional, rng),
        told=f"{made.told}, expression on {len(emotional)} pictures of labelled emotion",
    )


def _of_all_sets(known: Sequence[KnownFace], count: int) -> list[KnownFace]:
    return [known[row] for row in within_quotas([each.set_name for each in known], count)]


def inputs_from_clip(
    bundle: Bundle, clip: Path, *, pictures: int, drives: int, face_px: int, seed: int
) -> GateInputs:
    """Pictures of the driver in `clip`, drives of the photograph behind it: lids are drawn into a drive, and a face
    that was drawn before takes them less well. Points are as the bundle's own float models tell them.
    """
    reference = reference_of(variants_of(bundle.manifest), bundle.manifest)
    perception = perception_of(bundle, reference.sessions(bundle, reference))
    found = _faces_in(clip, perception)
    driver = _photographed(perception)
    if not found or driver is None:
        place = _PHOTOGRAPH if found else clip
        raise UserError(f"{place}: the bundle's float models find no face in it.")
    rng = np.random.default_rng(seed)
    faces = [found[row] for row in rng.integers(len(found), size=pictures)]
    told = f"{len(faces)} changed pictures of {clip.name}"
    made = _inputs(faces, [driver] * drives, face_px, rng, told=told)
    # Drawn last, so that their number decides neither the other pictures nor the drives.
    count = max(_EMOTIONS_PER_PICTURE * pictures, _EXPRESSIONS_OF_ONE_DRIVER)
    expressive = [found[row] for row in rng.integers(len(found), size=count)]
    return replace(
        made,
        pictures=with_emotions(made.pictures, expressive, rng),
        told=f"{made.told}, expression on {len(expressive)} pictures",
        followed=(partial(frames_of, clip),),
    )


def drives_from_labels(*, drives: int, seed: int, cache: Path | None = None) -> GateInputs:
    """Of people held out, for a part that looks at no picture. Raises `UserError` where no set is labelled here."""
    rng = np.random.default_rng(seed)
    known = labelled_faces(SETS, held_out=True, cache_root=cache)
    shuffled = [known[row] for row in rng.permutation(len(known))]
    drivers = _of_all_sets([each for each in shuffled if _may_drive(each.face)], drives)
    made = _drives([each.face for each in drivers], rng)
    return GateInputs(no_pictures(), made, f"{len(made)} drives of people held out of training")


def drives_from_clip(bundle: Bundle, clip: Path, *, drives: int, seed: int) -> GateInputs:
    """The same of the photograph behind `clip`, and the clip itself."""
    reference = reference_of(variants_of(bundle.manifest), bundle.manifest)
    perception = perception_of(bundle, reference.sessions(bundle, reference))
    made = drives_of_photograph(perception, drives, np.random.default_rng(seed))
    told = f"{len(made)} drives of {DRIVE_S:g} s and {clip.name}"
    return GateInputs(no_pictures(), made, told, (partial(frames_of, clip),))


def drives_of_photograph(
    perception: Perception, drives: int, rng: np.random.Generator
) -> list[Drive]:
    """Raises `UserError` where `perception` finds no face in it."""
    driver = _photographed(perception)
    if driver is None:
        raise UserError(f"{_PHOTOGRAPH}: no face is found in it; install Vigil again.")
    return _drives([driver] * drives, rng)


def _inputs(
    faces: Sequence[LabelledFace],
    drivers: Sequence[LabelledFace],
    face_px: int,
    rng: np.random.Generator,
    *,
    told: str,
) -> GateInputs:
    made = _drives(drivers, rng)
    pictures = trial_pictures(faces, rng, face_px=face_px)
    return GateInputs(pictures, made, f"{told}, {len(drivers)} drives of {DRIVE_S:g} s")


def _drives(drivers: Sequence[LabelledFace], rng: np.random.Generator) -> list[Drive]:
    seeds = rng.integers(2**31, size=len(drivers)).tolist()
    return [partial(_drive, face, seed) for face, seed in zip(drivers, seeds, strict=True)]


def _drive(face: LabelledFace, seed: int) -> Iterable[Frame]:
    rng = np.random.default_rng(seed)
    return trace(face.picture, face.points, duration_s=DRIVE_S, rng=rng)


def _may_drive(face: LabelledFace) -> bool:
    """Large enough to move its lids, seen from the front, eyes open."""
    forward = -face.rotation[:, 2]
    sideways = float(np.hypot(forward[0], forward[1]))
    is_large = 3.2 * face.eye_distance_px >= _LEAST_SIDE_PX
    return is_large and sideways < np.sin(_FRONTAL_RAD) and face.blink("left") < 0.3


def _faces_in(clip: Path, perception: Perception) -> list[LabelledFace]:
    tracker = FaceTracker(perception, PerceptionSettings())
    faces: list[LabelledFace] = []
    for frame in frames_of(clip):
        seen = tracker.step(frame)
        if seen is not None and frame.index % _CLIP_STEP == 0 and _looks_ahead(seen):
            faces.append(_labelled(frame, seen))
            if len(faces) == _CLIP_FACES:
                break
    return faces


def _looks_ahead(seen: FaceObservation) -> bool:
    """Awake, mouth shut, head not turned."""
    open_eyes = min(seen.eye_openness_left.value, seen.eye_openness_right.value) > 0.5
    ahead = abs(seen.head_pose.yaw_rad) < _FRONTAL_RAD
    return open_eyes and ahead and seen.mouth_openness.value < _SHUT_MOUTH


def _photographed(perception: Perception) -> LabelledFace | None:
    coded = np.frombuffer(_PHOTOGRAPH.read_bytes(), dtype=np.uint8)
    image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)
    frame = Frame(image, 0.0, 0)
    seen = FaceTracker(perception, PerceptionSettings()).step(frame)
    return None if seen is None else _labelled(frame, seen)


def _labelled(frame: Frame, seen: FaceObservation) -> LabelledFace:
    image = frame.image
    luma = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    nothing = np.zeros(_BLENDSHAPES, dtype=np.float32)
    points = stacked(seen.landmarks)
    return LabelledFace(
        picture=np.ascontiguousarray(luma),
        points=points,
        point_std=np.zeros(len(points), dtype=np.float32),
        rotation=np.eye(3, dtype=np.float32),
        rotation_std_rad=0.0,
        scores=nothing,
        scores_std=nothing,
        emotion=-1,
    )
