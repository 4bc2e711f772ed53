"""What each cue is worth: how sober, sleepy and impaired drivers are held to differ in it, and after whom.

`read`: stands in the abstract of the paper named. `recalled`: as the field quotes it, not checked. `choice`: ours, in
the direction that the papers agree on. Nothing here comes from a simulator. Papers mostly compare people with
themselves, on a simulator or standing; between strangers in cars every effect is smaller, and the spreads below are
wide for that reason. docs/impairment.md has the papers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from edge_app.driver_state.impairment_cue import OF_THE_EYES, Cue, CueReading


@dataclass(frozen=True, slots=True)
class Account:
    """Means of three kinds of drivers, and the spread between drivers of one kind."""

    sober: float
    sleepy: float
    impaired: float
    spread: float
    only_raises: bool = False  # its absence says nothing
    most: float = math.inf  # of evidence, below the limit for all
    expected: bool = True  # a driver's cues are incomplete without it

    @property
    def information(self) -> float:
        """How well the cue tells impaired from sober: the squared distance in deviations."""
        return ((self.impaired - self.sober) / self.spread) ** 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """Logarithms of likelihood ratios against a sober driver."""

    impaired: float
    sleepy: float


# Odds ratios of a regression are the slopes of a log-likelihood ratio: Brown et al. 2025 (36 drivers; read) have 0.62
# for the median eye opening, taken to be per millimetre (recalled), and 1.07 per percentage point of road centre, both
# for 0.05 g/210 L and above. Slope times squared spread is the distance between the means. The study compared drivers
# with their own baseline; how high the lids of a stranger stand is anatomy first, so half of the slope counts (choice).
_PER_MM, _EYE_MM = -math.log(0.62) / 2, 9.7
_PER_POINT = math.log(1.07)
# 9.7 +- 1.2 mm between people, Read et al. 2006 (read); more for the camera's height and the model (choice).
_OPENING_SPREAD = 0.15
_ROAD_SPREAD = (
    0.09  # choice; about 0.8 of a motorway drive within 8 degrees (Victor et al. 2005, recalled)
)

ACCOUNTS: Mapping[Cue, Account] = {
    # Median opening as a share of a typical open eye. Half-open eyes of sleepy drivers: Hargutt and Krueger 2001
    # (recalled; size a choice).
    Cue.LESS_OPEN_EYES: Account(
        sober=0.97,
        sleepy=0.88,
        impaired=0.97 - _PER_MM * _EYE_MM * _OPENING_SPREAD**2,
        spread=_OPENING_SPREAD,
    ),
    # Opening lost against this driver's own alert eye. Who was impaired while that was learned has lost nothing.
    Cue.OPENING_LOST: Account(0.02, 0.12, 0.07, 0.06, only_raises=True, expected=False),
    Cue.ROAD_CENTRE: Account(
        sober=0.78,
        sleepy=0.80,
        impaired=0.78 + 100 * _PER_POINT * _ROAD_SPREAD**2,
        spread=_ROAD_SPREAD,
    ),
    # The head alone follows few of the glances (choice: half of the effect of the gaze).
    Cue.HEAD_ON_ROAD: Account(0.90, 0.91, 0.92, 0.06),
    # Seconds: 0.20 alert and 0.26 drowsy, Caffier et al. 2003 (recalled). With alcohol longer and slower: Zemblys et
    # al. 2024; every measure of the blink at 0.08 %, to what is a moderate drowsiness risk: Cori et al. 2023 (read).
    Cue.SLOW_BLINKS: Account(0.20, 0.26, 0.23, 0.05),
    # Square root of closures of 0.5 s and more a minute. More of them with alcohol: Beideman and Stern 1977; eyes
    # closed for 2.5, 6, 12 and 17 % of a dull half hour at 0, 0.036, 0.070 and 0.102 %: Erwin et al. (both read; the
    # driver at the wheel is less drowsy, so a third of that: choice).
    Cue.LONG_CLOSURES: Account(0.25, 1.0, 0.55, 0.40),
    # Logarithm of degrees. Scanning more erratic with alcohol: Shiferaw et al. 2019 (read); slow eye movements of the
    # sleepy: Akerstedt and Gillberg 1990 (recalled). Sizes are a choice.
    Cue.GAZE_DRIFT: Account(math.log(1.8), math.log(2.1), math.log(2.2), 0.35),
    # Logarithm of quick eye movements a second. Fewer saccades and longer fixations with alcohol, "consistent across
    # subjects": Stern et al. 1976; Zemblys et al. 2024 (both read); with sleepiness: Schleicher et al. 2008 (recalled).
    # Some 2.5 fixations a second at the wheel, and how long they last differs by 10 to 15 % between people (recalled).
    # A camera sees the larger jumps, and roads differ, so a quarter. The size of the effect is a choice.
    Cue.FEW_SACCADES: Account(math.log(1.8), math.log(1.5), math.log(1.5), 0.25),
    # Share of the windows with slow phases to one side and quick ones back. Gaze-evoked nystagmus tells 77 % of 0.10 %
    # and more, but far aside and in a test (Tharp et al. 1981, recalled); little is seen of it at the wheel (choice).
    Cue.NYSTAGMUS: Account(0.02, 0.02, 0.06, 0.08),
    # Duration over 21 ms + 2.2 ms per degree. 11 % longer at 0.056 to 0.116 %: Lehtinen et al. 1979 (read), who find
    # fatigue to do much the same; the spread is a choice. Unsuitable below 0.08 %: Schmitt et al. 2013 (read).
    Cue.SLOW_SACCADES: Account(1.0, 1.07, 1.11, 0.12),
    # Logarithm of degrees. Standing sway, the head's too, grows with the dose: Modig et al. 2012, Marczinski and Mearns
    # 2020 (read; by about half at 0.08 to 0.10 %: recalled). That a seated head follows is a choice.
    Cue.HEAD_SWAY: Account(math.log(0.9), math.log(1.0), math.log(0.9) + math.log(1.5), 0.35),
    # Height of smiles and mouth movements over the usual. Capito et al. 2017 (review, read) find alcohol to change
    # expression by company and feeling, not simply to lessen it: hardly any evidence.
    Cue.LESS_MIMICRY: Account(1.0, 0.93, 0.91, 0.30, most=0.3),
    # Probability of the model's classes but the first. It is validated on nothing (choice).
    Cue.INTOXICATION_HEAD: Account(0.40, 0.48, 0.60, 0.30, most=1.0, expected=False),
    # Square root of how many in ten minutes; Boyle et al. 2008 find them in sleepy drivers (recalled). They come late:
    # who has none may be sleepy all the same.
    Cue.MICROSLEEPS: Account(0.10, 0.90, 0.35, 0.40, only_raises=True, expected=False),
    # Mean share of time without blinks. A minute of 8 % is questionable, one of 15 % drowsy: Wierwille et al. 1994
    # (recalled); the mean of many minutes is lower (choice).
    Cue.PERCLOS: Account(0.010, 0.040, 0.020, 0.025, expected=False),
    # Square root of how many in ten minutes; most frequent when sleepy, Provine et al. 1987 (recalled).
    Cue.YAWNS: Account(0.30, 1.10, 0.40, 0.50, only_raises=True, expected=False),
}

_SLEEP_RATHER = (Cue.MICROSLEEPS, Cue.PERCLOS, Cue.YAWNS)
_EXPECTED = sum(account.information for account in ACCOUNTS.values() if account.expected)


def evidence_of(cue: Cue, reading: CueReading, limit: float) -> Evidence:
    """Of normal distributions with one spread. A cue that was seen little or badly counts for less.

    Where the limit cuts, it cuts both ratios alike: what is beyond even the sleepy speaks for them, not for both.
    """
    account = ACCOUNTS[cue]
    if reading.value is None:
        return Evidence(0.0, 0.0)
    impaired = _log_ratio(reading.value, account.impaired, account)
    sleepy = _log_ratio(reading.value, account.sleepy, account)
    if account.only_raises:
        impaired, sleepy = max(0.0, impaired), max(0.0, sleepy)
    strongest = max(abs(impaired), abs(sleepy), 1e-9)
    weight = reading.coverage * min(1.0, min(limit, account.most) / strongest)
    return Evidence(weight * impaired, weight * sleepy)


def _log_ratio(value: float, mean: float, account: Account) -> float:
    slope = (mean - account.sober) / account.spread**2
    return slope * (value - (mean + account.sober) / 2)


def confidence_of(readings: Mapping[Cue, CueReading], eyes: float, face: float) -> float:
    """0..1: the share of what the expected cues could tell that they do tell, seen long and well enough.

    eyes, face: 0..1, how much that was in sight of late counts.
    """
    seen = sum(
        ACCOUNTS[cue].information * reading.coverage * (eyes if cue in OF_THE_EYES else face)
        for cue, reading in readings.items()
        if ACCOUNTS[cue].expected
    )
    # Head alone and gaze are two readings of one cue.
    return min(1.0, seen / (_EXPECTED - ACCOUNTS[Cue.HEAD_ON_ROAD].information))


def reasons_of(evidence: Mapping[Cue, Evidence]) -> tuple[str, ...]:
    """Cues that raise the suspicion, strongest first; those of sleepiness are none."""
    raising = [
        (cue, one.impaired)
        for cue, one in evidence.items()
        if one.impaired > 0.1 and cue not in _SLEEP_RATHER
    ]
    return tuple(cue.value for cue, _ in sorted(raising, key=lambda entry: -entry[1]))
