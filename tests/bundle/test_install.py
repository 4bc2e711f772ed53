"""A bundle replaces another only once it is proven to run; whatever goes wrong before, the old one stays in use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge_app.bundle import install as installing
from edge_app.bundle import package as packing
from edge_app.bundle import sessions
from edge_app.bundle.install import install, roll_back
from edge_app.bundle.open import BundleError, open_bundle
from edge_app.inference.cpu import Cpu
from edge_app.inference.session import ModelFileError
from tests.bundle.bundles import (
    MEMORY,
    file_values,
    in_use,
    packed,
    with_temporal,
    write_bundle,
    write_manifest,
)

pytestmark = pytest.mark.usefixtures("nothing_is_left_over")


def test_installed_bundle_goes_by_its_name_and_is_whole(version_1: Path) -> None:
    installed = install(version_1)
    assert open_bundle("tiny").folder == installed.folder
    installed.verify_all()
    assert (installed.folder / "card.md").is_file()


def test_newer_bundle_replaces_the_older_and_can_be_taken_back(
    version_1: Path, version_2: Path
) -> None:
    install(version_1)
    install(version_2)
    assert in_use() == "tiny 2.0.0"
    assert roll_back("tiny").title == in_use() == "tiny 1.0.0"
    roll_back("tiny")
    assert in_use() == "tiny 2.0.0"


def test_only_the_bundle_in_use_and_the_one_before_are_kept(
    version_1: Path, version_2: Path, tmp_path: Path, cache: Path
) -> None:
    write_bundle(tmp_path / "v3", version="3.0.0")
    for folder in (version_1, version_2, tmp_path / "v3"):
        install(folder)
    kept = [
        path.name for path in (cache / "models/bundles/tiny").iterdir() if not path.is_symlink()
    ]
    assert sorted(name.split("-")[0] for name in kept) == ["2.0.0", "3.0.0"]


def _damage_hash(folder: Path, values: dict[str, Any]) -> None:
    file = folder / "eyes-float32.tflite"
    file.write_bytes(file.read_bytes()[:-1] + b"?")


def _lose_file(folder: Path, values: dict[str, Any]) -> None:
    (folder / "detector-float32.tflite").unlink()


def _lose_card(folder: Path, values: dict[str, Any]) -> None:
    (folder / "card.md").unlink()


def _lose_head(folder: Path, values: dict[str, Any]) -> None:
    del values["heads"]["visible"], values["parts"]["eyes"]["outputs"]["visible"]
    write_manifest(folder, values)


def _other_format(folder: Path, values: dict[str, Any]) -> None:
    write_manifest(folder, {**values, "format": 9})


def _corrupt_model(folder: Path, values: dict[str, Any]) -> None:
    (folder / "bad.tflite").write_bytes(b"TFL3 no more")
    values["parts"]["face"]["files"] = [file_values("bad.tflite", b"TFL3 no more")]
    write_manifest(folder, values)


def _corrupt_manifest(folder: Path, values: dict[str, Any]) -> None:
    (folder / "bundle.yaml").write_text("format: [1\n")


def _escape(folder: Path, values: dict[str, Any]) -> None:
    values["card"] = "../../card.md"
    write_manifest(folder, values)


def _reserved_name(folder: Path, values: dict[str, Any]) -> None:
    write_manifest(folder, {**values, "name": "default"})


@pytest.mark.parametrize("as_tar", [False, True], ids=["folder", "tar"])
@pytest.mark.parametrize(
    "spoil",
    [
        _damage_hash,
        _lose_file,
        _lose_card,
        _lose_head,
        _other_format,
        _corrupt_model,
        _corrupt_manifest,
        _escape,
        _reserved_name,
    ],
)
def test_bundle_that_is_not_whole_leaves_the_old_one_in_use(
    version_1: Path, tmp_path: Path, cache: Path, spoil: Any, as_tar: bool
) -> None:
    install(version_1)
    before = sorted(str(path) for path in cache.rglob("*"))
    spoil(tmp_path / "v2", write_bundle(tmp_path / "v2", version="2.0.0"))
    with pytest.raises(ModelFileError) as caught:
        install(packed(tmp_path / "v2") if as_tar else tmp_path / "v2")
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "v2") in str(caught.value), (
        "what to mend, not the copy that is gone again"
    )
    assert in_use() == "tiny 1.0.0"
    assert sorted(str(path) for path in cache.rglob("*")) == before


def test_card_that_is_a_link_is_not_followed(version_1: Path) -> None:
    (version_1 / "card.md").unlink()
    (version_1 / "card.md").symlink_to("/etc/passwd")
    with pytest.raises(BundleError, match="outside the bundle"):
        install(version_1)


def test_manifest_that_names_more_than_a_bundle_can_hold_is_refused(tmp_path: Path) -> None:
    values = write_bundle(tmp_path / "v1")
    values["parts"]["eyes"]["files"][0]["bytes"] = packing.MOST_UNPACKED_BYTES
    write_manifest(tmp_path / "v1", values)
    with pytest.raises(BundleError, match="more than a bundle can"):
        install(tmp_path / "v1")


def _no_runtime(values: dict[str, Any]) -> None:
    for part in values["parts"].values():
        for file in part["files"]:
            file["runtime"] = "onnx"


def _nothing_passed(values: dict[str, Any]) -> None:
    values["parts"]["eyes"]["files"][0]["gate"] = "not-run"


def _no_processor(values: dict[str, Any]) -> None:
    values["parts"]["face"]["files"][0]["instruction_sets"] = ["avx512_vnni", "asimddp"]


def _no_files(values: dict[str, Any]) -> None:
    values["parts"]["detector"]["files"] = []


def _other_pictures(values: dict[str, Any]) -> None:
    values["preprocessing"] = {"face_size_px": 96}


def _mistyped_threshold(values: dict[str, Any]) -> None:
    values["thresholds"] = {"eyes": 0.4}


def _impossible_threshold(values: dict[str, Any]) -> None:
    values["thresholds"] = {"mouth": 1.0}


def _impossible_temperature(values: dict[str, Any]) -> None:
    values["temperatures"] = {"visible": 0.0}


UNUSABLE = [
    (_no_runtime, "its part detector has files for onnx only"),
    (_nothing_passed, "no file of its part eyes passed the gate"),
    (_no_processor, "its part face has files for litert only, and none fits this processor"),
    (_no_files, "no file of its part detector passed the gate"),
    (_other_pictures, "its part face looks at face of shape (1, 1, 112, 112)"),
    (_mistyped_threshold, "thresholds.eyes is not a known key; did you mean `eye`?"),
    (_impossible_threshold, "thresholds.mouth is 1.0 but must be a number above 0 and below 1"),
    (_impossible_temperature, "temperatures.visible is 0.0 but must be a number above 0"),
]


@pytest.fixture
def plain_litert(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit with the base installation on a processor without any extension."""
    for module in (installing, sessions):
        monkeypatch.setattr(module, "installed_runtimes", lambda: {"litert": "2.0"})
        monkeypatch.setattr(module, "this_cpu", lambda: Cpu("plain", frozenset({"sse2"})))


