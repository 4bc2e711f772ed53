"""The set `nir`: near-infrared frames named `<person>-<number>-<emotion>.jpg`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_compression.data.picture_set import Picture, required
from model_compression.data.picture_tar import grey_pictures, picture_names


class NearInfrared:
    name = "nir"
    views = 6
    enlargement = 1

    def __init__(self, data_root: Path) -> None:
        self._tar = data_root / "nir" / "nir.tar"

    def files(self) -> list[Path]:
        return [required(self._tar, self.name)]

    def count(self) -> int:
        return len(picture_names(self.files()[0], self.name))

    def pictures(self) -> Iterator[Picture]:
        for name, grey in grey_pictures(self.files()[0], self.name):
            yield Picture(name, grey, (name.partition("-")[0],))
