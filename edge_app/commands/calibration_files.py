"""The two files that a calibration writes, its result and the picture of it: nothing else is written over."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from calibration.file_mark import FileMark
from edge_app.errors import UserError

_LOOKED_AT_BYTES = 64 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class CalibrationFiles:
    """out: what is measured; picture: what it rests on, a PNG."""

    out: Path
    picture: Path

    @classmethod
    def checked(
        cls, out: Path, picture: Path | None, *, mark: FileMark, what: str
    ) -> CalibrationFiles:
        """Before anybody sits there and waits. Without `picture` it lies beside `out`.

        mark: of such a file; what: its name. Raises `UserError` where one would not be written, or over something else.
        """
        shown = picture or out.with_suffix(".png")
        if _are_one(out, shown):
            raise UserError(
                f"{out}: {what} and picture cannot be one file; name another with --out or --picture"
            )
        for file, option in ((out, "--out"), (shown, "--picture")):
            folder = file.parent
            if file.is_dir():
                raise UserError(f"{file}: is a folder; name a file with {option}")
            if not folder.is_dir() or not os.access(folder, os.W_OK):
                raise UserError(f"{file}: cannot be written there; name another file with {option}")
        if not mark.is_on(_beginning(out)):
            raise UserError(
                f"{out}: is there already and is no {what}, so it is not written over; name another with --out"
            )
        before = _beginning(shown)
        if before and not before.startswith(_PNG):
            raise UserError(
                f"{shown}: is there already and is no PNG, so it is not written over; name another with --picture"
            )
        return cls(out, shown)

    @property
    def refused_picture(self) -> Path:
        """Of a calibration that was not good enough: the picture of the one that stays is not drawn over."""
        if not self.out.exists():
            return self.picture
        return self.picture.with_name(f"{self.picture.stem}-refused.png")


def _are_one(one: Path, other: Path) -> bool:
    if one.resolve() == other.resolve():
        return True
    return one.exists() and other.exists() and one.samefile(other)


def _beginning(file: Path) -> bytes:
    """Empty of a file that is not there. Raises `UserError`."""
    try:
        with file.open("rb") as opened:
            return opened.read(_LOOKED_AT_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UserError(
            f"{file}: cannot be read to see what it is ({error.strerror}); name another file"
        ) from error
