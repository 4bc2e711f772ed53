"""An album of labelled pictures made into clips of one frame: read, faces found, squares cut.

Out: each picture's pixels with its row, or which is left out and why.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge_app.camera.source import UnusableSourceError
from edge_app.errors import UserError
from model_compression.data.clips.clip_making import UNREADABLE, LeftOut, MadeClip
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.face_square import cut_square, grey_outside, smooth_squares
from model_compression.data.clips.face_track import FaceFinder
from model_compression.data.clips.picture_face import find_face, portrait_of
from model_compression.data.clips.picture_reading import read_picture
from model_compression.data.clips.settings import ClipSettings
from model_compression.data.clips.source_picture import Album, SourcePicture

NO_FACE = "no face is found"
_RATE_HZ = 1.0  # a picture has none; who divides by it gets a second


def make_pictures(
    album: Album, settings: ClipSettings, finder: FaceFinder
) -> Iterator[MadeClip | LeftOut]:
    """A picture that cannot be read is left out, and does not stop the others."""
    for picture in album.pictures:
        path = picture.place.file
        try:
            yield _made(picture, settings, finder)
        except UnusableSourceError as error:
            # Without where the set lies: what is prepared says the same wherever that was.
            told = str(error).replace(str(path), path.name)
            yield LeftOut(picture.picture, UNREADABLE, told)
        except FileNotFoundError as error:
            raise UserError(
                f"{path}: is no longer there; bring it back and give the command again."
            ) from error
        except (
            OSError
        ) as error:  # of the disk, not of the picture: it may be gone with the next try
            raise UserError(f"{path}: cannot be read ({error}); give the command again.") from error


def _made(picture: SourcePicture, settings: ClipSettings, finder: FaceFinder) -> MadeClip | LeftOut:
    portrait = portrait_of(read_picture(picture.place), picture.box)
    seen = find_face(finder, portrait.image)
    if seen is None and settings.no_face == "leave":
        return LeftOut(picture.picture, NO_FACE, frame_count=1)
    square, outline = portrait.whole, None
    if seen is not None:
        (square,), (outline,) = smooth_squares([seen], settings.size_px, _RATE_HZ)
    pixels = cut_square(portrait.image, square, settings.size_px, settings.channels)
    if outline is not None and settings.outside == "grey":
        grey_outside(pixels, outline)
    row = ClipRow(
        clip=picture.picture,
        video=picture.picture,
        person=picture.person,
        split=picture.split,
        fold=picture.fold,
        labels=picture.labels,
        frame_count=1,
        frame_rate_hz=_RATE_HZ,
        start_s=0.0,
        face_share=0.0 if seen is None else 1.0,
        values=picture.values,
    )
    return MadeClip(row, pixels[None])
