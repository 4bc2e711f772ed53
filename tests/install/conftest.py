"""An image in a folder of its own: nothing of this machine is read or changed."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_app.commands import main
from edge_app.commands.lazy_group import LazyCommand


@dataclass(frozen=True, slots=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


Install = Callable[..., Ended]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """As small as an installation can do with: accounts, and a systemd that knows RestartSteps."""
    root = tmp_path / "image"
    for folder in ("etc/systemd/system", "usr/lib/systemd", "usr/sbin", "var/lib", "opt"):
        (root / folder).mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text(
        "root:x:0:\nvideo:x:44:\naudio:x:29:somebody\ngpio:x:997:\nusers:x:100:\n"
    )
    (root / "usr/lib/systemd/libsystemd-shared-257.so").touch()
    return root


@pytest.fixture
def install(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """`vigil install --root IMAGE --profile raspberry_pi_5` and what else is said, in this process."""
    if shutil.which("systemd-sysusers") is None:
        pytest.skip("systemd-sysusers is missing")
    command = LazyCommand("install", "firmware_configs.install.command", "install")
    other = LazyCommand("run", "edge_app.commands.run", "run")
    monkeypatch.setattr(main, "COMMANDS", [command, other])
    monkeypatch.chdir(tmp_path)

    def run(*words: str, profile: str | None = "raspberry_pi_5", umask: int = 0o022) -> Ended:
        chosen = () if profile is None else ("--profile", profile)
        said, complained = io.StringIO(), io.StringIO()
        before = os.umask(umask)
        try:
            with (
                redirect_stdout(said),
                redirect_stderr(complained),
                pytest.raises(SystemExit) as end,
            ):
                main.main(["install", "--root", str(image), *chosen, *words])
        finally:
            os.umask(before)
        return Ended(int(end.value.code or 0), said.getvalue(), complained.getvalue())

    return run


@pytest.fixture
def tree(image: Path) -> Iterator[Callable[[], dict[str, bytes | str]]]:
    def read() -> dict[str, bytes | str]:
        return {
            str(path.relative_to(image)): (
                os.readlink(path)
                if path.is_symlink()
                else path.read_bytes()
                if path.is_file()
                else ""
            )
            for path in image.rglob("*")
        }

    return read
