"""What one check of `vigil doctor` found: a verdict, what it rests on, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(str, Enum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `to_do` says how to mend it and is empty when all is well."""

    name: str
    verdict: Verdict
    found: str
    to_do: str = ""


def found_and_to_do(sentence: str) -> tuple[str, str]:
    """One sentence of an error as what is wrong and what to do, where it has both."""
    found, semicolon, to_do = sentence.rstrip(".").rpartition("; ")
    return (found, to_do) if semicolon else (to_do, "")
