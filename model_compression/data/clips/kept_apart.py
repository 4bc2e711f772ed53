"""Which of a person's pictures or videos are kept apart as val, where a set of people has no such split of its own.

People are classes to be learned, so that all of them must be in train: some of each one's pictures are kept apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

SHARE = 0.1


def kept_apart(names: Iterable[str]) -> set[str]:
    """A tenth of one person's, to the nearest: the first by the SHA-256 of their names, the same ones in each copy."""
    drawn = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    return set(drawn[: round(SHARE * len(drawn))])
