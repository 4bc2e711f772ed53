"""A head is refused in one sentence where it is damaged, of other sizes, or made for another bundle."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.inference import runtimes
from edge_app.sound.head_folder import open_fused_head
from edge_app.sound.head_manifest import HEAD_NAME, LISTENER_NAME, MANIFEST_NAME
from tests.sound.tiny_heads import (
    FACE_SIZE,
    SOUND_SIZE,
    head_folder,
    head_manifest,
    head_model,
    listener_model,
)


def complaint(folder: Path, **perception: Any) -> str:
    with pytest.raises(UserError) as raised:
        open_fused_head(folder, PerceptionSettings(**perception))
    told = str(raised.value)
    assert len(told.splitlines()) == 1 and str(folder) in told
    return told


def test_what_is_packed_opens(tmp_path: Path) -> None:
    head = open_fused_head(head_folder(tmp_path / "head"), PerceptionSettings())
    assert head.manifest.windows().length == 8


def test_a_folder_without_a_manifest_is_no_head(tmp_path: Path) -> None:
    assert MANIFEST_NAME in complaint(tmp_path)
    assert MANIFEST_NAME in complaint(tmp_path / "nothing")


@pytest.mark.parametrize("name", [LISTENER_NAME, HEAD_NAME])
def test_a_changed_or_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    folder = head_folder(tmp_path / "head")
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert f"{name}: the file is damaged" in complaint(folder)
    (folder / name).unlink()
    assert f"{name}: this file of the head is missing" in complaint(folder)


def test_a_manifest_with_a_mistake_names_its_key(tmp_path: Path) -> None:
    folder = head_folder(tmp_path / "head")
    path = folder / MANIFEST_NAME
    path.write_text(path.read_text().replace("kernel: 3", "kernel: 4"))
    assert "kernel" in complaint(folder)
    path.write_text(
        path.read_text().replace("kernel: 4", "kernel: 3").replace(": 400\n", f": {4 * 10**11}\n")
    )
    assert "token_reach" in complaint(folder)
    path.write_text(path.read_text().replace("format: 1", "format: 2"))
    assert "format 2" in complaint(folder)


def test_models_of_other_sizes_are_refused(tmp_path: Path) -> None:
    small = head_folder(tmp_path / "small", head=head_model(face_size=FACE_SIZE // 2))
    assert "cannot be run as" in complaint(small)
    short = head_folder(tmp_path / "short", head=head_model(window=4))
    assert "cannot be run as" in complaint(short)
    far = head_folder(tmp_path / "far", listener=listener_model(reach=4000))
    assert "tokens" in complaint(far)
    wide = head_manifest().sound.model_copy(update={"size": SOUND_SIZE + 1})
    assert "cannot be run as" in complaint(head_folder(tmp_path / "wide", sound=wide))


def test_a_head_of_another_face_part_is_refused(tmp_path: Path) -> None:
    other = head_manifest().visual.model_copy(
        update={"bundle": "mine", "version": "9.9.9", "face_sha256": "0" * 64}
    )
    told = complaint(head_folder(tmp_path / "head", visual=other))
    assert "mine 9.9.9" in told and "another face part" in told


def test_mediapipe_gives_no_embedding(tmp_path: Path) -> None:
    told = complaint(head_folder(tmp_path / "head"), model="mediapipe")
    assert "gives no embedding" in told


def test_a_missing_runtime_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = head_folder(tmp_path / "head")
    gone = replace(runtimes._RUNTIMES["onnx"], module="no_such_runtime")
    monkeypatch.setitem(runtimes._RUNTIMES, "onnx", gone)
    monkeypatch.setitem(sys.modules, "edge_app.inference.onnx_runtime", None)
    with pytest.raises(UserError, match=r"vigil-driver-monitoring\[onnx\]"):
        open_fused_head(folder, PerceptionSettings())
