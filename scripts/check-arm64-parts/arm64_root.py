"""A Debian root for arm64 in a folder, with its Python and the vehicle's wheels, and a way to run that Python here.

apt fetches into the folder alone: the machine's own lists, packages and architectures stay as they are. Needs the
system's sources to carry arm64, and no privileges.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vehicle_wheels import Board, Wheel

QEMU_NAMES = ("qemu-aarch64-static", "qemu-aarch64")
_DEBIAN_PACKAGES = ("python3-minimal", "libpython3-stdlib", "libstdc++6")
_COMPLETE = "complete"  # written last
_APT = """Dir::State "{folder}/state";
Dir::State::Lists "{folder}/state/lists";
Dir::State::Status "{folder}/state/status";
Dir::Cache "{folder}/cache";
Dir::Etc::Parts "{folder}/parts";
Dir::Log "{folder}/log";
APT::Architecture "arm64";
APT::Architectures {{ "arm64"; }};
APT::Sandbox::User "";
Acquire::Languages "none";
{proxies}
"""


class RootError(Exception):
    """One sentence: why the root cannot be made or run."""


@dataclass(frozen=True, slots=True)
class Processor:
    """A board's processor: qemu's name of it, and what its Linux says of a core in /proc/cpuinfo."""

    name: str
    board: str
    features: str
    variant: str
    part: str
    revision: str

    def cpuinfo(self, cores: int) -> str:
        core = (
            f"BogoMIPS\t: 108.00\nFeatures\t: {self.features}\nCPU implementer\t: 0x41\n"
            f"CPU architecture: 8\nCPU variant\t: {self.variant}\nCPU part\t: {self.part}\n"
            f"CPU revision\t: {self.revision}\n\n"
        )
        cores_told = "".join(f"processor\t: {core_index}\n{core}" for core_index in range(cores))
        return f"{cores_told}Model\t\t: {self.board}\n"


_PLAIN = "fp asimd evtstrm crc32 cpuid"
_DOT_PRODUCTS = (
    "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop"
    " asimddp"
)
PROCESSORS = (
    Processor("cortex-a53", "Raspberry Pi Zero 2 W", _PLAIN, "0x0", "0xd03", "4"),
    Processor("cortex-a72", "Raspberry Pi 4", _PLAIN, "0x0", "0xd08", "3"),
    Processor("cortex-a76", "Raspberry Pi 5", _DOT_PRODUCTS, "0x4", "0xd0b", "1"),
)


def find_qemu() -> str | None:
    return next((path for name in QEMU_NAMES if (path := shutil.which(name))), None)


class Arm64Root:
    """Made once in `folder`, then kept."""

    def __init__(self, folder: Path, qemu: str) -> None:
        self._folder, self._qemu = folder.resolve(), qemu
        self._root, self._site = self._folder / "root", self._folder / "site"

    def make(self, say: Callable[[str], None]) -> None:
        """Debian's Python for arm64. Raises `RootError`."""
        if (self._folder / _COMPLETE).is_file():
            say(f"{self._root}: Debian's Python {self.python} for arm64 is there")
            return
        for tool in ("apt-get", "apt-config", "dpkg"):
            if shutil.which(tool) is None:
                raise RootError(f"{tool} is not here: the root for arm64 is made on Debian only")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(self._root, ignore_errors=True)
        say("fetching Debian's lists of arm64")
        apt = self._configured()
        _run(["apt-get", "update", "-qq"], apt)
        say("fetching Debian's Python for arm64 and what it stands on")
        install = ["apt-get", "install", "-qq", "-y", "--download-only", "--no-install-recommends"]
        _run([*install, *_DEBIAN_PACKAGES], apt)
        self._root.mkdir()
        archives = sorted((self._folder / "apt" / "cache" / "archives").glob("*.deb"))
        for archive in archives:
            _run(["dpkg", "-x", str(archive), str(self._root)], apt)
        say(f"unpacked {len(archives)} packages of Debian into {self._root}")
        (self._folder / _COMPLETE).touch()

    @property
    def python(self) -> str:
        """Which Python Debian has: 3.11."""
        paths = (self._root / "usr" / "bin").glob("python3.*[0-9]")
        found = sorted(path.name.removeprefix("python") for path in paths)
        if not found:
            raise RootError(
                f"{self._root}: no Python is there; remove {self._folder} and try again"
            )
        return found[0]

    def add_wheels(
        self, wheels: Mapping[str, Wheel], board: Board, say: Callable[[str], None]
    ) -> None:
        """Exactly these, unless they are there already. Raises `RootError`."""
        wanted = [f"{name}=={wheel.version}" for name, wheel in sorted(wheels.items())]
        told = self._folder / "wheels.txt"
        if told.is_file() and told.read_text(encoding="utf-8").split() == wanted:
            return
        say(f"unpacking {len(wanted)} wheels")
        told.unlink(missing_ok=True)
        shutil.rmtree(self._site, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
        _run([*command, "--target", str(self._site), *board.pip_options, *wanted], None)
        told.write_text("\n".join(wanted) + "\n", encoding="utf-8")

    def run(
        self, processor: Processor, arguments: Sequence[str], project: Path
    ) -> subprocess.CompletedProcess[str]:
        """Debian's Python on `processor`, with the wheels and the project's own code."""
        # LiteRT reads there how many cores there are and of which kind. Of x86 it would understand nothing, and end
        # with a segmentation fault; qemu looks into the root first.
        cpuinfo = self._root / "proc" / "cpuinfo"
        cpuinfo.parent.mkdir(exist_ok=True)
        cpuinfo.write_text(processor.cpuinfo(os.cpu_count() or 1), encoding="utf-8")
        python = self._root / "usr" / "bin" / f"python{self.python}"
        command = [self._qemu, "-cpu", processor.name, "-L", str(self._root), str(python)]
        environment = {
            **os.environ,
            "PYTHONPATH": f"{self._site}{os.pathsep}{project}",
            "PYTHONPYCACHEPREFIX": str(self._folder / "bytecode"),
            "OPENBLAS_NUM_THREADS": "1",
        }
        return subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, text=True, check=False
        )

    def extension_modules(self) -> list[str]:
        """Dotted names of what is compiled in the wheels; libraries beside them are not modules."""
        endings = (f".cpython-{self.python.replace('.', '')}-aarch64-linux-gnu.so", ".abi3.so")
        names = []
        for path in sorted(self._site.rglob("*.so")):
            ending = next((ending for ending in endings if path.name.endswith(ending)), None)
            if ending is not None:
                inside = path.relative_to(self._site)
                name = path.name.removesuffix(ending)
                parts = inside.parent.parts
                # OpenCV's package puts its module, of its own name, in its own place.
                names.append(".".join(parts if parts == (name,) else [*parts, name]))
        return names

    def _configured(self) -> dict[str, str]:
        """An environment in which apt keeps to the folder; the machine's proxies hold."""
        folder = self._folder / "apt"
        for name in ("state/lists/partial", "cache/archives/partial", "parts", "log"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "state" / "status").touch()
        told = _run(["apt-config", "dump", "Acquire"], None)
        proxies = "\n".join(line for line in told.splitlines() if "proxy" in line.lower())
        (folder / "apt.conf").write_text(_APT.format(folder=folder, proxies=proxies), "utf-8")
        return {**os.environ, "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C"}


def _run(command: Sequence[str], environment: Mapping[str, str] | None) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        words = next((line for line in lines if line.startswith(("E:", "ERROR:"))), lines[-1])
        raise RootError(f"{' '.join(command[:2])} failed: {words}")
    return done.stdout
