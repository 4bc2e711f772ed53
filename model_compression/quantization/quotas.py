"""Which pictures to take of several data sets: no set alone decides a measurement where the others have enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

MOST_SHARE = 0.4  # of the pictures that are taken


def within_quotas(sets: Sequence[str], count: int) -> list[int]:
    """Rows of `sets`, which says of each picture in turn from which set it is: `count` of them, or all, in order.

    The first that come, but none of a set that has given 40 % already (half of two sets, all of one); only what is
    short in the end comes from such a set all the same.
    """
    if not sets:
        return []
    most = max(int(MOST_SHARE * count), -(-count // len(set(sets))))
    given: Counter[str] = Counter()
    taken: list[int] = []
    too_many: list[int] = []
    for row, name in enumerate(sets):
        if len(taken) == count:
            break
        if given[name] < most:
            given[name] += 1
            taken.append(row)
        else:
            too_many.append(row)
    return sorted(taken + too_many[: count - len(taken)])
