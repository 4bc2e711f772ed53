"""A whole set prepared: what is in the tensors, what is left out and told, and that a killed run goes on."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.clips.clip_making import TOO_FEW_FACES, TOO_SHORT, UNREADABLE
from model_compression.data.clips.preparing import prepare
from model_compression.data.clips.settings import GREY, ClipSettings
from model_compression.data.clips.store import ClipStore
from model_compression.data.clips.windows import MIXED
from tests.model_compression.data.clips.miniature_sets import (
    Picture,
    bac,
    captioned,
    dfew,
    empty_frames,
    face_frames,
    is_caption,
    write_text,
    write_video,
)

SMALL = ClipSettings(size_px=64)
WINDOWS = ClipSettings(size_px=32, window_s=0.3, stride_s=0.3)


def prepared(kind: str, root: Path, out: Path, settings: ClipSettings = SMALL) -> ClipStore:
    prepare(kind, root, out, settings)
    return ClipStore.open(out)


def test_captions_beside_and_below_the_face_do_not_reach_the_tensor(tmp_path: Path) -> None:
    frames = captioned(face_frames(4))
    root = dfew(tmp_path / "set", frames, ".png")
    kept = prepared("dfew", root, tmp_path / "kept", ClipSettings(size_px=96, outside="keep"))
    grey = prepared("dfew", root, tmp_path / "grey", ClipSettings(size_px=96))
    caption = is_caption(kept.frames(0))
    # The square holds the caption: without the outline it would be learned from.
    assert caption.mean() > 0.02
    assert (grey.frames(0)[caption] == GREY).all()
    assert not is_caption(grey.frames(0)).any()
    assert grey.description["settings"]["outside"] == "grey"


def test_caption_changes_no_pixel_outside_the_face(tmp_path: Path) -> None:
    plain = prepared("dfew", dfew(tmp_path / "a", face_frames(3), ".png"), tmp_path / "plain")
    written = prepared(
        "dfew", dfew(tmp_path / "b", captioned(face_frames(3)), ".png"), tmp_path / "written"
    )
    a, b = plain.frames(0).astype(int), written.frames(0).astype(int)
    outside = (a == GREY).all(axis=-1) & (b == GREY).all(axis=-1)
    assert 0.3 < outside.mean() < 0.6
    # Landmarks see the caption too and may shift by a hair: the outline's rim moves, the face stays.
    assert (np.abs(a - b).max(axis=-1) > 40).mean() < 0.03


def test_square_holds_an_upright_face_in_its_middle(tmp_path: Path) -> None:
    store = prepared("dfew", dfew(tmp_path / "set", face_frames(4)), tmp_path / "out")
    frames = store.frames(2)
    assert (frames.shape, frames.dtype) == ((4, 64, 64, 3), np.uint8)
    cheek = frames[:, 36:42, 18:24].reshape(-1, 3).mean(axis=0)
    assert cheek[0] > cheek[1] > cheek[2]  # skin, as RGB
    # The head moves by six pixels; the square goes with it.
    assert np.abs(frames[0].astype(int) - frames[3]).mean() < 12


def test_rows_tell_fold_label_and_rate(tmp_path: Path) -> None:
    store = prepared("dfew", dfew(tmp_path / "set", face_frames(3)), tmp_path / "out")
    assert [(row.clip, row.fold, row.frame_count) for row in store.rows] == [
        (f"{10 + fold:05d}", fold, 3) for fold in range(1, 6)
    ]
    assert [store.classes["expression"][row.labels["expression"]] for row in store.rows] == [
        *("happiness", "sadness", "neutral", "anger", "surprise")
    ]
    assert {row.frame_rate_hz for row in store.rows} == {25.0}


def test_long_video_becomes_windows_that_know_their_place(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(10, step_px=1))
    settings = ClipSettings(size_px=32, window_s=0.3, stride_s=0.6)
    store = prepared("mix-bac", root, tmp_path / "out", settings)
    assert [(row.video, row.start_s, row.frame_count) for row in store.rows] == [
        ("0.avi", 0.0, 3),
        ("0.avi", 0.6, 3),
    ]
    assert len({row.clip for row in store.rows}) == 2


def test_lower_frame_rate_is_kept_and_told(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(8))
    store = prepared("mix-bac", root, tmp_path / "out", ClipSettings(size_px=32, frame_rate_hz=5.0))
    assert (store.rows[0].frame_count, store.rows[0].frame_rate_hz) == (4, 5.0)


def test_one_channel_is_luma(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(2))
    store = prepared("mix-bac", root, tmp_path / "out", ClipSettings(size_px=32, channels=1))
    assert store.frames(0).shape == (2, 32, 32, 1)
    assert store.description["colour"] == "luma"


def test_what_is_left_out_is_counted_by_why(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(3), empty_frames(3), face_frames(2), face_frames(3))
    write_text(root / "3.avi", "no video")
    made = prepare("mix-bac", root, tmp_path / "out", WINDOWS)
    assert made.left_out == {TOO_FEW_FACES: 1, TOO_SHORT: 1, UNREADABLE: 1}
    assert [row.clip for row in made.index.rows] == ["0.avi@0.000"]
    assert (made.index.face_count, made.index.frame_count) == (3, 6)
    (damaged,) = [one for one in made.index.left_out if one["why"] == UNREADABLE]
    assert "3.avi: not a video" in damaged["detail"]
    assert str(tmp_path) not in damaged["detail"]


def test_share_of_frames_with_a_face_decides(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", [*face_frames(3), *empty_frames(3)])
    kept = prepared("mix-bac", root, tmp_path / "kept", ClipSettings(size_px=32))
    assert kept.rows[0].face_share == 0.5
    with pytest.raises(UserError, match=rf"not one clip .* 1 {TOO_FEW_FACES} \(0.avi: 3 of 6\)"):
        prepare("mix-bac", root, tmp_path / "not", ClipSettings(size_px=32, min_face_share=0.6))


def nthu_video(root: Path, frames: Sequence[Picture], labels: str) -> Path:
    folder = root / "Training Dataset" / "001" / "noglasses"
    write_video(folder / "yawning.avi", frames)
    write_text(folder / "001_yawning_drowsiness.txt", labels)
    return root


def test_windows_are_labelled_by_their_frames_and_mixed_ones_left_out(tmp_path: Path) -> None:
    root = nthu_video(tmp_path / "set", face_frames(9), "000" + "011" + "111")
    settings = ClipSettings(size_px=32, window_s=0.3, min_label_share=0.75)
    made = prepare("nthu-ddd", root, tmp_path / "out", settings, allow_missing=True)
    assert [(row.start_s, row.labels["drowsiness"]) for row in made.index.rows] == [
        (0.0, 0),
        (0.6, 1),
    ]
    assert made.left_out == {MIXED: 1}
    assert made.index.rows[0].person == "001"


def test_labels_of_another_length_are_not_trusted(tmp_path: Path) -> None:
    root = nthu_video(tmp_path / "set", face_frames(9), "0" * 15)
    with pytest.raises(UserError, match=r"labels are of another length .* the video has 9 frames"):
        prepare("nthu-ddd", root, tmp_path / "out", WINDOWS, allow_missing=True)


def test_partial_set_is_refused_before_any_work(tmp_path: Path) -> None:
    root = dfew(tmp_path / "set", face_frames(1))
    for name in ("00012", "00014"):
        shutil.rmtree(root / "Clip" / "clip_224x224" / name)
    with pytest.raises(UserError, match=r"2 of what belongs to dfew .*clip 00012, clip 00014\)"):
        prepare("dfew", root, tmp_path / "out", SMALL)
    assert not (tmp_path / "out").exists()


def test_allowed_to_miss_it_is_recorded_what_was_not_there(tmp_path: Path) -> None:
    root = dfew(tmp_path / "set", face_frames(1))
    shutil.rmtree(root / "Clip" / "clip_224x224" / "00012")
    made = prepare("dfew", root, tmp_path / "out", SMALL, allow_missing=True)
    assert made.index.missing == ("clip 00012",)
    assert len(made.index.rows) == 4


def test_progress_counts_videos(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(1), face_frames(1))
    steps: list[tuple[int, int]] = []
    prepare("mix-bac", root, tmp_path / "out", SMALL, progress=lambda *now: steps.append(now))
    assert steps == [(0, 2), (1, 2), (2, 2)]
