"""Two people in one clip, each followed alone and judged against a teacher that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import COUNT, PARTS, named
from edge_app.face.observation import Estimate, FaceDetection, FaceObservation, HeadPose
from edge_app.face.settings import PerceptionSettings
from model_compression.evaluation.bench import Bench, Choice
from model_compression.evaluation.contestant import BUNDLE, Contestant
from model_compression.evaluation.kinds import measure_of
from model_compression.evaluation.teacher import TeacherReading
from tests.model_compression.evaluation.drawn_sets import video

_SIDE_PX = 40
_EYES_APART_PX = 16.0


def picture(*people: tuple[int, int]) -> NDArray[np.uint8]:
    """Squares at (x px, luma); the luma tells how far the head is turned."""
    image = np.zeros((120, 240, 3), dtype=np.uint8)
    for x, luma in people:
        image[40 : 40 + _SIDE_PX, x : x + _SIDE_PX] = luma
    return image


def yaw_of(luma: float) -> float:
    return math.radians((luma - 150) / 2)


def squares(image: NDArray[np.uint8]) -> list[tuple[float, float, float]]:
    """x, y of the centre and luma of each square."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    count, labels, stats, centers = cv2.connectedComponentsWithStats((grey > 60).astype(np.uint8))
    return [
        (float(centers[i][0]), float(centers[i][1]), float(np.median(grey[labels == i])))
        for i in range(1, count)
        if stats[i, cv2.CC_STAT_AREA] > 400
    ]


def points_at(x: float, y: float, shift_px: float = 0.0) -> NDArray[np.float32]:
    """(146, 2): lids around two eyes, everything else in the middle, the oval around the square."""
    points = np.tile(np.array([x, y], dtype=np.float32), (COUNT, 1))
    for side, sign in (("left", 1), ("right", -1)):
        points[PARTS[f"eyelid_{side}"], 0] += sign * _EYES_APART_PX / 2
    angle = np.linspace(0, math.tau, 36, endpoint=False)
    points[PARTS["oval"], 0] += (_SIDE_PX / 2 * np.cos(angle)).astype(np.float32)
    points[PARTS["oval"], 1] += (_SIDE_PX / 2 * np.sin(angle)).astype(np.float32)
    return points + np.array([shift_px, 0], dtype=np.float32)


@dataclass
class SquareReader:
    """Sees squares; its yaw and its points are off by what it is told."""

    yaw_off_rad: float = 0.0
    shift_px: float = 0.0
    name: str = "squares/1"
    expression_labels: tuple[str, ...] = ()
    temporal = None
    blink_head = None

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        half = _SIDE_PX / 2
        return [
            FaceDetection(
                (x - half, y - half, x + half, y + half), 0.9, FaceCrop(x, y, 2.0 * _SIDE_PX, 0.0)
            )
            for x, y, _ in squares(image)
        ]

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        here = [
            (x, y, luma)
            for x, y, luma in squares(image)
            if math.hypot(x - crop.center_x_px, y - crop.center_y_px) < _SIDE_PX
        ]
        x, y, luma = here[0] if here else (crop.center_x_px, crop.center_y_px, 0.0)
        half = _SIDE_PX / 2
        return FaceObservation(
            presence=1.0 if here else 0.0,
            box=(x - half, y - half, x + half, y + half),
            landmarks=named(points_at(x, y, self.shift_px)),
            eye_openness_left=Estimate(1.0, 0.1),
            eye_openness_right=Estimate(1.0, 0.1),
            mouth_openness=Estimate(0.0, 0.1),
            smile=Estimate(0.0, 0.1),
            head_pose=HeadPose(yaw_of(luma) + self.yaw_off_rad, 0.0, 0.0, std_rad=0.01),
            gaze_yaw=None,
            gaze_pitch=None,
            expression=None,
            next_crop=FaceCrop(x, y, 2.0 * _SIDE_PX, 0.0),
        )


class KnownTeacher:
    """Says the truth of the drawn squares, with views that agree unless told otherwise."""

    def __init__(self, spread: float = 0.0) -> None:
        self._spread = spread

    def crops(self, image: NDArray[np.uint8]) -> list[FaceCrop]:
        return [FaceCrop(x, y, 2.0 * _SIDE_PX, 0.0) for x, y, _ in squares(image)]

    def read(self, image: NDArray[np.uint8], crop: FaceCrop) -> TeacherReading | None:
        near = [s for s in squares(image) if abs(s[0] - crop.center_x_px) < _SIDE_PX / 2]
        if not near:
            return None
        x, y, luma = near[0]
        angles = (yaw_of(luma), 0.0, 0.0)
        return TeacherReading(
            points_at(x, y), angles, _EYES_APART_PX, self._spread, self._spread, 1.0
        )


def bench_with(reader: SquareReader, teacher: KnownTeacher, choice: Choice | None = None) -> Bench:
    contestant = Contestant(BUNDLE, reader, PerceptionSettings(), "0" * 64)
    return Bench((contestant,), teacher, choice or Choice())  # type: ignore[arg-type]


def two_people(path: Path, count: int = 30) -> Path:
    return video(path, [picture((30 + i, 120 + i), (160, 180 - i)) for i in range(count)])


def test_each_person_is_measured_alone(tmp_path: Path) -> None:
    path = two_people(tmp_path / "both.avi")
    off = math.radians(5)
    measured = measure_of("headpose")(path, bench_with(SquareReader(off), KnownTeacher()))
    assert measured.people == 2 and measured.n == 60
    assert list(measured.groups["person"]) == ["both-1", "both-2"]
    for figures in (measured.figures, *measured.groups["person"].values()):
        assert figures[BUNDLE]["face_found"].value == 1.0
        assert figures[BUNDLE]["yaw_error_deg"].value == pytest.approx(5.0, abs=0.01)
        assert figures[BUNDLE]["pitch_error_deg"].value == pytest.approx(0.0, abs=1e-6)
    for name in ("yaw_error_deg", "face_found"):
        figure = measured.figures[BUNDLE][name]
        assert figure.low is None and figure.interval == "none: 2 people, fewer than 5"


