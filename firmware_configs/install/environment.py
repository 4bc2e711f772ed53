"""The Python environment that the service runs in: the present one where the service can see it, else one of its own.

A home folder is hidden from the service, and a source checkout changes under it. An environment of its own lies beside
the one before it, and a link is moved once it is whole: an installation that breaks off leaves the old one running.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlparse

from edge_app.errors import UserError
from firmware_configs.install.device import Device
from firmware_configs.install.host_command import run_command
from firmware_configs.install.manifest import Manifest
from firmware_configs.install.placed_file import swap_link
from firmware_configs.install.step import Outcome, Verdict
from firmware_configs.install.target import Target
from firmware_configs.install.whole_file import make_folders

FOLDER = "/opt/vigil"
LINK = f"{FOLDER}/venv"
DISTRIBUTION = "vigil-driver-monitoring"
_HIDDEN = ("/home", "/root", "/run", "/tmp", "/var/tmp")
_PIP_S = 3600.0  # a Zero 2 W on a slow network
_OF_THE_BUILD = (
    "setup.py",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
)
_SHIPPED = ("calibration", "driver_simulator", "edge_app", "firmware_configs", "model_compression")


@dataclass(frozen=True, slots=True)
class PresentEnvironment:
    """The one that this command runs from, as it is."""

    prefix: str

    @property
    def program(self) -> str:
        return f"{self.prefix}/bin/vigil"

    def look(self, target: Target, manifest: Manifest) -> Outcome:
        what = f"environment {self.prefix}"
        if target.at(self.program).exists():
            return Outcome(Verdict.UNCHANGED, what, "as it is")
        return Outcome(Verdict.MISSING, what, "bring it into the image before its first start")

    def do(self, target: Target, manifest: Manifest) -> None:
        raise AssertionError("there is nothing to do")


@dataclass(frozen=True, slots=True)
class OwnEnvironment:
    """Made with the system's Python from a wheel or a checkout, and named after what it is made from.

    see_system: picamera2 and GStreamer's bindings come from the system's packages. keep_numpy: the system's, against
    which its picamera2 is compiled.
    """

    origin: Path
    extras: tuple[str, ...]
    constraints: Path | None
    python: str
    see_system: bool
    keep_numpy: bool = False

    @property
    def program(self) -> str:
        return f"{LINK}/bin/vigil"

    def look(self, target: Target, manifest: Manifest) -> Outcome:
        what = f"environment {LINK}"
        link = target.at(LINK)
        if link.exists() and not link.is_symlink():
            return Outcome(Verdict.KEPT, what, "it is yours; move it away to have it made anew")
        detail = f"from {self.origin}"
        if not link.is_symlink():
            return Outcome(Verdict.MADE, what, detail)
        same = os.readlink(link) == self._name() and (link / "bin/vigil").exists()
        return Outcome(Verdict.UNCHANGED if same else Verdict.CHANGED, what, detail)

    def do(self, target: Target, manifest: Manifest) -> None:
        manifest.folders += make_folders(target, LINK)
        name = self._name()
        folder, link = target.at(f"{FOLDER}/{name}"), target.at(LINK)
        before = os.readlink(link) if link.is_symlink() else None
        shutil.rmtree(folder, ignore_errors=True)
        try:
            self._make(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        swap_link(link, name)
        manifest.links[LINK] = name
        ours = [*manifest.environments, f"{FOLDER}/{name}"]
        # The one before stays: a program that runs from it may have to begin anew.
        keep = {f"{FOLDER}/{name}", f"{FOLDER}/{before}"}
        for old in set(ours) - keep:
            shutil.rmtree(target.at(old), ignore_errors=True)
        manifest.environments = sorted(set(ours) & keep)

    def _make(self, folder: Path) -> None:
        system = ["--system-site-packages"] if self.see_system else []
        run_command(
            [self.python, "-m", "venv", *system, str(folder)],
            package="python3-venv",
            timeout_s=_PIP_S,
        )
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        constraints = self._kept_numpy(folder) or self.constraints
        pins = [] if constraints is None else ["-c", str(constraints)]
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "-q"]
        with _built_from(self.origin, folder) as origin:
            command = [*pip, "--disable-pip-version-check", *pins, f"{origin}{extras}"]
            run_command(
                command,
                package="python3-pip",
                timeout_s=_PIP_S,
                environment=_open_to_all(os.environ),
            )
        if not (folder / "bin/vigil").exists():
            raise UserError(f"{self.origin} brings no command `vigil`; name a wheel of Vigil.")
        _readable_by_all(folder)

    def _kept_numpy(self, folder: Path) -> Path | None:
        """The constraints with the system's numpy in place of their own; None where nothing has to be kept."""
        if not self.keep_numpy:
            return None
        asked = "from importlib.metadata import version; print(version('numpy'))"
        numpy = run_command([self.python, "-c", asked], package="python3-numpy").strip()
        lines = [f"numpy=={numpy}"]
        if self.constraints is not None:
            old = self.constraints.with_name(f"{self.constraints.stem}-numpy1.txt")
            pins = old if numpy.startswith("1.") and old.is_file() else self.constraints
            written = pins.read_text(encoding="utf-8").splitlines()
            lines += [line for line in written if not line.startswith("numpy==")]
        kept = folder / "constraints.txt"
        kept.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return kept

    def _name(self) -> str:
        found = hashlib.sha256(json.dumps([self.extras, self.see_system, self.python]).encode())
        for file in _contents(self.origin):
            found.update(str(file.relative_to(self.origin.parent)).encode() + b"\0")
            found.update(file.read_bytes())
        if self.constraints is not None:
            found.update(self.constraints.read_bytes())
        return f"venv-{found.hexdigest()[:12]}"


