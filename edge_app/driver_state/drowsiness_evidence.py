"""What was seen of sleepiness in the last minutes: each frame's signs in, the evidence of this moment out."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from edge_app.driver_state.driving import UNKNOWN_DRIVE, Driving
from edge_app.driver_state.drowsiness_fusion import Evidence
from edge_app.driver_state.held_window import HeldWindow
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import BlinkReading, Signal
from edge_app.driver_state.state import (
    UNCALIBRATED,
    BlinkStatistics,
    Calibration,
    ClosureKind,
    HeadDropState,
    LidEpisode,
    Perclos,
    YawnState,
)

_DURATION = 1  # of `BlinkStatistics.standardised`
_LARGEST_DEVIATION = (
    3.0  # one blink counts for no more: an outlier is a glance down, not a sleepy driver
)


@dataclass(frozen=True, slots=True)
class DrowsinessSigns:
    """All that bears on the level, of one frame."""

    closure: Signal
    lids: LidEpisode
    perclos: Perclos
    blinks: BlinkStatistics
    yawn: YawnState
    mouth_openness: Signal
    head_pitch_rad: Signal
    head_drops: HeadDropState
    blink_reading: BlinkReading | None = None
    driving: Driving = UNKNOWN_DRIVE
    calibration: Calibration = UNCALIBRATED


class RecentEvidence:
    """Remembers sleep, blinks, and for how long eyes, head and mouth were seen."""

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.drowsiness
        self._max_gap_s = settings.max_gap_s
        self._last_s: float | None = None
        self.eyes_seen_s = 0.0  # all in all
        self._seen_window_s = settings.perclos.window_s
        self._head = self._window()
        self._mouth = self._window()
        self._microsleeps_s: deque[float] = deque()  # onsets
        self._sleep_s: float | None = None  # when sleep was last seen
        self._blinks_s: deque[float] = deque()  # when blinks ended
        self._own_blinks: deque[tuple[float, float]] = deque()  # when, and how long against own
        self._driver_number = 1

    def step(self, t_s: float, signs: DrowsinessSigns) -> Evidence:
        passed_s = 0.0 if self._last_s is None else t_s - self._last_s
        if signs.closure.value is not None and passed_s <= self._max_gap_s:
            self.eyes_seen_s += passed_s
        self._last_s = t_s
        self._head.step(t_s, True if signs.head_pitch_rad.value is not None else None)
        self._mouth.step(t_s, True if signs.mouth_openness.value is not None else None)
        if signs.calibration.driver_number != self._driver_number:
            # Sleep that was seen stays: that another driver sits there may be a mistake.
            self._driver_number = signs.calibration.driver_number
            self._own_blinks.clear()
        self._remember_sleep(t_s, signs.lids)
        self._remember_blinks(t_s, signs.blinks)
        reading = signs.blink_reading
        mean_s = signs.blinks.mean_duration_s.value
        return Evidence(
            perclos=signs.perclos.share_without_blinks,
            blink_mean_s=mean_s,
            blinks=len(self._blinks_s) if mean_s is not None else 0,
            own_blink_deviations=self._own_deviations() if mean_s is not None else None,
            yawns=signs.yawn.count_10_min,
            head_drops=signs.head_drops.count_10_min,
            microsleeps=len(self._microsleeps_s),
            slept=self._sleep_s is not None,
            # What it last said of eyes that are not seen any more says nothing of now.
            blink_head_level=reading.level if reading is not None and mean_s is not None else None,
            blink_head_blinks=reading.blinks if reading is not None else 0,
            driving=signs.driving,
        )

    @property
    def head_seen_s(self) -> float:
        """Of the last minute."""
        return self._head.known_s

    @property
    def head_share(self) -> float:
        return min(1.0, self._head.known_s / self._seen_window_s)

    @property
    def mouth_share(self) -> float:
        return min(1.0, self._mouth.known_s / self._seen_window_s)

    def _window(self) -> HeldWindow:
        return HeldWindow(window_s=self._seen_window_s, max_gap_s=self._max_gap_s)

    def _remember_sleep(self, t_s: float, lids: LidEpisode) -> None:
        asleep = lids.kind in (ClosureKind.MICROSLEEP, ClosureKind.SLEEP)
        if asleep and lids.onset_s is not None:
            if not self._microsleeps_s or self._microsleeps_s[-1] != lids.onset_s:
                self._microsleeps_s.append(lids.onset_s)
            if lids.kind is ClosureKind.SLEEP:
                self._sleep_s = t_s
        horizon_s = t_s - self._settings.window_s
        while self._microsleeps_s and self._microsleeps_s[0] < horizon_s:
            self._microsleeps_s.popleft()
        if self._sleep_s is not None and self._sleep_s < horizon_s:
            self._sleep_s = None

    def _remember_blinks(self, t_s: float, blinks: BlinkStatistics) -> None:
        if blinks.completed is not None:
            self._blinks_s.append(t_s)
            if blinks.standardised is not None and math.isfinite(blinks.standardised[_DURATION]):
                deviations = blinks.standardised[_DURATION]
                own = max(-_LARGEST_DEVIATION, min(_LARGEST_DEVIATION, deviations))
                self._own_blinks.append((t_s, own))
        horizon_s = t_s - self._settings.own_blinks_window_s
        while self._blinks_s and self._blinks_s[0] < horizon_s:
            self._blinks_s.popleft()
        while self._own_blinks and self._own_blinks[0][0] < horizon_s:
            self._own_blinks.popleft()

    def _own_deviations(self) -> float | None:
        n = len(self._own_blinks)
        if n < self._settings.min_own_blinks:
            return None
        return sum(deviations for _, deviations in self._own_blinks) / n
