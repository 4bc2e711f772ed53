"""Grey pictures out of a flat tar of JPEG files, in the order of their names."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.data.picture_set import cut_off

_END_OF_ARCHIVE = bytes(
    1024
)  # two empty blocks; without them nothing tells that members are missing


def picture_names(path: Path, set_name: str) -> list[str]:
    """The pictures inside, sorted; raises `UserError` where the archive is not whole."""
    try:
        with tarfile.open(path, "r:") as archive:
            names = sorted(
                member.name
                for member in archive
                if member.isfile() and member.name.lower().endswith((".jpg", ".jpeg"))
            )
    except (tarfile.TarError, OSError, EOFError) as error:
        raise cut_off(path, set_name, str(error)) from error
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - len(_END_OF_ARCHIVE)))
        if file.read() != _END_OF_ARCHIVE:
            raise cut_off(
                path, set_name, f"the end of the archive is missing after {len(names)} pictures"
            )
    if not names:
        raise cut_off(path, set_name, "it holds no JPEG file")
    return names


def grey_pictures(path: Path, set_name: str) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """(name, (H, W) luma) of every picture."""
    names = picture_names(path, set_name)
    with tarfile.open(path, "r:") as archive:
        for name in names:
            file = archive.extractfile(name)
            content = file.read() if file is not None else b""
            grey = (
                cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
                if content
                else None
            )
            if grey is None:
                raise cut_off(path, set_name, f"{name} cannot be decoded")
            yield name, grey.astype(np.uint8, copy=False)
