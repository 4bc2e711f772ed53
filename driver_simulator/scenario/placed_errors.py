"""Mistakes that only several values together make, each told at the value that should change.

A validator of pydantic places its error at what it validates; the whole list of behaviours, say. Raised as here, the
error stands at one key inside, and the loader finds its line in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

KeyPath = tuple["str | int", ...]


@dataclass(frozen=True, slots=True)
class PlacedError:
    """What is wrong with `value` at `path`, counted from what is being validated."""

    path: KeyPath
    value: Any
    sentence: str


def raise_placed(title: str, errors: Sequence[PlacedError]) -> None:
    """Raise what pydantic would for `errors`; nothing where there are none."""
    if errors:
        raise ValidationError.from_exception_data(
            title,
            [
                InitErrorDetails(
                    type="value_error",
                    loc=error.path,
                    input=error.value,
                    ctx={"error": ValueError(error.sentence)},
                )
                for error in errors
            ],
        )
