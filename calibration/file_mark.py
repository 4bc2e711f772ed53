"""Whose a file is, by what it says of itself, also where it is torn: of ours alone is one renamed or replaced.

In: a file's bytes, and how files of one kind begin. Out: whether it is, or was, of that kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SAYS = re.compile(rb"^kind: *['\"]?([^\s'\"]*)", re.MULTILINE)
_LEFT_BY_A_POWER_CUT = b"\0 \t\r\n"


@dataclass(frozen=True, slots=True)
class FileMark:
    """head: the comment with which Vigil begins such a file; kind: what stands in its `kind`."""

    head: str
    kind: str

    def is_on(self, content: bytes) -> bool:
        """A file with nothing in it belongs to nobody, and is taken to have been one."""
        said = _SAYS.findall(content)
        if said:
            return self.kind.encode() in said
        head = self.head.encode()
        left = content.strip(_LEFT_BY_A_POWER_CUT)
        return not left or left.startswith(head) or head.startswith(left)
