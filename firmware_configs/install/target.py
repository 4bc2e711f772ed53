"""The machine or image that is installed on: where its files lie, and what can be read of it without running it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import UserError


@dataclass(frozen=True, slots=True)
class Target:
    """A root folder: `/` is this machine, any other an image that is not running."""

    root: Path

    @property
    def running(self) -> bool:
        return self.root == Path("/")

    def at(self, path: str) -> Path:
        """Where the target's `path` lies here. Raises `UserError` where links lead out of an image."""
        place = self.root / path.lstrip("/")
        if not place.parent.resolve().is_relative_to(self.root.resolve()):
            raise UserError(
                f"{place} leads out of {self.root} through a link; make the link relative, or a folder."
            )
        return place

    def has_systemd(self) -> bool:
        """On this machine it must be what runs; in an image it must be there."""
        if self.running:
            return Path("/run/systemd/system").is_dir()
        return any(
            self.at(path).exists()
            for path in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/etc/systemd/system")
        )

    def systemd_version(self) -> int | None:
        """Read from the name of its library, which an image has as well; None where it cannot be told."""
        folders = [self.root / "usr/lib", self.root / "lib"]
        versions = [
            int(match[1])
            for folder in folders
            for pattern in ("systemd/libsystemd-shared-*.so", "*/systemd/libsystemd-shared-*.so")
            for library in folder.glob(pattern)
            if (match := re.search(r"-shared-(\d+)", library.name))
        ]
        return max(versions, default=None)

    def groups(self) -> dict[str, tuple[int, frozenset[str]]]:
        """Number and members of each group in its own file."""
        found = {}
        for line in self._lines("/etc/group"):
            name, _, number, members = [*line.split(":"), "", "", ""][:4]
            if number.isdecimal():
                found[name] = (int(number), frozenset(filter(None, members.split(","))))
        return found

    def users(self) -> dict[str, int]:
        """Number of each user in its own file."""
        found = {}
        for line in self._lines("/etc/passwd"):
            name, _, number = [*line.split(":"), "", ""][:3]
            if number.isdecimal():
                found[name] = int(number)
        return found

    def _lines(self, path: str) -> list[str]:
        try:
            return self.at(path).read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []


def open_target(root: Path, *, changes: bool) -> Target:
    """changes: whether anything will be written. Raises `UserError`."""
    if not root.is_dir():
        raise UserError(f"{root} is no folder; --root is the top folder of an image, or /.")
    target = Target(root.resolve())
    if not target.has_systemd():
        where = "This machine does not run systemd" if target.running else f"{root} has no systemd"
        raise UserError(
            f"{where}, which `vigil install` sets up; start `vigil run` by what there is instead."
        )
    if changes and target.running and os.geteuid() != 0:
        raise UserError(
            "`vigil install` changes the system and needs root; say `sudo` with the full path of this"
            " command, or look first with --dry-run."
        )
    return target
