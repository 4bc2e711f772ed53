"""Signs of sleepiness, against which impairment is weighed: microsleeps, PERCLOS, yawns."""

from __future__ import annotations

from collections import deque

from edge_app.driver_state.impairment_cue import NOT_YET, Cue, CueReading
from edge_app.driver_state.impairment_settings import ImpairmentSettings
from edge_app.driver_state.state import ClosureKind, LidEpisode, Perclos, YawnState
from edge_app.driver_state.usual_level import UsualLevel

_COUNTED_S = 600.0
_ASLEEP = (ClosureKind.MICROSLEEP, ClosureKind.SLEEP)


class SleepSigns:
    def __init__(self, settings: ImpairmentSettings, max_gap_s: float) -> None:
        self._settings = settings
        self._microsleeps: deque[float] = deque()  # onsets within the memory
        self._perclos = UsualLevel(settings.memory_s, max_gap_s)
        self._seen_s = 0.0
        self._yawns = 0

    def step(
        self, t_s: float, passed_s: float, lids: LidEpisode, perclos: Perclos, yawn: YawnState
    ) -> None:
        self._yawns = yawn.count_10_min
        while self._microsleeps and self._microsleeps[0] < t_s - self._settings.memory_s:
            self._microsleeps.popleft()
        is_new = not self._microsleeps or self._microsleeps[-1] != lids.onset_s
        if lids.kind in _ASLEEP and lids.onset_s is not None and is_new:
            self._microsleeps.append(lids.onset_s)
        if perclos.share_without_blinks is not None:
            self._perclos.step(t_s, perclos.share_without_blinks)
            self._seen_s += passed_s

    def readings(self) -> dict[Cue, CueReading]:
        if self._seen_s <= 0.0:
            return {Cue.MICROSLEEPS: NOT_YET, Cue.PERCLOS: NOT_YET, Cue.YAWNS: NOT_YET}
        settings = self._settings
        coverage = self._seen_s / settings.min_observed_s
        remembered_s = max(60.0, min(self._seen_s, settings.memory_s))
        rate = len(self._microsleeps) * _COUNTED_S / remembered_s
        return {
            Cue.MICROSLEEPS: CueReading.of(rate**0.5, coverage),
            Cue.PERCLOS: CueReading.of(self._perclos.level, coverage),
            Cue.YAWNS: CueReading.of(float(self._yawns) ** 0.5, coverage),
        }