@pytest.mark.usefixtures("plain_litert")
@pytest.mark.parametrize(
    ("spoil", "complaint"), UNUSABLE, ids=[spoil.__name__[1:] for spoil, _ in UNUSABLE]
)
def test_bundle_that_the_vehicle_cannot_use_is_not_installed(
    version_1: Path, tmp_path: Path, spoil: Any, complaint: str
) -> None:
    install(version_1)
    values = write_bundle(tmp_path / "v2", version="2.0.0")
    spoil(values)
    write_manifest(tmp_path / "v2", values)
    with pytest.raises(ModelFileError) as caught:
        install(tmp_path / "v2")
    assert complaint in str(caught.value) and "\n" not in str(caught.value)
    assert in_use() == "tiny 1.0.0"


def test_bundle_for_a_gpu_that_is_not_there_is_not_installed(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    values = write_bundle(tmp_path / "v1", runtimes=("onnx",))
    values["parts"]["detector"]["files"][0]["providers"] = ["tensorrt"]
    write_manifest(tmp_path / "v1", values)
    with pytest.raises(ModelFileError, match="has no Tensorrt") as caught:
        install(tmp_path / "v1")
    assert "\n" not in str(caught.value)


def test_bundle_that_the_vehicle_cannot_use_any_more_is_not_gone_back_to(
    version_1: Path, version_2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed where ONNX Runtime was there, which is gone now."""
    old = install(version_1).folder
    install(version_2)
    values = yaml.safe_load((old / "bundle.yaml").read_text())
    _no_runtime(values)
    write_manifest(old, values)
    for module in (installing, sessions):
        monkeypatch.setattr(module, "installed_runtimes", lambda: {"litert": "2.0"})
    with pytest.raises(BundleError, match="its part detector has files for onnx only"):
        roll_back("tiny")
    assert in_use() == "tiny 2.0.0"


@pytest.mark.parametrize("failing", ["symlink_to", "replace", "readlink"])
def test_disk_that_fails_while_going_back_is_one_sentence(
    version_1: Path, version_2: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    install(version_1)
    install(version_2)

    def no_space(*arguments: object, **others: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path if failing == "symlink_to" else os, failing, no_space)
        with pytest.raises(BundleError, match=r"No space left on device.*stays in use") as caught:
            roll_back("tiny")
    assert "\n" not in str(caught.value)
    assert in_use() == "tiny 2.0.0"
    assert roll_back("tiny").title == "tiny 1.0.0"


def test_damaged_copy_is_mended_by_installing_again(version_1: Path) -> None:
    damaged = install(version_1).folder / "face-float32.tflite"
    damaged.write_bytes(b"rot")
    with pytest.raises(BundleError):
        open_bundle("tiny").verify_all()
    install(version_1)
    open_bundle("tiny").verify_all()
    with pytest.raises(BundleError, match="no previous bundle"):
        roll_back("tiny")  # to the damaged copy of the same


def test_bundle_that_no_longer_runs_is_not_gone_back_to(version_1: Path, version_2: Path) -> None:
    old = install(version_1).folder
    install(version_2)
    (old / "face-float32.tflite").write_bytes(b"rot")
    with pytest.raises(BundleError):
        roll_back("tiny")
    assert in_use() == "tiny 2.0.0"


@pytest.mark.parametrize("step", ["_write_through", "_switch", "_point"])
def test_disk_that_fails_at_any_step_leaves_the_old_one_in_use(
    version_1: Path, version_2: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    install(version_1)

    def no_space(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(installing, step, no_space)
        with pytest.raises(BundleError, match="No space left on device"):
            install(version_2)
    assert in_use() == "tiny 1.0.0"
    install(version_2)
    assert in_use() == "tiny 2.0.0"


def test_two_installers_do_not_meet(version_1: Path, cache: Path) -> None:
    import fcntl

    folder = cache / "models/bundles"
    folder.mkdir(parents=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BundleError, match="another `vigil models` command"):
            install(version_1)


def test_other_users_can_read_what_root_installed(version_1: Path) -> None:
    folder = install(version_1).folder
    assert folder.stat().st_mode & 0o777 == 0o755


def vigil(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge_app.commands.main", "models", *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )


def test_commands_install_list_and_verify(version_1: Path, tmp_path: Path) -> None:
    run = vigil("install", str(version_1))
    assert run.returncode == 0, run.stderr
    assert "perception.model: tiny" in run.stdout
    listed = vigil("list").stdout
    assert "tiny: tiny 1.0.0, 2026-11-20, " in listed
    assert "landmarks" in listed
    assert "4 files as they should be, 4 models run" in vigil("verify", "tiny").stdout
    write_manifest(tmp_path / "odd", {**write_bundle(tmp_path / "odd"), "thresholds": {"face": 2}})
    run = vigil("install", str(tmp_path / "odd"))
    assert run.returncode == 2
    assert "thresholds.face is 2 but must be" in run.stderr and run.stderr.count("\n") == 1
    run = vigil("install", str(tmp_path / "nothing"))
    assert run.returncode == 2
    assert run.stderr == f"error: {tmp_path / 'nothing'}: there is no such folder or tar file.\n"
    assert "no previous bundle" in vigil("rollback", "tiny").stderr


def test_bundle_with_a_memory_is_installed(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b", **with_temporal())
    assert install(tmp_path / "b").manifest.parts.temporal is not None


def test_bundle_whose_memory_cannot_be_stepped_here_is_not_installed(tmp_path: Path) -> None:
    other = with_temporal(input={"name": "embedding", "shape": [1, 256 + MEMORY]})
    write_bundle(tmp_path / "b", **other)
    with pytest.raises(BundleError, match="its part temporal looks at embedding of shape"):
        install(tmp_path / "b")
