"""The thread beside the loop that looks for updates from time to time and watches how a bundle on trial does."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from edge_app.telemetry.clock import Instant
from edge_app.telemetry.clock import now as clock_now
from edge_app.updates.failures import UpdateError, Why
from edge_app.updates.last_failure import LastFailure
from edge_app.updates.settings import UpdateSettings
from edge_app.updates.slots import Slots
from edge_app.updates.trial import RunningSigns, TrialJudge, Verdict

if TYPE_CHECKING:  # tuf and its cryptography are loaded by the first look, not by the start
    from edge_app.updates.updater import BundleUpdater

logger = logging.getLogger(__name__)

_LOOK_S = 1.0
_KEPT_EVERY_S = 60.0  # a write to the disk each
_FIRST_CHECK_S = 60.0
_RETRY_S = 60.0
_SPREAD = 0.1  # of the interval, so that a fleet does not ask at the same moment
_CLOSE_WAITS_S = 2.0
_PASSING = (Why.UNREACHABLE, Why.BROKEN_OFF, Why.CLOCK_NOT_SYNCHRONISED)


class TrialWatch:
    """Judges once a second, keeps good running once a minute. Its own thread, since a download may take hours."""

    def __init__(
        self,
        settings: UpdateSettings,
        slots: Slots,
        signs: Callable[[], RunningSigns],
        on_bad: Callable[[str], None],
        now: Callable[[], Instant] = clock_now,
    ) -> None:
        """on_bad: the bundle in use has been left; called once, from this thread, to start the program anew."""
        record = slots.record
        self._slots = slots
        self._signs = signs
        self._on_bad = on_bad
        self._now = now
        self._on_trial = record.trial is not None
        self._judge = TrialJudge(settings.trial, record.good_rate_hz if self._on_trial else None)
        self._kept_every_s = min(_KEPT_EVERY_S, settings.trial.good_running_s)
        self._good_s = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vigil-trial", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_CLOSE_WAITS_S)

    def look(self) -> bool:
        """One look; False once the bundle in use has been left."""
        verdict = self._judge.judge(self._now().monotonic_s, self._signs())
        if verdict is Verdict.RUNS_BADLY and self._on_trial:
            if self._slots.leave(self._judge.why):
                self._on_bad(self._judge.why)
            return False
        if verdict is Verdict.RUNS_WELL:
            self._good_s += self._judge.window_s
            if self._good_s >= self._kept_every_s:
                if self._slots.note_good(self._good_s, self._judge.rate_hz):
                    self._on_trial = False
                self._good_s = 0.0
        return True

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            try:
                if not self.look():
                    return
            except Exception:
                logger.exception("The watch over a bundle on trial met an error.")


class UpdateChecks:
    """Asks the repository for news. Its thread may wait for the network; nothing waits for it."""

    def __init__(
        self,
        settings: UpdateSettings,
        make: Callable[[Callable[[], bool]], BundleUpdater],
        draw: Callable[[], float] = random.random,
        now: Callable[[], Instant] = clock_now,
    ) -> None:
        """make: an updater that goes on for as long as the function it is given says so."""
        self._interval_s = settings.check_interval_h * 3600.0
        self._draw = draw
        self._stop = threading.Event()
        self._make = make
        self._alone = threading.Lock()
        self._told: Why | None = None
        self._now = now
        self._failure = LastFailure(settings.slots_folder)
        self._thread = threading.Thread(target=self._run, name="vigil-updates", daemon=True)
        self.last = "not asked yet"

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_WAITS_S)

    def update(self, version: str | None, tell: Callable[[str], None]) -> str:
        """Now, in the caller's thread. Raises `UpdateError`."""
        if not self._alone.acquire(blocking=False):
            raise UpdateError(Why.BUSY, "updates: one is under way already.")
        try:
            updater = self._make(lambda: not self._stop.is_set())
            self.last = updater.update(version, tell).words
            self._failure.clear()
            return self.last
        except UpdateError as error:
            self._failure.keep(error, self._now())
            raise
        finally:
            self._alone.release()

    def _run(self) -> None:
        wait_s, retry_s = min(_FIRST_CHECK_S, self._interval_s), _RETRY_S
        while not self._stop.wait(wait_s * (1.0 + _SPREAD * self._draw())):
            wait_s = self._interval_s
            try:
                logger.info("updates: %s", self.update(None, logger.info))
                self._told, retry_s = None, _RETRY_S
            except UpdateError as error:
                self.last = str(error)
                if (
                    error.why is not self._told
                ):  # not every minute again, in a garage without network
                    logger.warning("%s", error)
                self._told = error.why
                if error.why in _PASSING:
                    wait_s, retry_s = min(retry_s, self._interval_s), 2.0 * retry_s
            except Exception as error:
                self.last = f"updates: {type(error).__name__}"
                logger.exception("Updates met an error nobody foresaw.")
