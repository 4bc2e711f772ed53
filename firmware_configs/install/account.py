"""The user as whom the service runs: no password, no shell, no home but the state folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import UserError
from firmware_configs.install.host_command import run_command
from firmware_configs.install.manifest import Manifest
from firmware_configs.install.step import Outcome, Verdict
from firmware_configs.install.target import Target

PLACE = "/etc/sysusers.d/vigil.conf"
STATE = "/var/lib/vigil"
# Camera, its graphics memory, pins, serial adapters, sound.
_GROUPS = ("video", "render", "gpio", "dialout", "audio")
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


def require_user_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name == "root":
        raise UserError(
            f"--user {name!r} cannot be the service's user; use small letters, digits, - and _, and not root."
        )


def groups_for(target: Target) -> tuple[str, ...]:
    """Those that the target has: a service that names a group that is missing does not start."""
    there = target.groups()
    return tuple(name for name in _GROUPS if name in there)


def declaration(name: str, groups: tuple[str, ...]) -> str:
    """For systemd-sysusers, which works in an image as well."""
    lines = [f'u {name} - "Vigil driver monitoring" {STATE} /usr/sbin/nologin']
    lines += [f"m {name} {group}" for group in groups]
    return "# Written by `vigil install`.\n" + "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Account:
    """Made from the declaration, which must be in its place."""

    name: str
    groups: tuple[str, ...]

    def look(self, target: Target, manifest: Manifest) -> Outcome:
        what = f"user {self.name}"
        detail = f"in {', '.join(self.groups)}" if self.groups else ""
        if self.name not in target.users():
            return Outcome(Verdict.MADE, what, detail)
        there = target.groups()
        missing = [group for group in self.groups if self.name not in there[group][1]]
        return Outcome(Verdict.CHANGED if missing else Verdict.UNCHANGED, what, detail)

    def do(self, target: Target, manifest: Manifest) -> None:
        is_new = self.name not in target.users()
        root = () if target.running else (f"--root={target.root}",)
        run_command(["systemd-sysusers", *root, Path(PLACE).name], package="systemd")
        if is_new:
            manifest.user = self.name


def remove_user(target: Target, name: str) -> None:
    if name not in target.users():
        return
    prefix = () if target.running else ("--prefix", str(target.root))
    run_command(["userdel", *prefix, name], package="passwd")
