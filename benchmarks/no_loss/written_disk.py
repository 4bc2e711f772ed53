"""A disk that remembers every write in order, and can say what a power cut at any of them would have left.

The real outbox runs on an SQLite VFS made with apsw; writes reach real files and are logged here. After a cut at
operation k a file holds what was synchronised before k, and of the later writes any part, in sectors of 512 bytes.
The name of a new file lasts only once its folder was synchronised, which a journal's first `xSync` does by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

SECTOR_BYTES = 512
FOLDER = ""  # stands for the folder itself in the log
Survival = Literal["all", "none", "some"]
Kind = Literal["create", "write", "truncate", "sync", "delete"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing done to one file."""

    kind: Kind
    name: str
    offset: int = 0  # of a write; the new length of a truncation
    data: bytes = b""


@dataclass(slots=True)
class _File:
    """What is safe of one file, and what only the operating system knows."""

    safe: bytearray = field(default_factory=bytearray)
    waiting: list[Operation] = field(default_factory=list)
    name_is_safe: bool = False
    is_deleted: bool = False  # for certain only once the folder is synchronised

    def apply(self, operation: Operation, content: bytearray) -> None:
        if operation.kind == "truncate":
            del content[operation.offset :]
            return
        if len(content) < operation.offset:
            content.extend(bytes(operation.offset - len(content)))
        content[operation.offset : operation.offset + len(operation.data)] = operation.data

    def synchronise(self) -> None:
        for operation in self.waiting:
            self.apply(operation, self.safe)
        self.waiting.clear()

    def after_a_cut(self, survival: Survival, random: Random) -> bytes:
        content = bytearray(self.safe)
        for operation in self.waiting if survival != "none" else ():
            if survival == "all":
                self.apply(operation, content)
            elif random.random() < 0.5:
                for piece in _torn(operation, random):
                    self.apply(piece, content)
        return bytes(content)


def _torn(operation: Operation, random: Random) -> list[Operation]:
    """All of it, or the sectors that happened to be written."""
    if operation.kind != "write" or random.random() < 0.5:
        return [operation]
    return [
        Operation(
            "write", operation.name, operation.offset + at, operation.data[at : at + SECTOR_BYTES]
        )
        for at in range(0, len(operation.data), SECTOR_BYTES)
        if random.random() < 0.5
    ]


class WrittenDisk:
    """The log of everything written to the files of one folder."""

    def __init__(self, before: dict[str, bytes] | None = None) -> None:
        """`before`: files that were safe when the log began."""
        self.before = dict(before or {})
        self.log: list[Operation] = []

    def note(self, operation: Operation) -> None:
        self.log.append(operation)

    @property
    def written_bytes(self) -> int:
        return sum(len(operation.data) for operation in self.log if operation.kind == "write")

    @property
    def instants(self) -> list[int]:
        """How much of the log had happened, for a cut after each single write and synchronisation."""
        return list(range(len(self.log) + 1))


class Platter:
    """Plays a log forward, so that cuts at rising instants cost little."""

    def __init__(self, disk: WrittenDisk) -> None:
        self._disk = disk
        self._instant = 0
        self._files = {
            name: _File(bytearray(content), name_is_safe=True)
            for name, content in disk.before.items()
        }

    def advance(self, instant: int) -> None:
        for operation in self._disk.log[self._instant : instant]:
            self._happen(operation)
        self._instant = max(self._instant, instant)

    def _happen(self, operation: Operation) -> None:
        name = operation.name
        if operation.kind == "create":
            self._files[name] = _File()
        elif operation.kind == "delete":
            self._files[name].is_deleted = True
        elif operation.kind == "sync":
            self._synchronise(name)
        else:
            self._files[name].waiting.append(operation)

    def _synchronise(self, name: str) -> None:
        if name != FOLDER:
            self._files[name].synchronise()
        if name == FOLDER or name.endswith(("-wal", "-journal")):
            for file in self._files.values():
                file.name_is_safe = True
            self._files = {name: file for name, file in self._files.items() if not file.is_deleted}

    def cut(self, survival: Survival, random: Random) -> dict[str, bytes]:
        """The files as they are found when the power is back."""
        found = {}
        for name, file in self._files.items():
            if survival == "some":
                settled = file.name_is_safe and not file.is_deleted
                is_there = settled or random.random() < 0.5
            else:
                is_there = not file.is_deleted if survival == "all" else file.name_is_safe
            if is_there:
                found[name] = file.after_a_cut(survival, random)
        return found


def lay_out(files: dict[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def pick_up(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
