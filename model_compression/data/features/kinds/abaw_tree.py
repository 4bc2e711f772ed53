"""Where videos and faces lie in a set of the ABAW challenges, however deep its archives were unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_compression.data.clips.decoding import is_video

SIDES = ("_left", "_right")  # after a video's name: one of two people in it
_CUT_OUT = "cropped"  # such folders hold millions of pictures, which nobody has to list
_ALIGNED = "aligned"


class AbawTree:
    """The folder of a set and two levels below it are looked through."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = list(_places(root))
        self.videos: dict[str, Path] = {}  # by name without suffix
        for place in self.places:
            for one in sorted(place.iterdir()):
                if is_video(one) and one.is_file():
                    self.videos.setdefault(one.stem, one)
        crops = [folder for place in self.places for folder in _cut_out(place)]
        # Those that are turned upright first.
        self._crops = sorted(crops, key=lambda one: _ALIGNED not in one.name)

    def folder_named(self, beginning: str, *, holding: tuple[str, ...]) -> Path | None:
        """The first whose name begins so and that has one of these folders."""
        return next(
            (
                place
                for place in self.places
                if place.name.startswith(beginning)
                and any((place / name).is_dir() for name in holding)
            ),
            None,
        )

    def crops(self, name: str) -> tuple[Path, ...]:
        """The folder of one person's faces, in whichever archive they came; nothing where the set has none."""
        found = next((one / name for one in self._crops if (one / name).is_dir()), None)
        return () if found is None else (found,)


def whole_name(name: str) -> str:
    """Of the video, without who in it is meant."""
    for side in SIDES:
        if name.endswith(side):
            return name.removesuffix(side)
    return name


def _places(root: Path) -> Iterator[Path]:
    yield root
    first = _folders(root)
    yield from first
    for folder in first:
        yield from _folders(folder)


def _cut_out(place: Path) -> Iterator[Path]:
    """The folders of faces in a place, such as `cropped_aligned`, and what an archive of one holds by that name."""
    for one in sorted(place.iterdir()):
        if one.name.startswith(_CUT_OUT) and one.is_dir():
            yield from sorted(below for below in one.glob(f"{_CUT_OUT}*") if below.is_dir())
            yield one


def _folders(folder: Path) -> list[Path]:
    return sorted(
        one for one in folder.iterdir() if one.is_dir() and not one.name.startswith((_CUT_OUT, "."))
    )