def test_points_are_measured_in_eye_distances(tmp_path: Path) -> None:
    path = two_people(tmp_path / "both.avi")
    reader = SquareReader(shift_px=0.05 * _EYES_APART_PX)
    figures = measure_of("headpose")(path, bench_with(reader, KnownTeacher())).figures[BUNDLE]
    assert figures["landmark_error"].value == pytest.approx(0.05, abs=1e-4)


def test_frames_in_which_the_teacher_contradicts_itself_are_no_measure(tmp_path: Path) -> None:
    path = two_people(tmp_path / "both.avi")
    teacher = KnownTeacher(spread=0.2)
    figures = measure_of("headpose")(path, bench_with(SquareReader(), teacher)).figures[BUNDLE]
    assert figures["landmark_error"].n == 0 and figures["yaw_error_deg"].n == 0
    assert figures["teacher_agrees"].value == 0.0
    assert figures["face_found"].value == 1.0


def test_face_found_in_the_wrong_place_is_not_found(tmp_path: Path) -> None:
    class Beside(SquareReader):
        def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
            seen = super().observe(image, crop)
            return replace(seen, box=(0.0, 0.0, 10.0, 10.0))

    path = two_people(tmp_path / "both.avi", count=6)
    figures = measure_of("headpose")(path, bench_with(Beside(), KnownTeacher())).figures[BUNDLE]
    assert figures["face_found"].value == 0.0


def test_somebody_seen_for_a_moment_is_no_person_of_the_clip(tmp_path: Path) -> None:
    frames = [picture((30, 120)) for _ in range(27)] + [picture((30, 120), (160, 180))] * 3
    path = video(tmp_path / "clip.avi", frames)
    measured = measure_of("headpose")(path, bench_with(SquareReader(), KnownTeacher()))
    assert list(measured.groups["person"]) == ["clip"]


def test_people_can_be_chosen_by_name(tmp_path: Path) -> None:
    path = two_people(tmp_path / "both.avi")
    choice = Choice(people=("both-2",))
    measured = measure_of("headpose")(path, bench_with(SquareReader(), KnownTeacher(), choice))
    assert measured.n == 30


FEMALE, MALE = "head-pose-face-detection-female.gif", "head-pose-face-detection-male.gif"
BOTH = "head-pose-face-detection-female-and-male.gif"


@pytest.fixture
def project_clips(tmp_path: Path) -> Path:
    """Clips of the names of the project's own: a woman, a man, and both of them."""
    folder = tmp_path / "headpose"
    folder.mkdir()
    for name, frames in (
        (FEMALE, [picture((30, 120))] * 10),
        (MALE, [picture((100, 180))] * 10),
        (BOTH, [picture((30, 120), (160, 180))] * 10),
    ):
        video(folder / "clip.avi", frames)
        (folder / "clip.avi").rename(folder / name)
    return folder


def test_man_of_both_clips_is_left_out_where_training_saw_him_in_one(project_clips: Path) -> None:
    bench = bench_with(SquareReader(), KnownTeacher(), Choice(held_out=True))
    measured = measure_of("headpose")(project_clips, bench)
    assert measured.groups["person"].keys() == {"woman", "both-left"}
    assert measured.people == 1 and measured.n == 20
    assert measured.left_out.keys() == {"man", "both-right"}
    assert "trained on" in measured.left_out["man"]
    assert "the same person as man" in measured.left_out["both-right"]


def test_one_person_in_two_clips_is_one_person(project_clips: Path) -> None:
    measured = measure_of("headpose")(project_clips, bench_with(SquareReader(), KnownTeacher()))
    assert measured.people == 2 and measured.n == 40
    assert measured.figures[BUNDLE]["yaw_error_deg"].people == 2
    assert measured.left_out == {}
    training = measured.groups["training"]
    assert training["never seen"][BUNDLE]["face_found"].n == 20
    assert training["learned from"][BUNDLE]["face_found"].people == 1


def test_clips_count_landmarks_only_where_the_teacher_was_asked(tmp_path: Path) -> None:
    path = video(tmp_path / "clip.avi", [picture((30, 120))] * 30)
    reader = SquareReader(shift_px=1.6)
    measured = measure_of("clips")(path, bench_with(reader, KnownTeacher()))
    figures = measured.figures[BUNDLE]
    assert figures["face_found"].n == 30
    assert figures["landmark_error"].n == 10
    assert figures["landmark_error"].value == pytest.approx(0.1, abs=1e-4)


def test_subgroups_of_clips_are_of_frames_in_which_the_teacher_looked(tmp_path: Path) -> None:
    """In those the teacher says where the face is, so that a face nobody found still has a group."""

    class Blind(SquareReader):
        def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
            return [] if squares(image)[0][2] > 150 else super().detect(image)

        def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
            seen = super().observe(image, crop)
            return replace(seen, presence=0.0) if squares(image)[0][2] > 150 else seen

    # Turned by 20 degrees to one side and seen, then by 35 to the other and lost.
    frames = [picture((30, 110))] * 60 + [picture((30, 220))] * 60
    path = video(tmp_path / "clip.avi", frames)
    pose = measure_of("clips")(path, bench_with(Blind(), KnownTeacher())).groups["pose"]
    assert pose["over 30°"][BUNDLE]["face_found"].n == 20
    assert pose["over 30°"][BUNDLE]["face_found"].value == 0.0
    assert pose["15–30°"][BUNDLE]["face_found"].value == 1.0
