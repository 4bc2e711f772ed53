"""Files and links that belong where they are put until their owner changes them; then they are the owner's."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import UserError
from firmware_configs.install.manifest import Manifest, digest
from firmware_configs.install.step import Outcome, Verdict
from firmware_configs.install.target import Target
from firmware_configs.install.whole_file import make_folders, read_if_there, write_whole


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """One file of the target.

    group: who may read it besides root, by name. missing_in: what was asked for and does not stand in a file that is
    its owner's, in words.
    """

    path: str
    content: bytes
    mode: int = 0o644
    group: str | None = None
    missing_in: Callable[[Path], str] = lambda place: ""

    def look(self, target: Target, manifest: Manifest) -> Outcome:
        place = target.at(self.path)
        if place.is_symlink():
            return self._kept(place, "a link of yours")
        if place.is_dir():
            raise UserError(f"{place} is a folder where a file belongs; move it away.")
        present = read_if_there(place)
        if present is None:
            return Outcome(Verdict.MADE, self.path)
        if present == self.content:
            manifest.files[self.path] = digest(present)
            return Outcome(Verdict.UNCHANGED, self.path)
        if digest(present) != manifest.files.get(self.path):
            return self._kept(place, "it is yours; move it away to have it made anew")
        return Outcome(Verdict.CHANGED, self.path)

    def do(self, target: Target, manifest: Manifest) -> None:
        manifest.folders += make_folders(target, self.path)
        number = None
        if self.group is not None and os.geteuid() == 0:
            number, _ = target.groups().get(self.group, (None, None))
        write_whole(target.at(self.path), self.content, self.mode, number)
        manifest.files[self.path] = digest(self.content)

    def _kept(self, place: Path, why: str) -> Outcome:
        missing = self.missing_in(place)
        told = f"{missing}; {why}" if missing else why
        return Outcome(Verdict.KEPT, self.path, told, unheeded=bool(missing))


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """A symbolic link of the target, such as the one that starts a service at boot."""

    path: str
    to: str
    why: str

    def look(self, target: Target, manifest: Manifest) -> Outcome:
        place = target.at(self.path)
        if place.is_symlink() and os.readlink(place) == self.to:
            manifest.links[self.path] = self.to
            return Outcome(Verdict.UNCHANGED, self.path, self.why)
        if not place.is_symlink() and not place.exists():
            if self.path in manifest.links:
                return Outcome(Verdict.KEPT, self.path, "you have switched it off")
            return Outcome(Verdict.MADE, self.path, self.why)
        if place.is_symlink() and os.readlink(place) == manifest.links.get(self.path):
            return Outcome(Verdict.CHANGED, self.path, self.why)
        return Outcome(Verdict.KEPT, self.path, "it is yours; move it away to have it made anew")

    def do(self, target: Target, manifest: Manifest) -> None:
        manifest.folders += make_folders(target, self.path)
        swap_link(target.at(self.path), self.to)
        manifest.links[self.path] = self.to


def swap_link(place: Path, to: str) -> None:
    """In one step, so that what follows the link never finds none."""
    draft = place.with_name(f".{place.name}.new")
    try:
        draft.unlink(missing_ok=True)
        draft.symlink_to(to)
        draft.replace(place)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UserError(f"{place} cannot be made: {why}; say what it is with `ls -l`.") from error
