"""The clear beginning of a sealed still: what the unit must know of it to keep it no longer than it may."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_LAYOUT = struct.Struct(">12s8s16sQ")
_MARK = b"vigil-still\x01"
HEADER_BYTES = _LAYOUT.size


@dataclass(frozen=True, slots=True)
class Header:
    """name: 32 hexadecimal digits drawn by lot. dated_s: Unix time, never later than when it was taken."""

    key_id: bytes
    name: str
    dated_s: int

    def encoded(self) -> bytes:
        return _LAYOUT.pack(_MARK, self.key_id, bytes.fromhex(self.name), self.dated_s)

    @staticmethod
    def decoded(sealed: bytes) -> Header:
        """Raises ValueError for what does not begin as a sealed still."""
        if len(sealed) < HEADER_BYTES:
            raise ValueError("it is too short for a still")
        mark, key_id, name, dated_s = _LAYOUT.unpack(sealed[:HEADER_BYTES])
        if mark != _MARK:
            raise ValueError("it is not a sealed still")
        return Header(key_id, name.hex(), dated_s)
