"""A file that is there whole or not at all: written beside its place and moved when it is on the disk."""

from __future__ import annotations

import os
from pathlib import Path

PART = ".part-"  # then the number of the process: what a killed one has left is never mistaken for whole


def write_whole(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}{PART}{os.getpid()}")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """The move itself on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def remove_parts(folder: Path) -> None:
    for left in folder.glob(f"*{PART}*"):
        left.unlink(missing_ok=True)
