"""The built-in pictures without a face: many, of many families, the same each time, and none that shows people."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.face.crop import FaceCrop
from model_compression.evaluation.negative_pictures import builtin_pictures, cabin_pictures
from model_compression.evaluation.textures import TEXTURES, texture
from tests.model_compression.evaluation.drawn_sets import tar


def test_there_are_at_least_three_hundred_without_any_data() -> None:
    pictures = list(builtin_pictures(None, None))
    assert len(pictures) >= 300
    assert len({picture.name for picture in pictures}) == len(pictures)
    for picture in pictures:
        assert picture.image.dtype == np.uint8 and picture.image.shape[2] == 3
        assert "astronaut" not in picture.name and "camera" not in picture.name
    sources = {picture.source for picture in pictures if picture.family == "texture"}
    assert sources == set(TEXTURES)  # of one generator, so no two that are independent
    for picture in pictures:
        if picture.family == "photograph":  # with the squares cut out of it
            assert picture.name == picture.source or picture.name[:-2] == picture.source


@pytest.mark.parametrize("kind", TEXTURES)
def test_texture_is_the_same_each_time_and_another_for_each_seed(kind: str) -> None:
    assert np.array_equal(texture(kind, seed=4), texture(kind, seed=4))
    assert not np.array_equal(texture(kind, seed=4), texture(kind, seed=5))


def test_cabins_are_shown_only_beside_the_people(tmp_path: Path) -> None:
    class Sees:
        def crops(self, image: np.ndarray) -> list[FaceCrop]:
            return [FaceCrop(320.0, 200.0, 240.0, 0.0)]

    cabin = np.full((480, 640, 3), 90, dtype=np.uint8)
    cv2.rectangle(
        cabin, (200, 80), (439, 319), (255, 255, 255), -1
    )  # the head, with its surroundings
    (tmp_path / "yawdd").mkdir()
    tar(tmp_path / "yawdd" / "frames.tar", {"yawn/1.png": cabin})
    parts = list(cabin_pictures(tmp_path, Sees()))  # type: ignore[arg-type]
    assert len(parts) == 3 and len({part.source for part in parts}) == 1
    for part in parts:
        assert min(part.image.shape[:2]) >= 110
        assert not (part.image == 255).any()
