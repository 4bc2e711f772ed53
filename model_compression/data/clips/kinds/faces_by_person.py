"""A folder of pictures for each person, as VGGFace2, CASIA-WebFace, LFW and many others are laid out.

    <person>/<picture>.jpg (.jpeg, .png, .bmp; folders below a person's are read too)

For VGGFace2 name its `train` folder: one that holds nothing but such parts is refused. In place of folders, or beside
them, archives of the same tree may lie there: `.tar`, not compressed, with any folders above the people's. The classes
of `identity` are the set's own people in the order of their names. A tenth of each person's pictures is val
(`kept_apart`): people with fewer than six have none.
The largest face of a picture is taken to be the person's.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from edge_app.errors import UserError
from model_compression.data.clips.classes import IDENTITY
from model_compression.data.clips.decoding import is_picture
from model_compression.data.clips.kept_apart import kept_apart
from model_compression.data.clips.source_picture import PicturePlace, SourcePicture
from model_compression.data.clips.source_video import FoundSet

_FEWEST_PEOPLE = 2
_PARTS = {"train", "val", "valid", "validation", "test"}  # in which sets are passed on


def find(root: Path) -> FoundSet:
    people: dict[str, dict[str, PicturePlace]] = {}
    for person, name, place in _pictures(root):
        if people.setdefault(person, {}).setdefault(name, place) is not place:
            raise UserError(f"{root}: {name} is in a folder and in an archive; remove one of them.")
    if people and _PARTS.issuperset(people):
        raise UserError(
            f"{root}: holds parts of a set ({', '.join(sorted(people))}) and not people; name one of them as --root."
        )
    if len(people) < _FEWEST_PEOPLE:
        return FoundSet((), ("a folder with pictures for each person, two people or more",))
    classes = tuple(sorted(people))
    pictures = []
    for number, person in enumerate(classes):
        labels = {IDENTITY: number}
        apart = kept_apart(people[person])
        pictures += [
            SourcePicture(
                name, place, person, split="val" if name in apart else "train", labels=labels
            )
            for name, place in sorted(people[person].items())
        ]
    return FoundSet((), pictures=tuple(pictures), classes={IDENTITY: classes})


def _pictures(root: Path) -> Iterator[tuple[str, str, PicturePlace]]:
    """Person, name and place."""
    for one in sorted(root.iterdir()):
        if one.is_dir():
            for path in one.rglob("*"):
                if is_picture(path):
                    yield one.name, path.relative_to(root).as_posix(), PicturePlace(path)
        elif one.suffix == ".tar":
            yield from _members(one)


def _members(path: Path) -> Iterator[tuple[str, str, PicturePlace]]:
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                if member.isfile() and is_picture(Path(name)) and name.parent.name:
                    person = name.parent.name
                    place = PicturePlace(path, member.offset_data, member.size)
                    yield person, f"{person}/{name.name}", place
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UserError(
            f"{path}: is no whole archive ({error}); copy it again, or unpack what is compressed."
        ) from error
