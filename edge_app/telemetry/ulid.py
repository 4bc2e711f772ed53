"""ULIDs: 128-bit ids that sort by time. Milliseconds and random bits in, 26 letters out.

https://github.com/ulid/spec, with its monotonic rule: ids made within one millisecond count upwards, and a clock
that is set back does not make ids go back.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
RANDOM_BITS = 80
TIME_BITS = 48


class UlidMaker:
    """Makes strictly increasing ULIDs. Not for use by several threads at once."""

    def __init__(self, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._random_bits = random_bits
        self._last = -1

    def make(self, wall_time_s: float) -> str:
        milliseconds = int(wall_time_s * 1000) & ((1 << TIME_BITS) - 1)
        if self._last >> RANDOM_BITS >= milliseconds:
            value = self._last + 1
        else:
            value = (milliseconds << RANDOM_BITS) | self._random_bits(RANDOM_BITS)
        self._last = value
        return encode(value)


def encode(value: int) -> str:
    return "".join(ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
