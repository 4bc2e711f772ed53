"""What the default bundle answers on the machine that runs this: every LiteRT file, then the whole student.

    student_answers.py FRAMES.npz ANSWERS.npz

Frames come in as decoded pixels, so that two machines look at the same. Out go arrays by name: `FILE/INPUT/OUTPUT` of
single runs, `picture/FRAME/CUT` of what is cut from a frame, `student/FRAME/FIELD` of the student that follows a face
from frame to frame, `one_place/FRAME/FIELD` of the student that is told where to look, and `decided/FRAME/FIELD`,
which are whole numbers.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.driver.references import EyeReference
from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import BundleFile, Part
from edge_app.bundle.open import Bundle, open_bundle
from edge_app.bundle.sessions import open_file, trial_input
from edge_app.driver_state.closure import closure_of
from edge_app.driver_state.settings import LidSettings
from edge_app.driver_state.signals import Signal
from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import stacked
from edge_app.face.letterbox import DETECTOR_SIZE_PX, letterbox_of, letterboxed
from edge_app.face.luma_reach import luma_of
from edge_app.face.observation import FaceObservation
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_bundle import tuning_of
from edge_app.face.student_crops import cut_eye, cut_face
from edge_app.face.student_perception import StudentPerception, StudentSessions

Answers = dict[str, NDArray[np.float64]]
_NOISE_STRENGTHS = (0.25, 1.0, 2.0)
_SEED = 20261201
_AT_ONE_PLACE = 5  # frames
_VISIBLE_FROM = 0.5
_FACE_PX = 112


def main() -> None:
    with np.load(sys.argv[1]) as archive:
        frames = archive["frames"]
    bundle = open_bundle("default")
    answers: Answers = {}
    for name, part, file in litert_files(bundle):
        answers |= single_runs(bundle, name, part, file)
    answers |= cuts(frames)
    student = student_of(bundle)
    answers |= looked_at_one_place(student, frames[:_AT_ONE_PLACE])
    begin_s = time.perf_counter()
    answers |= followed(student, frames)
    took_s = time.perf_counter() - begin_s
    np.savez(sys.argv[2], **answers)  # type: ignore[arg-type]
    packages = ("ai-edge-litert", "numpy", "opencv-python-headless")
    versions = [f"Python {platform.python_version()}", *(f"{p} {version(p)}" for p in packages)]
    told = {"seconds_per_frame": took_s / max(1, len(frames)), "with": ", ".join(versions)}
    sys.stdout.write(json.dumps(told) + "\n")


def litert_files(bundle: Bundle) -> Iterator[tuple[PartName, Part, BundleFile]]:
    for name, part in bundle.manifest.parts.named().items():
        for file in part.files:
            if file.runtime == "litert":
                yield name, part, file


def single_runs(bundle: Bundle, name: PartName, part: Part, file: BundleFile) -> Answers:
    """Of one file: noise of several strengths, the input that bundles are tried with, and a ramp."""
    session = open_file(bundle, name, file)
    shape = part.input.shape
    random = np.random.default_rng(_SEED)
    inputs: list[NDArray[Any]] = [
        random.standard_normal(shape) * strength for strength in _NOISE_STRENGTHS
    ]
    inputs += [trial_input(part), np.linspace(-2.0, 2.0, int(np.prod(shape))).reshape(shape)]
    return {
        f"{file.path}/{index}/{output}": value.astype(np.float64)
        for index, array in enumerate(inputs)
        for output, value in session.run({part.input.name: array.astype(np.float32)}).items()
    }


def cuts(frames: NDArray[np.uint8]) -> Answers:
    """What OpenCV makes of the frames at one and the same place: the detector's small picture, a face, an eye."""
    answers: Answers = {}
    for index, frame in enumerate(frames):
        luma = luma_of(frame)
        height, width = luma.shape
        small = np.zeros((DETECTOR_SIZE_PX, DETECTOR_SIZE_PX), dtype=np.float32)
        letterboxed(luma, letterbox_of(width, height, DETECTOR_SIZE_PX), small)
        face = _one_place(frame)
        eye = replace(face, side_px=0.12 * height)
        answers[f"picture/{index}/small"] = small.astype(np.float64)
        answers[f"picture/{index}/face"] = cut_face(luma, face, _FACE_PX).astype(np.float64)
        answers[f"picture/{index}/eye"] = cut_eye(luma, eye, mirrored=True).astype(np.float64)
    return answers


