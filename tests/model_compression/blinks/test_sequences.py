"""What a file of blink sequences has to be, and who is told apart in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.blinks.people import people_of, recordings_of
from model_compression.blinks.sequences import fold_files, read_folds, read_sequences
from tests.model_compression.blinks.made_sequences import made_folds, write_fold


def test_another_person_begins_where_the_label_falls() -> None:
    labels = np.array([0, 0, 5, 10, 10, 0, 10, 5, 5, 10.0])
    assert people_of(labels).tolist() == [0, 0, 0, 0, 0, 1, 1, 2, 2, 2]
    assert recordings_of(labels).tolist() == [0, 0, 1, 2, 2, 3, 4, 5, 5, 6]


def test_padding_is_no_blink_and_frequency_is_kept_apart(tmp_path: Path) -> None:
    sequences = read_sequences(write_fold(tmp_path / "fold1.npz", seed=1))
    assert sequences.rows.shape[1:] == (30, 4)
    assert sequences.rows[0, :, 3].tolist() == [0.0] * 20 + [1.0] * 10
    with np.load(tmp_path / "fold1.npz") as arrays:
        np.testing.assert_array_equal(sequences.frequency, arrays["blinks"][..., 0])
        np.testing.assert_array_equal(sequences.rows[..., :3], arrays["blinks"][..., 1:])
    assert set(sequences.classes.tolist()) == {0, 1, 2}


def test_nobody_is_in_two_folds(tmp_path: Path) -> None:
    sequences = made_folds(tmp_path, folds=3, people=4)
    assert len(np.unique(sequences.people)) == 12
    for person in np.unique(sequences.people):
        assert len(np.unique(sequences.folds[sequences.people == person])) == 1
    assert len(np.unique(sequences.recordings)) == 36


def test_a_fold_that_is_there_twice_is_one_sentence(tmp_path: Path) -> None:
    fold = write_fold(tmp_path / "fold1.npz", seed=1)
    again = tmp_path / "fold2.npz"
    again.write_bytes(fold.read_bytes())
    with pytest.raises(UserError, match=r"same sequences as fold1\.npz") as caught:
        read_folds([fold, again])
    assert "\n" not in str(caught.value)


def _with(**changes: Callable[[Any], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda arrays: {**arrays, **{name: made(arrays) for name, made in changes.items()}}


def _nan(arrays: dict[str, Any]) -> Any:
    blinks = arrays["blinks"].copy()
    blinks[2, 3, 1] = np.nan
    return blinks


def _empty(arrays: dict[str, Any]) -> Any:
    blinks = arrays["blinks"].copy()
    blinks[2] = 0.0
    return blinks


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda arrays: {"blinks": arrays["blinks"]}, "lacks an array"),
        (_with(blinks=lambda a: a["blinks"][:, :, :3]), r"have to be \(N, 30, 4\)"),
        (_with(blinks=lambda a: a["blinks"][:, :20]), r"have to be \(N, 30, 4\)"),
        (_with(labels=lambda a: a["labels"][1:]), "each needs one"),
        (_with(blinks=_nan), "NaN"),
        (_with(blinks=_empty), "no blink"),
        (_with(labels=lambda a: a["labels"] + 1), r"labels other than 0, 5 and 10 \(1\)"),
        (_with(labels=lambda a: a["labels"].astype(str)), "no numbers"),
    ],
)
def test_bad_file_is_told_in_one_sentence(
    change: Callable[[dict[str, Any]], dict[str, Any]], sentence: str, tmp_path: Path
) -> None:
    path = write_fold(tmp_path / "fold1.npz", seed=1)
    with np.load(path) as arrays:
        changed = change(dict(arrays))
    np.savez(path, **changed)
    with pytest.raises(UserError, match=sentence) as caught:
        read_folds([path])
    assert "fold1.npz" in str(caught.value) and "\n" not in str(caught.value)


def test_folder_without_a_fold_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no npz of blink sequences"):
        fold_files(tmp_path)
    with pytest.raises(UserError, match="no npz of blink sequences"):
        fold_files(tmp_path / "nowhere.npz")
