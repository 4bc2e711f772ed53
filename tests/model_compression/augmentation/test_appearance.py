"""One sample's looks: labels, chances, determinism, and pictures that no photograph would give."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from edge_app.bundle.heads import VISIBILITY
from edge_app.face.crop import FaceCrop
from model_compression.augmentation.appearance import COVERED_ONLY, Appearance, render
from model_compression.augmentation.crop_jitter import CropJitter, jittered
from model_compression.augmentation.face_frame import face_frame
from model_compression.augmentation.photograph import known_of_photograph
from tests.model_compression.augmentation.drawn_face import DrawnFace, drawn_face

NOTHING = Appearance(
    sunglasses=0, clear_glasses=0, mask=0, hand=0, phone=0, scarf=0, hair=0, cap=0, beard=0,
    infrared=0, mild=0, strong=0,
)  # fmt: skip
EVERYTHING = Appearance(
    sunglasses=0.5, clear_glasses=0.5, mask=0.5, scarf=0.5, hand=0.5, phone=0.5, hair=0.5, cap=0.5,
    beard=1.0, infrared=0.5, mild=0.5, strong=0.5,
)  # fmt: skip
NAME = {name: row for row, name in enumerate(VISIBILITY)}


def test_nothing_drawn_leaves_the_picture_and_says_so() -> None:
    face = drawn_face()
    rendered = render(face.picture, face.points, np.random.default_rng(0), NOTHING)
    assert np.array_equal(rendered.picture, face.picture)
    assert rendered.did == ()
    assert rendered.blur == 0
    assert rendered.visibility[[0, 1, 2, 3, 5, 6, 7]].tolist() == [1, 1, 1, 1, 0, 0, 0]


def test_the_same_seed_gives_the_same_sample_and_another_another() -> None:
    face = drawn_face()

    def sample(seed: int) -> np.ndarray:
        return render(face.picture, face.points, np.random.default_rng(seed), EVERYTHING).picture

    assert np.array_equal(sample(5), sample(5))
    assert not np.array_equal(sample(5), sample(6))


def test_labels_follow_what_was_drawn() -> None:
    face = drawn_face()
    for seed in range(25):
        rendered = render(face.picture, face.points, np.random.default_rng(seed), EVERYTHING)
        assert rendered.visibility.shape == (8,)
        assert rendered.visibility.dtype == np.float32
        assert rendered.visibility[NAME["glasses"]] == 1
        assert rendered.visibility[NAME["sunglasses"]] == ("sunglasses" in rendered.did)
        if "mask" in rendered.did:
            assert rendered.visibility[NAME["mask"]] in (1,) or np.isnan(
                rendered.visibility[NAME["mask"]]
            )
        assert rendered.picture.shape == face.picture.shape
        assert rendered.picture.dtype == np.uint8
        assert 0 <= rendered.exposure <= 1


def test_usual_samples_have_the_stated_shares() -> None:
    face = drawn_face(size_px=64, eye_distance_px=18)
    settings = Appearance()
    rng = np.random.default_rng(0)
    count = 300
    did = Counter(
        name for _ in range(count) for name in render(face.picture, face.points, rng, settings).did
    )
    for name, chance in (
        ("sunglasses", settings.sunglasses),
        ("glasses", settings.clear_glasses),
        ("mask", settings.mask),
        ("hand", settings.hand),
        ("mild", settings.mild),
        ("strong", settings.strong),
    ):
        assert did[name] / count == pytest.approx(
            chance, abs=4 * np.sqrt(chance * (1 - chance) / count)
        )


def test_real_glasses_are_unknown_and_a_bare_face_is_known() -> None:
    bare = drawn_face()
    known = known_of_photograph(bare.picture, face_frame(bare.points))
    assert known[NAME["glasses"]] == 0
    with_frame = bare.picture.copy()
    x, y = 112, round(0.42 * 224)  # between the eyes
    with_frame[y - 2 : y + 2, x - 12 : x + 12] = 20
    known = known_of_photograph(with_frame, face_frame(bare.points))
    assert np.isnan(known[NAME["glasses"]])


def test_an_eye_turned_out_of_sight_is_not_said_to_be_visible() -> None:
    face = drawn_face(yaw_deg=60)
    known = known_of_photograph(face.picture, face_frame(face.points))
    assert known[NAME["eye_left"]] == 0  # turned to the picture's right, the driver's left is far
    assert known[NAME["eye_right"]] == 1


WILD: dict[str, DrawnFace] = {
    "outside": drawn_face(center=(-1.0, 3.0)),
    "half outside": drawn_face(center=(0.0, 0.0)),
    "tiny": drawn_face(size_px=24, eye_distance_px=4),
    "dot": drawn_face(size_px=8, eye_distance_px=0.5),
    "huge": drawn_face(size_px=64, eye_distance_px=900),
    "profile": drawn_face(yaw_deg=89),
    "other profile": drawn_face(yaw_deg=-75, roll_deg=40),
    "upside down": drawn_face(roll_deg=180),
    "one point": DrawnFace(np.zeros((50, 50), np.uint8), np.full((146, 2), 25, np.float32)),
}


@pytest.mark.parametrize("name", WILD)
def test_no_face_is_too_wild(name: str) -> None:
    face = WILD[name]
    for seed in range(12):
        rendered = render(face.picture, face.points, np.random.default_rng(seed), EVERYTHING)
        assert rendered.picture.shape == face.picture.shape
        assert rendered.picture.dtype == np.uint8
        assert np.isfinite([rendered.blur, rendered.exposure, rendered.resolution]).all()
        labels = rendered.visibility[~np.isnan(rendered.visibility)]
        assert set(labels.tolist()) <= {0.0, 1.0}


def test_a_part_outside_the_picture_is_not_visible() -> None:
    face = WILD["outside"]
    rendered = render(face.picture, face.points, np.random.default_rng(0), COVERED_ONLY)
    assert rendered.visibility[:4].tolist() == [0, 0, 0, 0]


def test_jitter_is_small_after_the_tracker_and_bounded_after_the_detector() -> None:
    crop = FaceCrop(100.0, 120.0, 80.0, 0.1)
    rng = np.random.default_rng(0)
    tracked = [jittered(crop, rng, CropJitter(large=0.0)) for _ in range(400)]
    assert np.std([one.center_x_px for one in tracked]) == pytest.approx(0.025 * 80, rel=0.15)
    assert np.std([one.roll_rad for one in tracked]) == pytest.approx(np.radians(3), rel=0.15)
    detected = [jittered(crop, rng, CropJitter(large=1.0)) for _ in range(400)]
    assert max(abs(one.center_y_px - 120) for one in detected) <= 8.0
    assert max(one.side_px for one in detected) <= 80 * 1.18
    assert min(one.side_px for one in detected) >= 80 / 1.18
