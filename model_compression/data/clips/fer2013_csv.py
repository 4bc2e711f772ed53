"""`fer2013.csv` as published: emotion,pixels,Usage, a picture of 48 x 48 numbers a line. Out: where each one lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.source_picture import PicturePlace

PIXELS_FILE = "fer2013.csv"
_COLUMNS = b"emotion,pixels,usage"


@dataclass(frozen=True, slots=True)
class PixelLine:
    place: PicturePlace
    emotion: str  # as written
    usage: str


def pixel_lines(path: Path) -> list[PixelLine]:
    """In the file's order. Raises `UserError` for another file."""
    found: list[PixelLine] = []
    try:
        with path.open("rb") as file:
            head = file.readline()
            if head.replace(b" ", b"").strip().lower() != _COLUMNS:
                raise UserError(f"{path}: its first line must be emotion,pixels,Usage.")
            first = len(head)
            for number, line in enumerate(file, 2):
                cells = line.split(b",")
                if len(cells) == 3:
                    emotion, pixels, usage = cells
                    inside = pixels.strip(b'"')
                    begin = first + len(emotion) + 1 + pixels.index(inside)
                    place = PicturePlace(path, begin, len(inside))
                    found.append(PixelLine(place, emotion.decode(), usage.decode().strip()))
                elif line.strip():
                    raise UserError(f"{path} line {number}: has {len(cells)} columns and not 3.")
                first += len(line)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is no table of text ({error}).") from error
    return found
