"""The set `faces`: grey photographs of one main face each; a person's name stands in most file names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from model_compression.data.picture_set import Picture, required
from model_compression.data.picture_tar import grey_pictures, picture_names

_NAMED = re.compile(r"(?P<person>.+_.+)_\d{4}\.jpe?g", re.IGNORECASE)


class Faces:
    name = "faces"
    views = 6
    enlargement = 1

    def __init__(self, data_root: Path) -> None:
        self._tar = data_root / "faces" / "faces.tar"

    def files(self) -> list[Path]:
        return [required(self._tar, self.name)]

    def count(self) -> int:
        return len(picture_names(self.files()[0], self.name))

    def pictures(self) -> Iterator[Picture]:
        for name, grey in grey_pictures(self.files()[0], self.name):
            named = _NAMED.fullmatch(name)
            yield Picture(name, grey, (named["person"] if named else "",))
