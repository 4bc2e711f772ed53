"""What is written is read back; whatever stands in a file, what comes out is a possible lens or a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calibration.camera.lens import Lens, flaw_of
from calibration.camera.lens_file import (
    CorruptLensFileError,
    KeptLens,
    LensFileError,
    LensQuality,
    read_lens,
    write_lens,
)

LENS = Lens(
    "v4l2:0", 640, 480, 553.9, 554.6, 326.8, 236.2, (-0.28, 0.09, 0.0008, -0.0005, 0.0), True
)
KEPT = KeptLens(LENS, LensQuality(20, 0.08, 0.97, 0.4, 0.5))


def document() -> dict[str, Any]:
    return {
        "format": 1,
        "kind": "lens",
        "name": "v4l2:0",
        "measured": True,
        "width_px": 640,
        "height_px": 480,
        "focal_x_px": 553.9,
        "focal_y_px": 554.6,
        "center_x_px": 326.8,
        "center_y_px": 236.2,
        "distortion": [-0.28, 0.09, 0.0008, -0.0005, 0.0],
        "quality": {
            "views": 20,
            "rms_px": 0.08,
            "coverage": 0.97,
            "focal_std_px": 0.4,
            "center_std_px": 0.5,
        },
    }


def test_written_lens_is_read_back(tmp_path: Path) -> None:
    write_lens(tmp_path / "deep" / "lens.yaml", KEPT)
    assert read_lens(tmp_path / "deep" / "lens.yaml") == KEPT
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["lens.yaml"]


def test_file_that_cannot_be_replaced_keeps_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lens.yaml"
    write_lens(path, KEPT)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_lens(path, KeptLens(LENS))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["lens.yaml"]


TORN = f"# A camera's lens, written by `vigil calibrate camera`.\n{yaml.safe_dump(document(), sort_keys=False)}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 512,
        b"\xff\xfe\x00",
        b"[1, 2",
        b"[" * 5000,
        b"kind: lens\n" + b"x" * 70_000,
        *(TORN[:cut].encode() for cut in (1, 10, 60, 90, 200, len(TORN) - 60)),
    ],
)
def test_damaged_lens_is_told_apart_and_stays_where_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lens.yaml"
    path.write_bytes(content)
    with pytest.raises(CorruptLensFileError) as told:
        read_lens(path)
    assert "\n" not in str(told.value)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [
        "just words",
        "camera:\n  source: v4l2:0\n",
        "version: 1\nkind: driver\nbare: {}\ncomplete: true\n",
        "format: 1\nkind: profile\n",
        "# lens.yaml\ncamera: {lens: lens.yaml}\n" * 3000,
    ],
)
def test_healthy_file_of_another_kind_is_refused_as_no_lens(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vigil.yaml"
    path.write_text(content)
    with pytest.raises(LensFileError, match="is no lens file; give one") as told:
        read_lens(path)
    assert not isinstance(told.value, CorruptLensFileError)
    assert path.read_text() == content


def test_folder_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(LensFileError, match="is a folder"):
        read_lens(tmp_path)


def test_file_of_a_newer_vigil_is_not_damaged(tmp_path: Path) -> None:
    path = tmp_path / "lens.yaml"
    path.write_text(yaml.safe_dump({**document(), "format": 2}))
    with pytest.raises(LensFileError, match="newer Vigil") as told:
        read_lens(path)
    assert not isinstance(told.value, CorruptLensFileError)


def test_missing_file_is_an_error_that_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LensFileError, match="vigil calibrate camera"):
        read_lens(tmp_path / "lens.yaml")


WILD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**400), 10**400),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.floats(), max_size=6),
    st.dictionaries(st.text(max_size=3), st.floats(), max_size=2),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from(sorted(document())), WILD, max_size=3),
    without=st.sets(st.sampled_from(sorted(document())), max_size=1),
)
def test_whatever_stands_there_only_a_possible_lens_comes_out(
    tmp_path: Path, changes: dict[str, Any], without: set[str]
) -> None:
    path = tmp_path / "lens.yaml"
    mangled = {k: v for k, v in {**document(), **changes}.items() if k not in without}
    path.write_text(yaml.safe_dump(mangled))
    try:
        kept = read_lens(path)
    except LensFileError as error:
        assert "\n" not in str(error)
    else:
        assert flaw_of(kept.lens) is None


def test_numbers_beyond_what_glass_can_do_are_named(tmp_path: Path) -> None:
    path = tmp_path / "lens.yaml"
    path.write_text(yaml.safe_dump({**document(), "focal_x_px": 5.0}))
    with pytest.raises(CorruptLensFileError, match="focal length of 5 px"):
        read_lens(path)
