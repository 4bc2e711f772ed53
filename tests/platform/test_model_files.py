"""Where model files are looked for, and what is said when one is missing or not the right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.inference.model_files import FACE_LANDMARKER, find_model, verify
from edge_app.inference.session import ModelFileError

NAME = FACE_LANDMARKER.file_name


@pytest.fixture(autouse=True)
def empty_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("VIGIL_MODELS", raising=False)


def make(folder: Path, name: str = "own.tflite") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"model")
    return folder / name


def test_missing_model_names_the_places_and_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("VIGIL_MODELS", str(tmp_path / "a"))
    with pytest.raises(ModelFileError) as caught:
        find_model(NAME)
    text = str(caught.value)
    assert str(tmp_path / "a") in text
    assert str(tmp_path / "cache" / "vigil" / "models") in text
    assert "vigil models fetch mediapipe" in text
    assert "\n" not in text


def test_explicit_path_comes_first_and_may_be_a_file_or_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VIGIL_MODELS", str(make(tmp_path / "env").parent))
    own = make(tmp_path / "own")
    assert find_model("own.tflite", explicit=own) == own
    assert find_model("own.tflite", explicit=own.parent) == own


def test_explicit_path_that_is_missing_is_not_replaced_by_another(tmp_path):
    make(tmp_path / "cache" / "vigil" / "models")
    with pytest.raises(ModelFileError, match="nowhere"):
        find_model("own.tflite", explicit=tmp_path / "nowhere")


def test_vigil_models_lists_files_and_folders_searched_in_order(tmp_path, monkeypatch):
    first, second = make(tmp_path / "a"), make(tmp_path / "b")
    monkeypatch.setenv("VIGIL_MODELS", f"{tmp_path}/missing:{first}:{second.parent}")
    assert find_model("own.tflite") == first
    first.unlink()
    assert find_model("own.tflite") == second


def test_download_cache_comes_last(tmp_path, monkeypatch):
    cached = make(tmp_path / "cache" / "vigil" / "models")
    assert find_model("own.tflite") == cached
    other = make(tmp_path / "env")
    monkeypatch.setenv("VIGIL_MODELS", str(other.parent))
    assert find_model("own.tflite") == other


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_known_model_with_other_content_is_refused_with_both_hashes(tmp_path, content):
    file = tmp_path / NAME
    file.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        find_model(NAME, explicit=file)
    text = str(caught.value)
    assert FACE_LANDMARKER.sha256 in text
    assert f"of {len(content)} bytes" in text
    assert "vigil models fetch mediapipe" in text
    assert "\n" not in text


@pytest.mark.mediapipe_model
def test_the_real_model_file_has_the_pinned_hash_and_size(face_landmarker_path):
    verify(face_landmarker_path, FACE_LANDMARKER)
    assert face_landmarker_path.stat().st_size == FACE_LANDMARKER.size_bytes