Environment = PresentEnvironment | OwnEnvironment


def choose_environment(target: Target, device: Device, wheel: Path | None) -> Environment:
    """Raises `UserError` where there is none that the service could see."""
    if wheel is not None:
        if not target.running:
            raise UserError(
                "--wheel and --root exclude each other: an environment works only where it was made; make it in the"
                " running image, with `chroot` or at its first start."
            )
        if not wheel.is_file() or wheel.suffix != ".whl":
            raise UserError(f"{wheel} is no wheel; --wheel takes a file that ends in .whl.")
        return _own(wheel.resolve(), device, _pins(wheel.resolve().parent))
    prefix = os.path.abspath(sys.prefix)
    checkout = _checkout()
    if not target.running:
        return PresentEnvironment(prefix)
    if checkout is not None:
        return _own(checkout, device, _pins(checkout / "constraints"))
    for place in (prefix, os.path.realpath(sys.executable)):
        if _is_hidden(place):
            raise UserError(
                f"The environment {prefix} needs {place}, which the service cannot see; give --wheel FILE, or install"
                " Vigil below /opt with the system's Python and run its `vigil install`."
            )
    return PresentEnvironment(prefix)


def _own(origin: Path, device: Device, constraints: Path | None) -> OwnEnvironment:
    board = device.is_raspberry_pi or device.is_jetson
    base = Path(getattr(sys, "_base_executable", sys.executable))
    system = Path("/usr/bin/python3")  # the one that has picamera2 and gi
    python = system if (board or _is_hidden(str(base.resolve()))) and system.exists() else base
    if _is_hidden(str(python.resolve())):
        raise UserError(
            f"The service cannot see the Python {python}; install the system's package python3, and try again."
        )
    return OwnEnvironment(
        origin=origin,
        extras=("pi",) if board else (),
        constraints=constraints,
        python=str(python),
        see_system=board,
        keep_numpy=device.is_raspberry_pi,
    )


def _pins(folder: Path) -> Path | None:
    """A file of exact versions beside what is installed: for this Python, or the only one there is."""
    exact = folder / f"constraints-{sys.version_info.major}.{sys.version_info.minor}.txt"
    if exact.is_file():
        return exact
    alone = folder / "constraints.txt"
    return alone if alone.is_file() else None


def _checkout() -> Path | None:
    """Where the program's source lies, if this environment only points at it."""
    try:
        told = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return Path(__file__).resolve().parents[2]
    if told is None:
        return None
    origin = json.loads(told)
    if not origin.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlparse(origin["url"]).path))


def _is_hidden(place: str) -> bool:
    """From the service's user, by the unit or by the mode of a folder above it."""
    if place.startswith(tuple(f"{folder}/" for folder in _HIDDEN)):
        return True
    return any(not folder.stat().st_mode & 0o001 for folder in Path(place).parents)


def _contents(origin: Path) -> Iterator[Path]:
    if origin.is_file():
        yield origin
        return
    yield origin / "setup.py"
    for package in _SHIPPED:
        for file in sorted((origin / package).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file


@contextmanager
def _built_from(origin: Path, beside: Path) -> Iterator[Path]:
    """A checkout is copied: pip would build in it, as root, and pack what an earlier build left there."""
    if origin.is_file():
        yield origin
        return
    with tempfile.TemporaryDirectory(dir=beside) as copy:
        for name in _OF_THE_BUILD:
            if (origin / name).is_file():
                shutil.copy(origin / name, copy)
        for package in _SHIPPED:
            if (origin / package).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(origin / package, Path(copy) / package, ignore=ignored)
        yield Path(copy)


def _open_to_all(environment: os._Environ[str]) -> dict[str, str]:
    """Without the settings of whoever calls `sudo`."""
    return {name: value for name, value in environment.items() if not name.startswith("PYTHON")}


def _readable_by_all(folder: Path) -> None:
    """Whatever the umask was: the service is another user."""
    for place, _folders, files in os.walk(folder):
        os.chmod(place, 0o755)
        for name in files:
            file = os.path.join(place, name)
            if not os.path.islink(file):
                os.chmod(file, 0o755 if os.stat(file).st_mode & 0o100 else 0o644)