def student_of(bundle: Bundle) -> StudentPerception:
    """Of the float32 files; which file is quicker is nothing that an emulated processor could say."""
    sessions = {
        name: open_file(bundle, name, file)
        for name, _, file in litert_files(bundle)
        if file.precision == "float32"
    }
    manifest = bundle.manifest
    return StudentPerception(
        bundle.title,
        StudentSessions(sessions["detector"], sessions["face"], sessions["eyes"]),
        tuning_of(manifest),
        face_size_px=manifest.preprocessing.face_size_px,
    )


def looked_at_one_place(student: StudentPerception, frames: NDArray[np.uint8]) -> Answers:
    """What is read where no detector and no last look says where to look."""
    return {
        f"one_place/{index}/{name}": row
        for index, frame in enumerate(frames)
        for name, row in _read(student.observe(frame, _one_place(frame))).items()
    }


def _one_place(frame: NDArray[np.uint8]) -> FaceCrop:
    """Near the face of the demo clip."""
    height, width = frame.shape[:2]
    return FaceCrop(0.52 * width, 0.44 * height, 0.4 * height, roll_rad=0.13)


def followed(student: StudentPerception, frames: NDArray[np.uint8]) -> Answers:
    """Each frame's detections, and the face where the last look said it is, or else where it is found."""
    answers: Answers = {}
    crop = None
    min_presence = PerceptionSettings().min_presence
    for index, frame in enumerate(frames):
        detections = student.detect(frame)
        answers[f"decided/{index}/faces"] = _row(len(detections))
        if detections:
            answers[f"student/{index}/box_px"] = _row(*detections[0].box)
            answers[f"student/{index}/score"] = _row(detections[0].score)
            crop = crop or detections[0].crop
        if crop is None:
            continue
        seen = student.observe(frame, crop)
        crop = seen.next_crop if seen.presence >= min_presence else None
        answers |= {f"student/{index}/{name}": row for name, row in _read(seen).items()}
        answers[f"decided/{index}/face"] = _row(crop is not None)
        answers[f"decided/{index}/eyes_closed"] = _row(*_closed(seen))
        if seen.visibility is not None:
            visible = _visibility(seen) >= _VISIBLE_FROM
            answers[f"decided/{index}/visible"] = visible.astype(np.float64)
    return answers


def _read(seen: FaceObservation) -> Answers:
    pose = seen.head_pose
    return {
        "presence": _row(seen.presence),
        "landmarks_px": stacked(seen.landmarks).astype(np.float64),
        "eye_openness": _row(seen.eye_openness_left.value, seen.eye_openness_right.value),
        "mouth_openness": _row(seen.mouth_openness.value),
        "smile": _row(seen.smile.value),
        "head_pose_rad": _row(pose.yaw_rad, pose.pitch_rad, pose.roll_rad),
        "gaze_rad": _row(*(gaze.value for gaze in (seen.gaze_yaw, seen.gaze_pitch) if gaze)),
        "visibility": _visibility(seen),
    }


def _visibility(seen: FaceObservation) -> NDArray[np.float64]:
    told = seen.visibility
    return _row() if told is None else _row(*(getattr(told, name) for name in type(told).__slots__))


def _closed(seen: FaceObservation) -> list[bool]:
    """By a typical driver's eyes."""
    closures = [
        closure_of(Signal.of(openness.value, openness.std), EyeReference()).value
        for openness in (seen.eye_openness_left, seen.eye_openness_right)
    ]
    closed_from = LidSettings().closed_from
    return [closure is not None and closure >= closed_from for closure in closures]


def _row(*values: float) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


if __name__ == "__main__":
    main()
