"""Labelling a set into the cache: what training reads back, what is kept after a stop, what is made anew."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from edge_app.errors import UserError
from edge_app.inference.session import ModelFileError
from model_compression.commands.data import app
from model_compression.data import label_run
from model_compression.data.label_run import prepare
from model_compression.data.labelled_set import LABELS, PIXELS, labels_folder, load_labels
from tests.model_compression.data.drawn_sets import blobs, face_photograph, write_tar


@pytest.fixture
def data(tmp_path: Path) -> Path:
    face = cv2.cvtColor(face_photograph(), cv2.COLOR_BGR2GRAY)
    pictures = {"1-0-calm.jpg": face, "2-0-calm.jpg": blobs(80, 96)}
    write_tar(tmp_path / "data" / "nir" / "nir.tar", pictures)
    return tmp_path / "data"


@pytest.mark.mediapipe_model
def test_labelled_set_reads_back_and_is_not_made_twice(
    data: Path, tmp_path: Path, face_landmarker_path: Path
) -> None:
    cache = tmp_path / "cache"
    seen: list[tuple[str, int, int]] = []
    counts = prepare(
        ["nir"], data, cache, face_landmarker_path, progress=lambda *now: seen.append(now)
    )
    assert [(one.faces, one.found, one.made_now) for one in counts] == [(2, 1, True)]
    assert (seen[0], seen[-1]) == (("nir", 0, 2), ("nir", 2, 2))

    labelled = load_labels("nir", cache)
    assert len(labelled) == 2
    assert list(labelled.labels.person) == ["1", "2"]
    assert list(labelled.labels.found) == [True, False]
    assert labelled.picture(1).shape == (80, 96)
    assert np.abs(labelled.picture(1).astype(int) - blobs(80, 96)).mean() < 5
    assert labelled.labels.landmarks.shape == (2, 146, 2)
    assert sorted(path.name for path in labels_folder("nir", cache).iterdir()) == [LABELS, PIXELS]

    assert not prepare(["nir"], data, cache, face_landmarker_path)[0].made_now
    write_tar(data / "nir" / "nir.tar", {"5-0-calm.jpg": blobs(80, 96)})
    assert prepare(["nir"], data, cache, face_landmarker_path)[0].made_now
    assert list(load_labels("nir", cache).labels.person) == ["5"]


@pytest.mark.mediapipe_model
def test_run_continues_with_the_chunks_of_a_stopped_one(
    data: Path, tmp_path: Path, face_landmarker_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_run, "CHUNK", 1)

    class StoppedError(Exception):
        pass

    def stop_after_the_first(name: str, done: int, of: int) -> None:
        if done:
            raise StoppedError

    with pytest.raises(StoppedError):
        prepare(["nir"], data, tmp_path, face_landmarker_path, progress=stop_after_the_first)
    with pytest.raises(UserError, match="has no teacher labels"):
        load_labels("nir", tmp_path)
    (kept,) = labels_folder("nir", tmp_path).glob("chunks-*")
    first = kept / "0000000.npz"
    made = first.stat().st_mtime_ns

    def first_is_still_the_same(name: str, done: int, of: int) -> None:
        assert first.stat().st_mtime_ns == made

    prepare(["nir"], data, tmp_path, face_landmarker_path, progress=first_is_still_the_same)
    assert list(load_labels("nir", tmp_path).labels.found) == [True, False]


def test_set_that_was_not_labelled_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'vigil data labels faces'"):
        load_labels("faces", tmp_path)


def test_damaged_labels_say_what_to_run(tmp_path: Path) -> None:
    folder = labels_folder("faces", tmp_path)
    folder.mkdir(parents=True)
    (folder / LABELS).write_bytes(b"no labels")
    with pytest.raises(UserError, match=r"damaged .*'vigil data labels faces'"):
        load_labels("faces", tmp_path)


def test_bad_teacher_is_told_before_any_work(data: Path, tmp_path: Path) -> None:
    bad = tmp_path / "face_landmarker.task"
    bad.write_bytes(b"no task")
    with pytest.raises(ModelFileError, match="not a readable face_landmarker"):
        prepare(["nir"], data, tmp_path, bad)


def test_missing_set_is_told_before_the_first_is_labelled(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'faces' is missing this file"):
        prepare(["nir", "faces"], data, tmp_path, tmp_path / "no.task")


@pytest.mark.mediapipe_model
def test_command_labels_the_named_sets(
    data: Path, tmp_path: Path, face_landmarker_path: Path
) -> None:
    options = [
        "--data",
        str(data),
        "--cache",
        str(tmp_path),
        "--teacher",
        str(face_landmarker_path),
    ]
    result = CliRunner().invoke(app, ["labels", "nir", *options])
    assert result.exit_code == 0, result.output
    assert "nir: labelled, 1 of 2 faces found" in result.output
    assert load_labels("nir", tmp_path).labels.found.sum() == 1
