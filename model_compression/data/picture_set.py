"""What every reader of a data set gives: pictures one by one, whose they are, and how the teacher should look at them.

A missing or cut-off set is a `UserError` that names the path and what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, with as many faces as it has people."""

    source: str  # file name, `gif:frame` or row
    image: NDArray[np.uint8]  # (H, W) luma or (H, W, 3) BGR
    people: tuple[
        str, ...
    ]  # from the picture's left to its right, in columns of equal width; '' unknown
    emotion: int = -1

    def luma(self) -> NDArray[np.uint8]:
        if self.image.ndim == 2:
            return self.image
        return cv2.cvtColor(self.image, cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]


class PictureSet(Protocol):
    """A set in a data folder. Constructing it reads no pictures."""

    name: str
    views: int  # how many views of each face the teacher averages
    enlargement: int  # how much larger the teacher sees the pictures

    def files(self) -> list[Path]:
        """What the set is made of; raises `UserError` where one is missing."""
        ...

    def count(self) -> int:
        """How many pictures `pictures` gives."""
        ...

    def pictures(self) -> Iterator[Picture]:
        """In the same order each time."""
        ...


def required(path: Path, set_name: str) -> Path:
    """`path`, which must be a file."""
    if not path.is_file():
        raise UserError(
            f"{path}: the data set '{set_name}' is missing this file; put it there or name another data folder."
        )
    return path


def cut_off(path: Path, set_name: str, what: str) -> UserError:
    return UserError(
        f"{path}: the data set '{set_name}' is cut off or damaged ({what}); copy the file again."
    )
