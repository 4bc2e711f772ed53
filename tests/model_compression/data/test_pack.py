"""Labelled sets as one small file and back: what training reads is the same as far as it can tell."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from edge_app.errors import UserError
from model_compression.augmentation.portraits import other_faces, trusted_rows
from model_compression.commands.data import app
from model_compression.data.labelled_set import labels_folder, load_labels, save_labels
from model_compression.data.pack import OTHER_FACES, every, pack, unpack
from tests.model_compression.detector.painted_people import labelled_set

NAME = "fer2013-train"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """With one labelled set."""
    root = tmp_path / "cache" / "training"
    painted = labelled_set(NAME, people=30)
    save_labels(labels_folder(NAME, root), painted.pixels, painted.labels, "painted")
    return root


def test_unpacked_set_is_the_packed_one(cache: Path, tmp_path: Path) -> None:
    size, quality = pack([NAME], tmp_path / "pack", most_mib=1, cache_root=cache)
    assert size == (tmp_path / "pack").stat().st_size
    assert unpack(tmp_path / "pack", cache_root=tmp_path / "other") == [NAME]
    before, after = load_labels(NAME, cache), load_labels(NAME, tmp_path / "other")
    assert after.fingerprint == f"painted+jpeg{quality}"
    for name in ("offset", "height", "width", "source", "person", "emotion", "found"):
        assert np.array_equal(getattr(before.labels, name), getattr(after.labels, name))
    assert np.abs(before.labels.landmarks - after.labels.landmarks).max() <= 1 / 32 + 1e-6
    assert np.abs(before.labels.rotation - after.labels.rotation).max() < 1e-3
    assert np.abs(before.labels.blendshapes - after.labels.blendshapes).max() <= 1 / 510 + 1e-6
    difference = before.picture(3).astype(float) - after.picture(3)
    assert np.abs(difference).mean() < 6


def test_quality_gives_way_to_the_size_asked_for(cache: Path, tmp_path: Path) -> None:
    large, fine = pack([NAME], tmp_path / "large", most_mib=1, cache_root=cache)
    small, coarse = pack(
        [NAME], tmp_path / "small", most_mib=(large - 2000) / 2**20, cache_root=cache
    )
    assert small < large
    assert coarse < fine
    with pytest.raises(UserError, match=r"take .* MiB even at quality"):
        pack([NAME], tmp_path / "none", most_mib=0.001, cache_root=cache)
    assert not (tmp_path / "none").exists()


def test_what_is_known_of_further_faces_travels_along(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_CACHE", str(cache))
    assert load_labels(NAME).fingerprint == "painted"

    def nowhere() -> Path:
        raise AssertionError("looked for YuNet though the pack has its answers")

    looked = load_labels(NAME)
    rows = trusted_rows(looked)
    (cache / OTHER_FACES).mkdir()
    monkeypatch.setattr(
        "model_compression.augmentation.portraits._looked_for",
        lambda labelled, _: (np.ones(len(labelled), bool), [np.zeros((0, 4), np.float32)] * 30),
    )
    other_faces(looked, rows, lambda: tmp_path)
    pack([NAME], tmp_path / "pack", most_mib=1, cache_root=cache)
    monkeypatch.setenv("VIGIL_CACHE", str(tmp_path / "gpu"))
    unpack(tmp_path / "pack")
    kept, boxes = other_faces(load_labels(NAME), rows, nowhere)
    assert np.array_equal(kept, rows)
    assert len(boxes) == len(rows)


def test_damaged_pack_is_one_sentence_and_leaves_no_labels(cache: Path, tmp_path: Path) -> None:
    pack([NAME], tmp_path / "pack", most_mib=1, cache_root=cache)
    content = (tmp_path / "pack").read_bytes()
    damaged = tmp_path / "damaged"
    for cut in (10, len(content) // 2, len(content) - 30):
        damaged.write_bytes(content[:cut])
        with pytest.raises(UserError, match="damaged"):
            unpack(damaged, cache_root=tmp_path / "other")
    with zipfile.ZipFile(damaged, "w") as archive:
        archive.writestr("format", "7")
    with pytest.raises(UserError, match="another format"):
        unpack(damaged, cache_root=tmp_path / "other")
    assert not labels_folder(NAME, tmp_path / "other").exists()


def test_commands(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "pack"
    made = CliRunner().invoke(app, ["pack", str(file), NAME, "--cache", str(cache)])
    assert made.exit_code == 0, made.output
    assert "MiB" in made.output
    back = CliRunner().invoke(app, ["unpack", str(file), "--cache", str(tmp_path / "gpu")])
    assert back.exit_code == 0, back.output
    assert NAME in back.output


def test_turned_heads_are_thinned_and_keep_their_pictures() -> None:
    whole = labelled_set("turned", 7)
    third = every(whole, 3)
    assert len(third) == 3
    for row, original in enumerate((0, 3, 6)):
        np.testing.assert_array_equal(third.picture(row), whole.picture(original))
        np.testing.assert_array_equal(third.labels.landmarks[row], whole.labels.landmarks[original])


def test_of_turned_heads_fewer_are_packed_before_pictures_get_poor(
    cache: Path, tmp_path: Path
) -> None:
    heads = labelled_set("turned", 40)
    save_labels(labels_folder("turned", cache), heads.pixels, heads.labels, heads.fingerprint)
    best, _ = pack(["turned"], tmp_path / "whole", most_mib=60, cache_root=cache)
    size, quality = pack(
        ["turned"], tmp_path / "small", most_mib=0.6 * best / 2**20, cache_root=cache
    )
    assert size <= 0.6 * best and quality >= 75
    unpack(tmp_path / "small", cache_root=tmp_path / "other")
    assert len(load_labels("turned", tmp_path / "other")) < 40
