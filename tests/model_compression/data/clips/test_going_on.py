"""A prepared set on disk: a killed run goes on, a finished one stays, another one is left alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.clips import shard_writer
from model_compression.data.clips.preparing import Prepared, prepare
from model_compression.data.clips.settings import ClipSettings
from model_compression.data.clips.store import ClipStore
from tests.model_compression.data.clips.miniature_sets import (
    bac,
    face_frames,
    write_rows,
    write_text,
    write_video,
)

SMALL = ClipSettings(size_px=64)
WINDOWS = ClipSettings(size_px=32, window_s=0.3, stride_s=0.3)


def test_finished_set_is_left_as_it_is(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(3))
    prepare("mix-bac", root, tmp_path / "out", WINDOWS)
    before = (tmp_path / "out" / "clips.json").stat().st_mtime_ns
    again = prepare("mix-bac", root, tmp_path / "out", WINDOWS)
    assert again.made_now == 0
    assert (tmp_path / "out" / "clips.json").stat().st_mtime_ns == before


def test_other_settings_do_not_mix_into_a_set(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(3))
    prepare("mix-bac", root, tmp_path / "out", WINDOWS)
    with pytest.raises(UserError, match=r"--size 32 and not 64"):
        prepare("mix-bac", root, tmp_path / "out", SMALL)


def test_finished_set_of_other_labels_is_not_taken_for_this_one(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(1))
    prepare("mix-bac", root, tmp_path / "out", SMALL)
    write_rows(root / "clips.csv", [("video", "person", "bac_g_per_100ml"), ("0.avi", "p0", 0.2)])
    with pytest.raises(UserError, match="made of other videos or labels"):
        prepare("mix-bac", root, tmp_path / "out", SMALL)


def test_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(1))
    write_text(tmp_path / "out" / "diary.txt", "mine")
    with pytest.raises(UserError, match="holds other files"):
        prepare("mix-bac", root, tmp_path / "out", SMALL)


def test_result_does_not_depend_on_how_many_processes_made_it(tmp_path: Path) -> None:
    root = bac(tmp_path / "set", face_frames(3), face_frames(4, step_px=3), face_frames(3))
    one = prepare("mix-bac", root, tmp_path / "one", WINDOWS)
    two = prepare("mix-bac", root, tmp_path / "two", WINDOWS, processes=2)
    assert two.index.fingerprint == one.index.fingerprint
    assert np.array_equal(
        ClipStore.open(tmp_path / "two").frames(2), ClipStore.open(tmp_path / "one").frames(2)
    )


_KILLED = """
    import os, signal, sys
    from pathlib import Path
    from model_compression.data.clips.face_track import FaceFinder
    from model_compression.data.clips.preparing import prepare
    from model_compression.data.clips.settings import ClipSettings

    looks, follow = 0, FaceFinder.follow

    def killed_at_the_fifth_window(finder, frames):
        global looks
        looks += 1
        if looks == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return follow(finder, frames)

    FaceFinder.follow = killed_at_the_fifth_window
    settings = ClipSettings(size_px=32, window_s=0.3, stride_s=0.3)
    prepare("mix-bac", Path(sys.argv[1]), Path(sys.argv[2]), settings)
"""


def test_killed_run_goes_on_without_making_a_done_video_again(tmp_path: Path) -> None:
    root, out = bac(tmp_path / "set", face_frames(9), face_frames(9, step_px=1)), tmp_path / "out"
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_KILLED), str(root), str(out)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    # The second video was half made.
    assert len(list(out.glob("pieces/*.json"))) == 1
    assert len(list(out.glob("pieces/*.part-*"))) == 1
    with pytest.raises(UserError, match="are not finished"):
        ClipStore.open(out)
    made = prepare("mix-bac", root, out, WINDOWS)
    assert made.made_now == 1
    assert made.index.fingerprint == whole(root, tmp_path).index.fingerprint
    assert sorted(one.name for one in out.iterdir()) == [".lock", "clips.json", "shards"]


def whole(root: Path, tmp_path: Path) -> Prepared:
    return prepare("mix-bac", root, tmp_path / "whole", WINDOWS)


class StoppedError(Exception):
    pass


@pytest.fixture
def stopped_in_the_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The set, and the folder of a run that was stopped after its first shard of two videos."""
    root, out = bac(tmp_path / "set", *[face_frames(3)] * 3, face_frames(6)), tmp_path / "out"
    monkeypatch.setattr(shard_writer, "SHARD_BYTES", 2 * 3 * 32 * 32 * 3)
    join = shard_writer._join
    with monkeypatch.context() as patch:

        def once(path: Path, sources: Sequence[Path]) -> None:
            if list(path.parent.glob("*.u8")):
                raise StoppedError
            join(path, sources)

        patch.setattr(shard_writer, "_join", once)
        with pytest.raises(StoppedError):
            prepare("mix-bac", root, out, WINDOWS)
    assert len(list(out.glob("shards/*.u8"))) == 1
    return root, out


def test_run_that_was_stopped_between_shards_makes_no_video_again(
    stopped_in_the_shards: tuple[Path, Path], tmp_path: Path
) -> None:
    root, out = stopped_in_the_shards
    made = prepare("mix-bac", root, out, WINDOWS)
    assert made.made_now == 0
    assert len(made.index.shards) == 3
    assert made.index.fingerprint == whole(root, tmp_path).index.fingerprint


def test_labels_corrected_between_two_runs_are_those_of_the_set(
    stopped_in_the_shards: tuple[Path, Path], tmp_path: Path
) -> None:
    root, out = stopped_in_the_shards
    rows = [("video", "person", "bac_g_per_100ml"), *((f"{n}.avi", f"p{n}", 0.2) for n in range(4))]
    write_rows(root / "clips.csv", rows)
    prepare("mix-bac", root, out, WINDOWS)
    store = ClipStore.open(out)
    assert {row.labels["intoxication"] for row in store.rows} == {2}
    assert store.fingerprint == whole(root, tmp_path).index.fingerprint
    assert {f"shards/{one.name}" for one in (out / "shards").iterdir()} == {
        shard.file for shard in store._shards
    }


def test_video_replaced_between_two_runs_takes_its_shard_along(
    stopped_in_the_shards: tuple[Path, Path], tmp_path: Path
) -> None:
    root, out = stopped_in_the_shards
    write_video(root / "0.avi", face_frames(6, step_px=3))
    # The pixels of 1.avi were in the shard that no longer fits.
    assert prepare("mix-bac", root, out, WINDOWS).made_now == 2
    store = ClipStore.open(out)
    assert store.fingerprint == whole(root, tmp_path).index.fingerprint
    assert np.array_equal(store.frames(4), ClipStore.open(tmp_path / "whole").frames(4))


def test_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    root, out = bac(tmp_path / "set", face_frames(1)), tmp_path / "out"

    def another(done: int, of: int) -> None:
        with pytest.raises(UserError, match="another 'vigil data prepare' is at work"):
            prepare("mix-bac", root, out, SMALL)

    prepare("mix-bac", root, out, SMALL, progress=another)
