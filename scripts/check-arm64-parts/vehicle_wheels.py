"""Which wheels a vehicle with an arm64 processor gets: its requirements, followed through the tested pins.

Requirements and a finder of wheels come in; out goes every package that is needed, with its wheel or what is wrong.
Markers are read for the board, not for this machine: pip alone would read them for the Python that runs it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

# Debian 12 has 3.11.2; of the others the first release is the oldest that the pins hold for.
_OLDEST_RELEASE = {"3.11": "3.11.2"}
_OLDEST_GLIBC = (
    17  # manylinux2014: every wheel for aarch64 asks for this minor version or a later one
)
_UNREACHABLE = "connection broken"  # of a warning of pip's; it then says that nothing matches
_NOT_FOUND = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)")


@dataclass(frozen=True, slots=True)
class Wheel:
    """One file of a package, and what the package asks for."""

    version: str
    file_name: str
    requires: tuple[str, ...]
    requires_python: str = ""

    @property
    def native(self) -> bool:
        return not self.file_name.endswith("-any.whl")


@dataclass(frozen=True, slots=True)
class Board:
    """The Python and the C library that wheels have to fit."""

    python: str  # 3.11
    glibc_minor: int  # of version 2

    @property
    def platforms(self) -> list[str]:
        minors = range(self.glibc_minor, _OLDEST_GLIBC - 1, -1)
        return [*(f"manylinux_2_{minor}_aarch64" for minor in minors), "manylinux2014_aarch64"]

    @property
    def oldest_release(self) -> str:
        return _OLDEST_RELEASE.get(self.python, f"{self.python}.0")

    def markers(self, extra: str) -> dict[str, str]:
        full = self.oldest_release
        return {
            "python_version": self.python,
            "python_full_version": full,
            "implementation_name": "cpython",
            "implementation_version": full,
            "platform_python_implementation": "CPython",
            "platform_machine": "aarch64",
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
            "extra": extra,
        }

    @property
    def pip_options(self) -> list[str]:
        options = ["--implementation", "cp", "--python-version", self.python]
        for platform in self.platforms:
            options += ["--platform", platform]
        # `pip install` holds packages against the Python that runs it, whatever --python-version says; `resolved`
        # looks at the board's.
        return [*options, "--only-binary", ":all:", "--no-deps", "--ignore-requires-python"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Every package that is needed, by name; None where there is no wheel."""

    wheels: Mapping[str, Wheel | None]
    conflicts: tuple[str, ...]  # sentences
    unpinned: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        return sorted(name for name, wheel in self.wheels.items() if wheel is None)

    @property
    def complete(self) -> bool:
        return not self.missing and not self.conflicts


Finder = Callable[[Sequence[Requirement]], Mapping[str, Wheel]]


def resolved(
    wanted: Sequence[str], board: Board, pins: Mapping[str, str], find: Finder
) -> Resolution:
    """`wanted` and all that follows from it. find: the wheels that fit, of those requirements that have one."""
    wheels: dict[str, Wheel | None] = {}
    asked: list[tuple[Requirement, str]] = []  # and by whom
    followed: set[tuple[str, str]] = set()  # package and extra
    open_ends = [(Requirement(line), "setup.py", "") for line in wanted]
    while open_ends:
        fitting = [
            (requirement, by)
            for requirement, by, extra in open_ends
            if requirement.marker is None or requirement.marker.evaluate(board.markers(extra))
        ]
        asked += fitting
        new = {canonicalize_name(requirement.name): requirement for requirement, _ in fitting}
        new = {name: requirement for name, requirement in new.items() if name not in wheels}
        found = find(list(new.values())) if new else {}
        wheels |= {name: found.get(name) for name in new}
        open_ends = []
        for requirement, _ in fitting:
            name = canonicalize_name(requirement.name)
            wheel = wheels[name]
            for extra in ("", *sorted(requirement.extras)):
                if wheel is None or (name, extra) in followed:
                    continue
                followed.add((name, extra))
                open_ends += [(Requirement(line), name, extra) for line in wheel.requires]
    conflicts = []
    for requirement, by in asked:
        wheel = wheels[canonicalize_name(requirement.name)]
        if wheel is not None and not requirement.specifier.contains(
            wheel.version, prereleases=True
        ):
            conflicts.append(f"{by} asks for {requirement}, the pins give {wheel.version}")
    conflicts += [
        f"{name} {wheel.version} asks for Python {wheel.requires_python}"
        for name, wheel in wheels.items()
        if wheel is not None
        and not SpecifierSet(wheel.requires_python).contains(board.oldest_release)
    ]
    unpinned = sorted(name for name in wheels if name not in pins)
    return Resolution(wheels, tuple(dict.fromkeys(conflicts)), tuple(unpinned))


def read_pins(path: Path) -> dict[str, str]:
    """Version by canonical name, from a file of `constraints/`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("#")[0].strip().partition("==") for line in lines)
    return {canonicalize_name(name): version for name, equals, version in pairs if equals}


def pip_finder(board: Board, constraints: Path) -> Finder:
    """Asks pip, with the indexes and settings it has here; nothing is installed. Raises `RuntimeError`."""

    def find(requirements: Sequence[Requirement]) -> Mapping[str, Wheel]:
        # Without its marker, which holds here and which pip would read for another machine.
        lines = [f"{requirement.name}{requirement.specifier}" for requirement in requirements]
        names: list[str] = [canonicalize_name(requirement.name) for requirement in requirements]
        left = dict(zip(names, lines, strict=True))
        while left:
            report, words = _pip_report(board, constraints, list(left.values()))
            if report is not None:
                return _wheels_of(report)
            if _UNREACHABLE in words:
                raise RuntimeError("pip cannot reach its index; try again with a network")
            nowhere = _NOT_FOUND.search(words)
            name = canonicalize_name(nowhere[1]) if nowhere else ""
            if name not in left:
                raise RuntimeError(f"pip failed: {words.strip()[-300:] or 'it said nothing'}")
            del left[name]
        return {}

    return find


def _pip_report(
    board: Board, constraints: Path, requirements: Sequence[str]
) -> tuple[dict[str, Any] | None, str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--retries", "2"]
        command += ["--target", str(Path(folder, "nowhere")), "--report", str(report)]
        command += [*board.pip_options, "-c", str(constraints), *requirements]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return None, done.stderr
        told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return told, ""


def _wheels_of(report: Mapping[str, Any]) -> dict[str, Wheel]:
    return {
        canonicalize_name(item["metadata"]["name"]): Wheel(
            item["metadata"]["version"],
            item["download_info"]["url"].rsplit("/", 1)[-1],
            tuple(item["metadata"].get("requires_dist", ())),
            item["metadata"].get("requires_python", ""),
        )
        for item in report["install"]
    }
