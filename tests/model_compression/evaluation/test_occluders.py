"""The test's own occluders: they hide what they say, and share nothing with those of the training."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from edge_app.face.landmark_layout import PARTS
from model_compression.evaluation import occluders
from model_compression.evaluation.occluders import Kind, render_occluder
from tests.model_compression.augmentation.drawn_face import drawn_face

KINDS: tuple[Kind, ...] = ("sunglasses", "mask", "hand")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", KINDS)
def test_what_it_is_for_is_hidden(kind: Kind, seed: int) -> None:
    face = drawn_face(size_px=112, eye_distance_px=30, yaw_deg=(seed - 3) * 9)
    result = render_occluder(kind, face.picture, face.points, np.random.default_rng(seed))
    if kind == "sunglasses":
        assert {"eye_left", "eye_right"} <= result.hidden
        assert "mouth" in result.seen
    elif kind == "mask":
        assert "mouth" in result.hidden
        assert {"eye_left", "eye_right"} <= result.seen
    else:
        assert result.hidden
    assert result.picture.shape == face.picture.shape
    assert result.picture.dtype == np.uint8


def test_iris_and_white_cannot_be_told_apart_behind_its_lenses() -> None:
    face = drawn_face(size_px=96, eye_distance_px=26)
    lid = face.points[PARTS["eyelid_left"]]
    other = face.picture.copy()
    low, high = np.floor(lid.min(axis=0)).astype(int), np.ceil(lid.max(axis=0)).astype(int)
    other[low[1] : high[1], low[0] : high[0]] = 150  # the same face with no eye at all
    for seed in range(4):
        with_eye = render_occluder(
            "sunglasses", face.picture, face.points, np.random.default_rng(seed)
        )
        without = render_occluder("sunglasses", other, face.points, np.random.default_rng(seed))
        assert np.abs(with_eye.picture.astype(int) - without.picture).max() < 14


def test_the_same_seed_gives_the_same_picture() -> None:
    face = drawn_face(size_px=96, eye_distance_px=26)
    first, again, other = (
        render_occluder("mask", face.picture, face.points, np.random.default_rng(seed)).picture
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", KINDS)
def test_a_face_partly_outside_or_tiny_does_no_harm(kind: Kind) -> None:
    for face in (
        drawn_face(size_px=64, eye_distance_px=20, center=(0.0, 0.1)),
        drawn_face(size_px=64, eye_distance_px=20, center=(4.0, 4.0)),
        drawn_face(size_px=24, eye_distance_px=4),
        drawn_face(size_px=64, eye_distance_px=20, yaw_deg=85),
    ):
        result = render_occluder(kind, face.picture, face.points, np.random.default_rng(0))
        assert result.picture.shape == face.picture.shape


def test_no_code_is_shared_with_the_training() -> None:
    for path in Path(str(occluders.__path__[0])).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert "augmentation" not in node.module, path
