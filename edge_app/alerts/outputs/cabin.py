"""The voice in the cabin: takes the alert that holds, tells it through every output, waits for none of them.

Each output has a thread of its own, so that a console nobody reads cannot silence the buzzer. Those threads tell by
themselves when the program has stopped speaking to them: nobody else could.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge_app.alerts.cabin_settings import CabinOutputSettings, CabinSettings
from edge_app.alerts.event import ActiveAlert, EventType, Level
from edge_app.alerts.outputs.output import CabinOutput, open_output

_log = logging.getLogger(__name__)

PROGRAM_SILENT = "program_silent"
Opener = Callable[[CabinOutputSettings], CabinOutput]
Clock = Callable[[], float]

_SUSTAIN_INTERVAL_S = 0.02
_LISTEN_S = 0.2  # between two looks at whether the program still speaks
_GRAVE_S = (
    10.0  # so long a warning is held after its program has fallen silent: the driver may be asleep
)
_RETRY_S = 1.0
_JOIN_S = 1.0
_LATENCIES_KEPT = 1000


@dataclass(frozen=True, slots=True)
class OutputFailure:
    """What went wrong with one output since start."""

    count: int
    last: str  # the sentence of the last failure
    failing: bool  # False: it has worked again since


class _Pulse:
    """When the program was last known to live; None before the first time."""

    def __init__(self, silent_after_s: float) -> None:
        self.beat_s: float | None = None
        self._silent_after_s = silent_after_s

    def silence(self, now_s: float, voice: ActiveAlert | None) -> ActiveAlert | None:
        """What the outputs tell in place of `voice` of a program that has fallen silent."""
        beat_s = self.beat_s
        if beat_s is None or now_s - beat_s <= self._silent_after_s:
            return None
        grave = voice is not None and voice.level >= Level.WARNING
        if grave and now_s - beat_s <= self._silent_after_s + _GRAVE_S:
            return None
        return ActiveAlert(EventType.DEGRADED, Level.NOTICE, beat_s, PROGRAM_SILENT)


class CabinVoice:
    """Newest wins: `post` never waits, and what is posted while an output is busy replaces what was before."""

    def __init__(
        self,
        settings: CabinSettings,
        *,
        opener: Opener = open_output,
        clock: Clock = time.monotonic,
    ) -> None:
        names: list[str] = []
        for output in settings.outputs:
            same = sum(name.split(" ")[0] == output.type for name in names)
            names.append(f"{output.type} {same + 1}" if same else output.type)
        self._clock = clock
        self._pulse = _Pulse(settings.silent_after_s)
        self._speakers = [
            _Speaker(name, output, opener, clock, self._pulse)
            for name, output in zip(names, settings.outputs, strict=True)
        ]

    def post(self, voice: ActiveAlert | None) -> None:
        """The alert that has the voice now, or None."""
        self.lives()
        for speaker in self._speakers:
            speaker.post(voice)

    def lives(self) -> None:
        """Nothing new, but the loop turns. Where neither this nor `post` is called, the outputs tell a failure."""
        self._pulse.beat_s = self._clock()

    def failures(self) -> dict[str, OutputFailure]:
        """The outputs that have failed since start, by name."""
        found = {speaker.name: speaker.failure for speaker in self._speakers}
        return {name: failure for name, failure in found.items() if failure is not None}

    def latencies_s(self) -> dict[str, list[float]]:
        """Seconds from `post` until the output had begun to tell, of the last alerts, by output."""
        return {speaker.name: list(speaker.latencies_s) for speaker in self._speakers}

    def close(self) -> None:
        """Silence every output and release it; an output that hangs is left behind."""
        for speaker in self._speakers:
            speaker.stop()
        deadline_s = time.monotonic() + _JOIN_S
        for speaker in self._speakers:
            speaker.join(max(0.0, deadline_s - time.monotonic()))


class _Speaker:
    """One output and its thread."""

    def __init__(
        self,
        name: str,
        settings: CabinOutputSettings,
        opener: Opener,
        clock: Clock,
        pulse: _Pulse,
    ) -> None:
        self.name = name
        self.failure: OutputFailure | None = None
        self.latencies_s: deque[float] = deque(maxlen=_LATENCIES_KEPT)
        self._settings = settings
        self._opener = opener
        self._clock = clock
        self._pulse = pulse
        self._output: CabinOutput | None = None
        self._changed = threading.Condition()
        self._voice: ActiveAlert | None = None  # guarded by _changed, as are the next two
        self._posted_s: float | None = None  # None: nothing new
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"cabin-{name}", daemon=True)
        self._thread.start()

    def post(self, voice: ActiveAlert | None) -> None:
        with self._changed:
            if voice != self._voice:
                self._voice = voice
                self._posted_s = self._clock()
                self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def join(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def _run(self) -> None:
        voice: ActiveAlert | None = None
        silence: ActiveAlert | None = None
        shown_s = 0.0
        retry_s: float | None = None  # when to try a failed output again
        self._attempt(self._open)
        while True:
            with self._changed:
                if self._posted_s is None and not self._stopping:
                    self._changed.wait(_LISTEN_S if voice is None else _SUSTAIN_INTERVAL_S)
                if self._stopping:
                    break
                posted_s, self._posted_s = self._posted_s, None
                voice = self._voice
            now_s = self._clock()
            before, silence = silence, self._pulse.silence(now_s, voice)
            voice = silence or voice
            due = posted_s is not None or silence != before
            if due or (retry_s is not None and now_s >= retry_s):
                told = self._attempt(lambda: self._tell(voice))  # noqa: B023 - called at once
                shown_s = self._clock()
                if told and posted_s is not None and voice is not None:
                    self.latencies_s.append(shown_s - posted_s)
            elif voice is not None and retry_s is None:
                told = self._attempt(lambda: self._sustain(now_s - shown_s))  # noqa: B023
            else:
                continue
            retry_s = None if told else now_s + _RETRY_S
        self._attempt(self._close)

    def _open(self) -> None:
        self._output = self._opener(self._settings)

    def _tell(self, voice: ActiveAlert | None) -> None:
        if self._output is None:
            self._open()
        if self._output is not None:
            self._output.show(voice)
        if self.failure is not None and self.failure.failing:
            self.failure = OutputFailure(self.failure.count, self.failure.last, failing=False)

    def _sustain(self, held_s: float) -> None:
        if self._output is not None:
            self._output.sustain(held_s)

    def _close(self) -> None:
        output, self._output = self._output, None
        if output is not None:
            output.show(None)
            output.close()

    def _attempt(self, action: Callable[[], None]) -> bool:
        """Whether `action` worked; else the output is closed, to be opened anew by the next try."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - an output's failure is told, and the others go on
            sentence = " ".join(str(error).split()) or type(error).__name__
            count = 1 if self.failure is None else self.failure.count + 1
            if self.failure is None or not self.failure.failing or self.failure.last != sentence:
                _log.error("cabin output %s failed: %s", self.name, sentence)
            self.failure = OutputFailure(count, sentence, failing=True)
            self._discard()
            return False
        return True

    def _discard(self) -> None:
        output, self._output = self._output, None
        if output is not None:
            try:
                output.close()
            except Exception as error:  # noqa: BLE001 - it has failed already and is being let go
                _log.debug("cabin output %s failed to close: %s", self.name, error)
