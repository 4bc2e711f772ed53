"""One line of the aiming page and of the commissioning report: what was found, what is needed, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Verdict(str, Enum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = (
        "unknown"  # nothing was seen yet from which it could be told, or the step was left out
    )


@dataclass(frozen=True, slots=True)
class AimFinding:
    """`to_do` says how to mend it and is empty when all is well."""

    key: str
    label: str
    verdict: Verdict
    found: str
    need: str = ""
    to_do: str = ""
    value: float | None = None
    unit: str = ""


_GRAVEST_FIRST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WARN, Verdict.OK)


def gravest(findings: Iterable[AimFinding]) -> Verdict:
    """Of all together; what was not looked at weighs more than a remark."""
    verdicts = {finding.verdict for finding in findings}
    return next((verdict for verdict in _GRAVEST_FIRST if verdict in verdicts), Verdict.UNKNOWN)
