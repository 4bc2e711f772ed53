"""One trial of distraction: a gaze at one fixation point, judged by EU 2023/2590, Annex I.

In: when the gaze arrived, how fast the vehicle was, when a warning came. Out: warned in time, missed, or not to be
judged. Where the text leaves a choice, the choice is named in `READINGS`, which the report prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from edge_app.validation.records import Drive
from edge_app.validation.table_file import Row

FAST_KMH, SLOW_KMH = 50.0, 20.0  # Part 1, 3.3.2.1 and 3.3.2.2
FAST_LIMIT_S, SLOW_LIMIT_S = 3.5, 6.0
BUFFER_S = 0.5  # Part 2, 3.1 and 3.2
NON_NOMINAL_S = 1.5  # Part 1, 3.3.2.1 and 3.3.2.2
HELD_BEYOND_S = 3.0  # Part 2, 2.3.8
ATTENTIVE_BEFORE_S = 15.0  # Part 2, 2.3.5 and 2.3.9
SPEED_BANDS = {"fast": (50.0, 65.0), "slow": (20.0, 35.0)}  # Part 2, 1.5.1

ZONES = {
    "a": "driver's left knee",
    "b": "driver's right knee",
    "c": "driver's lap",
    "d": "passenger's footwell",
    "e": "passenger's seat surface",
    "f": "glove box",
    "g": "air vents to the immediate left",
    "h": "air vents to the immediate right",
    "i": "instrument cluster",
    "j": "steering wheel with buttons",
    "k": "gear shifter",
    "l": "heating and ventilation controls",
    "m": "infotainment display",
    "n": "centre console",
}
"""Part 2, point 1.4.2, in short."""

READINGS = (
    "The time counts from the arrival of the gaze at the fixation point (onset_s), the point being in Area 3.",
    "Between 35 and 50 km/h the limit of 6 s holds (Part 1, 3.3.2.2); such trials are outside the spot-check's speeds"
    " (Part 2, 1.5.1) and stand in the tables only.",
    "A gaze that ended without a warning before the limit and its buffer had passed is not judged; one that ended"
    " sooner than 3 s after the limit is, and is told as a departure from Part 2, 2.3.8.",
    "Trials marked non_nominal have 1.5 s more (Part 1, 3.3.2.1 and 3.3.2.2) and are no part of the spot-check.",
    "A warning is the first that counts after the gaze arrived and before it left.",
    "A gaze at Area 3 that was warned of before the limit was warned of in time: the times are maxima.",
    "A glance that was planned to need no warning (expect: quiet) and got one is a false warning: ours, since Part 1,"
    " 2.2, asks for few and gives no number. A long gaze outside Area 3 is neither: the maker may warn of it"
    " (Part 1, 3.3.2.6).",
)


class Outcome(str, Enum):
    """What became of one trial."""

    WARNED = "warned in time"
    MISSED = "false negative"
    NOT_APPLICABLE = "not applicable"
    NOT_JUDGED = "not judged"
    BEYOND = (
        "not asked for"  # away from the road outside Area 3: the maker's choice (Part 1, 3.3.2.6)
    )
    QUIET = "rightly quiet"
    FALSE_WARNING = "false warning"


@dataclass(frozen=True, slots=True)
class Trial:
    """One gaze away from the road."""

    name: str
    drive: Drive
    zone: str  # a to n, or a word for what is none of them
    in_area_3: bool
    speed_kmh: float
    onset_s: float
    end_s: float
    warning_s: float | None
    attempt: int  # 0 first test, 1 and 2 re-tests
    non_nominal: bool
    quiet_planned: bool  # a short glance of which nothing should be told
    not_applicable: str  # another system's warning took its place; empty: none did
    attentive_before_s: float | None
    conditions: dict[str, str]
    row: Row

    @property
    def limit_s(self) -> float:
        """The longest gaze without a warning, without the buffer."""
        limit_s = FAST_LIMIT_S if self.speed_kmh >= FAST_KMH else SLOW_LIMIT_S
        return limit_s + (NON_NOMINAL_S if self.non_nominal else 0.0)

    @property
    def latency_s(self) -> float | None:
        return None if self.warning_s is None else _apart_s(self.onset_s, self.warning_s)

    @property
    def held_s(self) -> float:
        return _apart_s(self.onset_s, self.end_s)

    @property
    def band(self) -> str:
        """`fast` or `slow` of the spot-check's speeds, else empty."""
        for name, (low, high) in SPEED_BANDS.items():
            if low <= self.speed_kmh <= high:
                return name
        return ""

    @property
    def asks_for_warning(self) -> bool:
        """Whether a warning was due had the gaze lasted."""
        return self.in_area_3 and self.speed_kmh >= SLOW_KMH and not self.quiet_planned

    @property
    def outcome(self) -> Outcome:
        latency_s = self.latency_s
        if self.quiet_planned:
            return Outcome.QUIET if latency_s is None else Outcome.FALSE_WARNING
        if not self.asks_for_warning:
            return Outcome.BEYOND
        if latency_s is not None and latency_s <= self.limit_s + BUFFER_S:
            return Outcome.WARNED
        if self.not_applicable:
            return Outcome.NOT_APPLICABLE
        if latency_s is None and self.held_s < self.limit_s + BUFFER_S:
            return Outcome.NOT_JUDGED
        return Outcome.MISSED

    @property
    def flaw(self) -> str:
        """What in the carrying out departs from the regulation; empty: nothing that is recorded."""
        if self.attentive_before_s is not None and self.attentive_before_s < ATTENTIVE_BEFORE_S:
            return (
                f"attentive for {self.attentive_before_s:g} s before it, not 15 s (Part 2, 2.3.5)"
            )
        too_short = self.held_s < self.limit_s + HELD_BEYOND_S
        if self.outcome is Outcome.MISSED and self.warning_s is None and too_short:
            return f"held for {self.held_s:.1f} s, not 3 s beyond the limit (Part 2, 2.3.8)"
        return ""


def _apart_s(from_s: float, to_s: float) -> float:
    """To the microsecond: 8.3 - 4.3 is more than 4 in binary, and a warning at the very limit is in time."""
    return round(to_s - from_s, 6)
