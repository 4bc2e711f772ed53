"""Labels of sets with more classes than the seven expressions, which tell the seven as well where it is one of them."""

from __future__ import annotations

from functools import cache

from model_compression.data.clips.classes import CLASSES, EXPRESSION, EXPRESSION_8, EXPRESSION_11


def eight_and_seven(number: int) -> dict[str, int]:
    """number: of `expression_8`."""
    return _with_seven(EXPRESSION_8, number)


def eleven_and_seven(number: int) -> dict[str, int]:
    """number: of `expression_11`."""
    return _with_seven(EXPRESSION_11, number)


@cache
def _with_seven(task: str, number: int) -> dict[str, int]:
    # The longer tasks begin with the seven.
    return (
        {task: number, EXPRESSION: number} if number < len(CLASSES[EXPRESSION]) else {task: number}
    )
