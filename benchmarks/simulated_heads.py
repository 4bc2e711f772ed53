"""`python -m benchmarks.simulated_heads FACES_TAR TRUTH_CSV`: does MediaPipe read from drawn heads what was scripted?

In: photographs (a tar), and frames whose eyes are labelled closed. Each portrait is drawn before a plain background
with scripted closures, jaw, yaw and gaze. Out: per portrait the correlation of script and reading, and the reading of
a shut eye beside that of really closed ones. This is consistency with a model that has not seen the drawings, not
accuracy.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import sys
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe_machine
from driver_simulator.driver.moment import DriverMoment, FacialActions
from driver_simulator.picture.cutting import cut_out
from driver_simulator.picture.head_painter import HeadPainter
from driver_simulator.picture.portrait import Portrait
from driver_simulator.viewpoint import turned
from edge_app.errors import UserError
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker, MediaPipeReading
from edge_app.inference.model_files import FACE_LANDMARKER, find_model
from model_compression.evaluation.clip_frames import frames_of
from model_compression.evaluation.eye_truth import LabelledFrame, read_truth
from model_compression.evaluation.three_state import CLOSED

Picture = NDArray[np.uint8]

PORTRAITS = 24
APERTURE_MM = 10.0
STEPS = 9
_FRAME, _CENTRE, _PIXELS_PER_M = (320, 420), (160.0, 255.0), 1055.0
_BACKGROUND_BGR = (105, 120, 110)
_STILL = DriverMoment(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
# What makes a photograph frontal, open-eyed and shut-mouthed to the teacher.
_MOST_YAW_DEG, _MOST_PITCH_DEG, _MOST_BLINK, _MOST_JAW = 8.0, 15.0, 0.2, 0.05
_LEAST_EYES_PX = 48.0
_BLINK, _JAW = (9, 10), 25
_IN_LEFT, _IN_RIGHT, _OUT_LEFT, _OUT_RIGHT = 13, 14, 15, 16
_DOWN, _UP = (11, 12), (17, 18)

Reader = Callable[[MediaPipeReading], float]


def _gaze_yaw(reading: MediaPipeReading) -> float:
    scores = reading.scores
    return float(scores[_OUT_LEFT] - scores[_IN_LEFT] + scores[_IN_RIGHT] - scores[_OUT_RIGHT]) / 2


SCRIPTS: dict[str, tuple[tuple[float, float], Reader]] = {
    "closure": ((0.0, 1.0), lambda reading: float(reading.scores[list(_BLINK)].mean())),
    "jaw_drop": ((0.0, 1.0), lambda reading: float(reading.scores[_JAW])),
    "yaw_deg": ((-45.0, 45.0), lambda reading: math.degrees(reading.fit.angles_rad()[0])),
    "gaze_yaw_deg": ((-25.0, 25.0), _gaze_yaw),
    "gaze_pitch_deg": (
        (-25.0, 20.0),
        lambda reading: float(reading.scores[list(_UP)].sum() - reading.scores[list(_DOWN)].sum()),
    ),
}
"""What is scripted, from where to where, and how the teacher's reading of it is had."""


@dataclass(frozen=True, slots=True)
class HeadFigures:
    """One portrait: correlation of script and reading by script, and what is read of the shut eye."""

    name: str
    correlation: dict[str, float]
    shut: float


def open_teacher() -> MediaPipeLandmarker:
    return MediaPipeLandmarker(find_model(FACE_LANDMARKER.file_name, explicit=None))


def read(teacher: MediaPipeLandmarker, picture: Picture) -> MediaPipeReading | None:
    """The surest face, at the crop that its own points ask for."""
    faces = teacher.detect(picture)
    if not faces:
        return None
    return teacher.read(picture, teacher.read(picture, faces[0].crop).fit.next_crop())


def chosen_portraits(
    faces_tar: Path, teacher: MediaPipeLandmarker, count: int, seed: int = 1
) -> Iterator[Portrait]:
    """Portraits of the first photographs, in an order drawn by `seed`, that are frontal, large and open-eyed."""
    with tarfile.open(faces_tar) as tar:
        members = sorted(member.name for member in tar.getmembers() if member.isfile())
        np.random.default_rng(seed).shuffle(members)
        found = 0
        for name in members:
            file = tar.extractfile(name)
            assert file is not None
            coded = np.frombuffer(io.BytesIO(file.read()).getvalue(), dtype=np.uint8)
            picture = cv2.imdecode(coded, cv2.IMREAD_COLOR)
            if picture is None or not _fits(read(teacher, picture.astype(np.uint8, copy=False))):
                continue
            try:
                portrait = cut_out(
                    picture.astype(np.uint8, copy=False),
                    teacher,
                    name=Path(name).stem,
                    where=Path(name),
                )
            except UserError:
                continue
            yield portrait
            found += 1
            if found == count:
                return


def _fits(reading: MediaPipeReading | None) -> bool:
    if reading is None:
        return False
    yaw, pitch, _ = (math.degrees(angle) for angle in reading.fit.angles_rad())
    lids = reading.landmarks()
    apart = lids.eyelid_left[[0, 8]].mean(axis=0) - lids.eyelid_right[[0, 8]].mean(axis=0)
    return (
        abs(yaw) < _MOST_YAW_DEG
        and abs(pitch) < _MOST_PITCH_DEG
        and float(np.hypot(*apart)) >= _LEAST_EYES_PX
        and float(reading.scores[list(_BLINK)].mean()) < _MOST_BLINK
        and float(reading.scores[_JAW]) < _MOST_JAW
    )


