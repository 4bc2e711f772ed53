"""Which Python the service gets: real virtual environments, from a wheel as small as a wheel can be."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from edge_app.errors import UserError
from firmware_configs.install import environment
from firmware_configs.install.device import Device
from firmware_configs.install.environment import OwnEnvironment, choose_environment
from firmware_configs.install.manifest import Manifest
from firmware_configs.install.step import Verdict
from firmware_configs.install.target import Target

DEVICE = Device("raspberry_pi_5", "")


def wheel(folder: Path, says: str, command: str = "vigil") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "tiny-1.0-py3-none-any.whl"
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tiny.py", f"def main():\n    print({says!r})\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{command} = tiny:main\n")
        archive.writestr(f"{info}/RECORD", "")
    return file


def own(origin: Path) -> OwnEnvironment:
    return OwnEnvironment(origin, (), None, sys.executable, see_system=False)


def said_by(folder: Path) -> str:
    return subprocess.check_output([folder / "bin/vigil"], text=True)


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (tmp_path / "image").mkdir()
    return Target(tmp_path / "image")


def test_another_wheel_moves_the_link_and_keeps_only_the_one_before(
    target: Target, tmp_path: Path
) -> None:
    manifest = Manifest(environments=["/opt/vigil/venv-old", "/opt/vigil/venv-older"])
    for old in manifest.environments:
        target.at(f"{old}/bin").mkdir(parents=True)
    link = target.at("/opt/vigil/venv")
    link.symlink_to("venv-old")
    new = own(wheel(tmp_path / "a", "new"))
    assert new.look(target, manifest).verdict is Verdict.CHANGED
    before = os.umask(0o077)
    try:
        new.do(target, manifest)
    finally:
        os.umask(before)
    assert new.look(target, manifest).verdict is Verdict.UNCHANGED
    assert said_by(link) == "new\n"
    for place in (link / "bin/vigil", link / "bin", link / "pyvenv.cfg"):
        assert stat.S_IMODE(place.stat().st_mode) & 0o044 == 0o044
    made = sorted(f"/opt/vigil/{path.name}" for path in target.at("/opt/vigil").glob("venv-*"))
    assert made == manifest.environments == sorted([f"/opt/vigil/{new._name()}", made[-1]])
    assert made[-1] == "/opt/vigil/venv-old"


def test_environment_that_cannot_be_made_leaves_the_old_one(target: Target, tmp_path: Path) -> None:
    target.at("/opt/vigil/venv-old").mkdir(parents=True)
    link = target.at("/opt/vigil/venv")
    link.symlink_to("venv-old")
    with pytest.raises(UserError, match="brings no command `vigil`"):
        own(wheel(tmp_path / "a", "", command="other")).do(target, Manifest())
    assert os.readlink(link) == "venv-old"
    assert [path.name for path in target.at("/opt/vigil").glob("venv-*")] == ["venv-old"]


def test_link_of_the_owners_own_environment_is_kept(target: Target, tmp_path: Path) -> None:
    target.at("/opt/vigil/venv").mkdir(parents=True)
    assert own(wheel(tmp_path / "a", "a")).look(target, Manifest()).verdict is Verdict.KEPT


def test_image_points_at_the_present_environment_without_touching_it(target: Target) -> None:
    chosen = choose_environment(target, DEVICE, None)
    assert chosen.program == f"{sys.prefix}/bin/vigil"
    assert chosen.look(target, Manifest()).verdict is Verdict.MISSING


def test_environment_in_a_home_folder_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "_checkout", lambda: None)
    monkeypatch.setattr(sys, "prefix", "/home/pi/vigil/.venv")
    with pytest.raises(UserError, match="the service cannot see; give --wheel"):
        choose_environment(Target(Path("/")), DEVICE, None)


def test_environment_below_a_closed_folder_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    (closed / "venv").mkdir(parents=True)
    closed.chmod(0o700)
    monkeypatch.setattr(environment, "_HIDDEN", ())
    monkeypatch.setattr(environment, "_checkout", lambda: None)
    monkeypatch.setattr(sys, "prefix", str(closed / "venv"))
    with pytest.raises(UserError, match="cannot see"):
        choose_environment(Target(Path("/")), DEVICE, None)


def test_source_checkout_gets_an_environment_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checkout = tmp_path / "vigil"
    (checkout / "edge_app").mkdir(parents=True)
    (checkout / "setup.py").touch()
    (checkout / "edge_app/a.py").write_text("one")
    monkeypatch.setattr(environment, "_checkout", lambda: checkout)
    monkeypatch.setattr(environment, "_is_hidden", lambda place: False)
    chosen = choose_environment(Target(Path("/")), DEVICE, None)
    assert isinstance(chosen, OwnEnvironment)
    assert (chosen.origin, chosen.extras, chosen.see_system) == (checkout, ("pi",), True)
    name = chosen._name()
    (checkout / "edge_app/__pycache__").mkdir()
    (checkout / "edge_app/__pycache__/a.pyc").touch()
    assert chosen._name() == name
    (checkout / "edge_app/a.py").write_text("two")
    assert chosen._name() != name


def test_numpy_of_the_system_is_kept_in_place_of_the_pinned_one(tmp_path: Path) -> None:
    pins = tmp_path / "constraints-3.11.txt"
    pins.write_text("# tested\nnumpy==9.9.9\nopencv-python-headless==1.2\n")
    chosen = OwnEnvironment(tmp_path, (), pins, sys.executable, see_system=True, keep_numpy=True)
    kept = chosen._kept_numpy(tmp_path)
    assert kept is not None
    lines = kept.read_text().splitlines()
    assert f"numpy=={version('numpy')}" in lines and "numpy==9.9.9" not in lines
    assert "opencv-python-headless==1.2" in lines


def test_wheel_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no wheel"):
        choose_environment(Target(Path("/")), DEVICE, tmp_path / "missing.whl")
