"""A bundle that is not whole is refused in one sentence with the file and what to do, and only what is used is read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.bundle.install import install
from edge_app.bundle.open import Bundle, BundleError, open_bundle
from edge_app.bundle.sessions import open_file, open_parts
from edge_app.errors import UserError
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from edge_app.inference.runtimes import RuntimeMissingError
from edge_app.inference.session import ModelFileError
from tests.bundle.bundles import LABELS, file_values, write_bundle, write_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tiny"


@pytest.fixture
def values(folder: Path) -> dict[str, Any]:
    return write_bundle(folder)


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(BundleError) as caught:
        action()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    return sentence


@pytest.mark.usefixtures("values")
def test_parts_run_and_give_every_head_by_name(folder: Path) -> None:
    opened = open_parts(open_bundle(folder), ("face", "eyes", "expression"))
    picture = {"face": np.zeros((1, 1, 112, 112), np.float32)}
    assert opened.sessions["face"].run(picture)["landmarks"].shape == (1, 292)
    assert opened.sessions["expression"].run(picture)["expression"].shape == (1, 7)


@pytest.mark.usefixtures("values")
def test_wrong_hash_is_refused(folder: Path) -> None:
    file = folder / "eyes-float32.tflite"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    sentence = refusal(lambda: open_parts(open_bundle(folder)))
    assert str(file) in sentence
    assert "the file is damaged or was changed (sha256" in sentence


@pytest.mark.usefixtures("values")
def test_file_of_another_size_is_refused(folder: Path) -> None:
    file = folder / "eyes-float32.tflite"
    size = file.stat().st_size
    file.write_bytes(file.read_bytes() + b"more")
    sentence = refusal(lambda: open_parts(open_bundle(folder)))
    assert f"{size + 4} bytes, where bundle.yaml says {size}" in sentence


@pytest.mark.usefixtures("values")
def test_missing_file_is_refused(folder: Path) -> None:
    (folder / "face-float32.tflite").unlink()
    sentence = refusal(lambda: open_parts(open_bundle(folder)))
    assert f"{folder / 'face-float32.tflite'}: this file of the bundle is missing" in sentence


def test_missing_head_is_refused(folder: Path, values: dict[str, Any]) -> None:
    del values["heads"]["head_pose"], values["parts"]["face"]["outputs"]["head_pose"]
    write_manifest(folder, values)
    assert "the bundle lacks the head head_pose" in refusal(lambda: open_bundle(folder))
    assert isinstance(open_bundle(folder, require=("openness",)), Bundle)


def test_another_format_is_refused(folder: Path, values: dict[str, Any]) -> None:
    write_manifest(folder, {**values, "format": 2, "something": "new"})
    sentence = refusal(lambda: open_bundle(folder))
    assert "format 2, this program reads format 1; update Vigil" in sentence


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the file is empty"),
        (b"format: 1\n", "name is missing"),
        (b"parts: [", "not valid YAML"),
        (b"- a list", "keys with values"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"a: " + b"x" * 300_000, "far too large"),
    ],
)
@pytest.mark.usefixtures("values")
def test_corrupt_manifest_is_refused(folder: Path, content: bytes, complaint: str) -> None:
    (folder / "bundle.yaml").write_bytes(content)
    sentence = refusal(lambda: open_bundle(folder))
    assert sentence.startswith(str(folder / "bundle.yaml"))
    assert complaint in sentence


def test_mistyped_key_is_refused(folder: Path, values: dict[str, Any]) -> None:
    write_manifest(folder, {**values, "treshholds": {}})
    sentence = refusal(lambda: open_bundle(folder))
    assert "treshholds is not a known key; did you mean `thresholds`?" in sentence


def test_link_out_of_the_folder_is_refused(
    tmp_path: Path, folder: Path, values: dict[str, Any]
) -> None:
    outside = tmp_path / "outside.tflite"
    outside.write_bytes(b"somewhere else")
    (folder / "link.tflite").symlink_to(outside)
    values["parts"]["face"]["files"] = [file_values("link.tflite", b"somewhere else")]
    write_manifest(folder, values)
    sentence = refusal(lambda: open_parts(open_bundle(folder)))
    assert "lies outside the bundle" in sentence


def test_path_out_of_the_folder_is_refused(folder: Path, values: dict[str, Any]) -> None:
    values["parts"]["face"]["files"][0]["path"] = "../outside.tflite"
    write_manifest(folder, values)
    assert "must stay inside" in refusal(lambda: open_bundle(folder))


def test_model_that_is_not_what_the_manifest_says_is_refused(
    folder: Path, values: dict[str, Any]
) -> None:
    values["parts"]["eyes"]["files"] = values["parts"]["detector"]["files"]
    write_manifest(folder, values)
    bundle = open_bundle(folder)
    with pytest.raises(ModelFileError, match=r"has no output `openness`.*not the model that"):
        open_file(bundle, "eyes", bundle.part("eyes").files[0])


def test_output_of_another_shape_is_refused(folder: Path, values: dict[str, Any]) -> None:
    values["parts"]["expression"]["outputs"]["expression"]["shape"] = [1, 8]
    write_manifest(folder, {**values, "expression_labels": [*LABELS, "contempt"]})
    bundle = open_bundle(folder)
    sentence = refusal(lambda: open_file(bundle, "expression", bundle.part("expression").files[0]))
    assert "its output expression is float32 of shape (1, 7), where the bundle says" in sentence


def test_corrupt_model_is_refused(folder: Path, values: dict[str, Any]) -> None:
    content = b"TFL3, but nothing else of it" * 10
    (folder / "eyes.tflite").write_bytes(content)
    values["parts"]["eyes"]["files"] = [file_values("eyes.tflite", content)]
    write_manifest(folder, values)
    with pytest.raises(ModelFileError, match=r"eyes\.tflite: LiteRT cannot load"):
        open_parts(open_bundle(folder))


@pytest.mark.usefixtures("values")
def test_only_the_files_that_are_used_are_read(folder: Path) -> None:
    (folder / "expression-float32.tflite").write_bytes(b"damaged")
    bundle = open_bundle(folder)
    assert set(open_parts(bundle).sessions) == {"detector", "face", "eyes"}
    assert "expression-float32.tflite" in refusal(bundle.verify_all)


def test_file_that_failed_the_gate_is_never_used(folder: Path) -> None:
    values = write_bundle(folder, precisions=("float32", "int8"))
    for part in values["parts"].values():
        part["files"][0]["gate"] = "failed"
    values["parts"]["eyes"]["files"][1]["gate"] = "not-run"
    write_manifest(folder, values)
    bundle = open_bundle(folder)
    assert open_parts(bundle, ("face",)).choices["face"].chosen.precision == "int8"
    assert "no file of its part eyes passed the gate" in refusal(lambda: open_parts(bundle))


def test_file_for_other_processors_is_never_used(folder: Path, values: dict[str, Any]) -> None:
    values["parts"]["eyes"]["files"][0]["instruction_sets"] = ["avx512_vnni", "asimddp"]
    write_manifest(folder, values)
    bundle = open_bundle(folder)
    sentence = refusal(lambda: open_parts_on_plain_cpu(bundle))
    assert "none fits this processor" in sentence


def open_parts_on_plain_cpu(bundle: Bundle) -> object:
    from edge_app.bundle import sessions
    from edge_app.inference.cpu import Cpu

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "this_cpu", lambda: Cpu("plain", frozenset({"sse2"})))
        return open_parts(bundle)


@pytest.mark.usefixtures("values")
def test_runtime_without_a_file_says_what_there_is(folder: Path) -> None:
    pytest.importorskip("onnxruntime")
    sentence = refusal(lambda: open_parts(open_bundle(folder), runtime="onnx"))
    assert "passed the gate for onnx on this processor, only for litert" in sentence


@pytest.mark.usefixtures("values")
def test_runtime_that_is_not_installed_names_the_extra(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge_app.bundle import sessions

    monkeypatch.setattr(sessions, "installed_runtimes", lambda: {"litert": "2.0"})
    with pytest.raises(RuntimeMissingError, match=r"vigil-driver-monitoring\[openvino\]"):
        open_parts(open_bundle(folder), runtime="openvino")


def test_name_that_is_nowhere_lists_what_there_is(cache: Path) -> None:
    sentence = refusal(lambda: open_bundle("no-such-bundle"))
    assert "installed are: default" in sentence


@pytest.mark.parametrize(
    "place",
    [
        "https://fleet:hunter2@models.example/tiny.tar",
        "https://models.example/tiny.tar?signature=hunter2",
        "s3://hunter2@bucket/tiny",
        "fleet:hunter2@models.example/tiny",
        "/srv/tiny?token=hunter2",
        "fleet:hunter2@" + "x" * 4000,
    ],
)
def test_password_in_what_should_name_a_bundle_is_not_told(place: str) -> None:
    assert "hunter2" not in refusal(lambda: open_bundle(place))
    with pytest.raises(UserError) as caught:
        open_perception(PerceptionSettings(model=place, model_file=Path("file.task")))
    assert "hunter2" not in str(caught.value)


def test_address_is_to_be_fetched_first(tmp_path: Path) -> None:
    for action in (lambda: open_bundle("https://a/b"), lambda: install(Path("https://u:p@a/b"))):
        sentence = refusal(action)
        assert sentence.startswith("https:…: ") and "fetch the file" in sentence


@pytest.mark.parametrize("place", ["x" * 4096, "~nobody-of-this-name/tiny", "a\0b"])
def test_place_that_cannot_be_looked_at_is_one_sentence(place: str) -> None:
    refusal(lambda: open_bundle(place))


def test_folder_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    assert "no bundle is here" in refusal(lambda: open_bundle(tmp_path))


def test_packed_bundle_is_to_be_installed_first(tmp_path: Path) -> None:
    packed = tmp_path / "tiny.tar"
    packed.write_bytes(b"")
    assert "vigil models install" in refusal(lambda: open_bundle(str(packed)))


def verify(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge_app.commands.main", "models", "verify", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_refuses_a_bundle_without_what_the_vehicle_needs(
    folder: Path, values: dict[str, Any]
) -> None:
    del values["heads"]["head_pose"], values["parts"]["face"]["outputs"]["head_pose"]
    write_manifest(folder, values)
    run = verify(folder)
    assert run.returncode == 2
    assert "lacks the head head_pose" in run.stderr and run.stderr.count("\n") == 1


@pytest.mark.usefixtures("values")
def test_command_refuses_a_damaged_bundle_with_exit_code_two(folder: Path) -> None:
    (folder / "face-float32.tflite").write_bytes(b"damaged")
    run = verify(folder)
    assert run.returncode == 2
    assert run.stderr.startswith(f"error: {folder / 'face-float32.tflite'}: 7 bytes")
    assert run.stderr.count("\n") == 1