def drawn(head: HeadPainter, moment: DriverMoment, yaw_deg: float = 0.0) -> Picture:
    """The head before a plain background."""
    picture = head.paint(
        moment,
        turned(math.radians(yaw_deg), 0.0),
        centre_px=_CENTRE,
        pixels_per_m=_PIXELS_PER_M,
        frame_size=_FRAME,
    )
    frame = np.full((*_FRAME[::-1], 3), _BACKGROUND_BGR, dtype=np.uint8)
    height, width = picture.alpha.shape
    window = frame[picture.top_px :, picture.left_px :][:height, :width]
    share = picture.alpha[..., None].astype(np.float32) / 255
    window[:] = picture.bgr * share + window * (1 - share)
    return frame


def scripted(script: str, value: float) -> tuple[DriverMoment, float]:
    """The moment, and the head's yaw in degrees."""
    if script == "closure":
        return replace(_STILL, closure_left=value, closure_right=value), 0.0
    if script == "jaw_drop":
        return replace(_STILL, actions=FacialActions(jaw_drop=value)), 0.0
    if script == "gaze_yaw_deg":
        return replace(_STILL, gaze_yaw_rad=math.radians(value)), 0.0
    if script == "gaze_pitch_deg":
        return replace(_STILL, gaze_pitch_rad=math.radians(value)), 0.0
    return _STILL, value


def measured(portrait: Portrait, teacher: MediaPipeLandmarker) -> HeadFigures:
    """A frame in which no face is found counts as a reading of 0."""
    head = HeadPainter(portrait, eye_aperture_mm=APERTURE_MM)
    correlation, shut = {}, 0.0
    for script, ((low, high), reader) in SCRIPTS.items():
        values = np.linspace(low, high, STEPS)
        readings = [read(teacher, drawn(head, *scripted(script, float(v)))) for v in values]
        seen = [0.0 if reading is None else reader(reading) for reading in readings]
        flat = float(np.std(seen)) < 1e-9
        correlation[script] = 0.0 if flat else float(np.corrcoef(values, seen)[0, 1])
        if script == "closure":
            shut = seen[-1]
    return HeadFigures(portrait.name, correlation, shut)


def really_shut(truth_csv: Path, teacher: MediaPipeLandmarker) -> list[float]:
    """What is read where both eyes are labelled closed, by both who labelled them."""
    shut = [
        frame
        for frame in read_truth(truth_csv)
        if len(frame.states) == 2 and set(frame.states.values()) == {CLOSED}
    ]
    seen = []
    for picture in _pictures(shut):
        reading = read(teacher, picture)
        if reading is not None:
            seen.append(float(reading.scores[list(_BLINK)].mean()))
    return seen


def _pictures(frames: Sequence[LabelledFrame]) -> Iterator[Picture]:
    for file in sorted({frame.file for frame in frames}):
        wanted = [frame for frame in frames if frame.file == file]
        if wanted[0].member is not None:
            with tarfile.open(file) as tar:
                for frame in wanted:
                    assert frame.member is not None
                    member = tar.extractfile(frame.member)
                    assert member is not None
                    coded = np.frombuffer(member.read(), dtype=np.uint8)
                    picture = cv2.imdecode(coded, cv2.IMREAD_COLOR)
                    assert picture is not None
                    yield picture.astype(np.uint8, copy=False)
            continue
        numbers = {frame.frame for frame in wanted}
        yield from (frame.image for frame in frames_of(file) if frame.index in numbers)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulated_heads")
    parser.add_argument("faces_tar", type=Path, help="photographs of faces")
    parser.add_argument("truth_csv", type=Path, help="eyelid states of frames")
    parser.add_argument("--portraits", type=int, default=PORTRAITS, help="how many")
    parser.add_argument("--out", type=Path, help="write the figures here, as JSON")
    chosen = parser.parse_args(arguments)
    teacher = open_teacher()
    heads = [
        measured(portrait, teacher)
        for portrait in chosen_portraits(chosen.faces_tar, teacher, chosen.portraits)
    ]
    real = really_shut(chosen.truth_csv, teacher)
    _show(heads, real)
    if chosen.out is not None:
        figures = {
            "machine": describe_machine(),
            "heads": [asdict(head) for head in heads],
            "really_shut": real,
        }
        chosen.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _show(heads: Sequence[HeadFigures], real: Sequence[float]) -> None:
    table = Table("portrait", *SCRIPTS, "shut")
    for head in heads:
        table.add_row(
            head.name, *(f"{r:.3f}" for r in head.correlation.values()), f"{head.shut:.2f}"
        )
    medians = [float(np.median([head.correlation[script] for head in heads])) for script in SCRIPTS]
    shut = float(np.median([head.shut for head in heads]))
    table.add_row("median", *(f"{median:.3f}" for median in medians), f"{shut:.2f}")
    Console().print(table)
    print(
        f"really shut eyes: median {np.median(real):.2f} of {len(real)} frames; "
        f"simulated ones reach {shut / float(np.median(real)):.0%} of it"
    )


if __name__ == "__main__":
    sys.exit(main())
