"""A model file that cannot be used is one sentence that names it and says what to do."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from edge_app.face.mediapipe_geometry import CanonicalFace
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
from edge_app.inference.session import ModelFileError

PARTS = (
    "face_detector.tflite",
    "face_landmarks_detector.tflite",
    "face_blendshapes.tflite",
    "geometry_pipeline_metadata_landmarks.binarypb",
)


def sentence_of(file: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        MediaPipeLandmarker(file)
    assert isinstance(caught.value, UserError)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert str(file) in sentence or file.name in sentence
    return sentence


def zip_of(file: Path, parts: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(file, "w", compression) as task:
        for name, content in parts.items():
            task.writestr(name, content)
    return file


def test_missing_file(tmp_path: Path) -> None:
    assert "vigil models fetch mediapipe" in sentence_of(tmp_path / "face_landmarker.task")


def test_folder_in_its_place(tmp_path: Path) -> None:
    assert "vigil models fetch mediapipe" in sentence_of(tmp_path)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>" * 100])
def test_file_that_is_no_zip(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "face_landmarker.task"
    file.write_bytes(content)
    assert "vigil models fetch mediapipe" in sentence_of(file)


def test_zip_cut_short(tmp_path: Path) -> None:
    file = zip_of(tmp_path / "face_landmarker.task", {name: bytes(1000) for name in PARTS})
    file.write_bytes(file.read_bytes()[:2500])
    assert "vigil models fetch mediapipe" in sentence_of(file)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_with_damaged_bytes(tmp_path: Path, compression: int) -> None:
    chance = np.random.default_rng(0)
    content = chance.integers(0, 64, 800, dtype=np.uint8).tobytes()
    whole = zip_of(tmp_path / "whole.task", dict.fromkeys(PARTS, content), compression)
    file = tmp_path / "face_landmarker.task"
    for _ in range(60):
        damaged = bytearray(whole.read_bytes())
        for place in chance.integers(0, len(damaged), 3):
            damaged[place] ^= int(chance.integers(1, 256))
        file.write_bytes(damaged)
        sentence_of(file)


def test_zip_of_something_else(tmp_path: Path) -> None:
    file = zip_of(tmp_path / "face_landmarker.task", {"readme.txt": b"hello"})
    assert "face_detector.tflite" in sentence_of(file)


@pytest.mark.parametrize("content", [b"", b"no flatbuffer", bytes(2000)])
def test_zip_whose_models_are_none(tmp_path: Path, content: bytes) -> None:
    file = zip_of(tmp_path / "face_landmarker.task", dict.fromkeys(PARTS, content))
    assert "LiteRT cannot load" in sentence_of(file)


@pytest.mark.parametrize("content", [b"", b"\xff" * 50, b"\x0a\x05ab", b"\x0a\x02\x18\x01"])
def test_face_geometry_that_cannot_be_read(content: bytes) -> None:
    with pytest.raises(ModelFileError, match="vigil models fetch mediapipe"):
        CanonicalFace(content)
