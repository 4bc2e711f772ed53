"""The vehicle program put together from its settings: what `vigil run` and `vigil demo` both start and stop."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from edge_app import __version__
from edge_app.alerts.acknowledge_keyboard import AcknowledgeKeyboard
from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.camera.capture import Capture
from edge_app.camera.direct_feed import DirectFeed
from edge_app.camera.opened_lens import open_lens
from edge_app.camera.sources import added_source, plays_by_itself, shown_uri
from edge_app.driver_profiles.open_keeper import open_keeper
from edge_app.errors import UserError
from edge_app.face.observation import temporal_heads
from edge_app.face.perceptions import open_perception
from edge_app.live import FrameFeed, LiveLoop, Watcher
from edge_app.monitor import DriverMonitor
from edge_app.service.begin_anew import begin_anew, bury_children, last_time, patience_now_s
from edge_app.service.pace import HEAT, Pace
from edge_app.service.stall_guard import StallGuard
from edge_app.service.systemd import ServiceManager
from edge_app.service.upkeep import Upkeep
from edge_app.settings import VigilSettings
from edge_app.stills.open_stills import open_stills
from edge_app.telemetry.telemetry import Telemetry
from edge_app.updates.opening import open_updates
from edge_app.updates.trial import RunningSigns
from edge_app.vehicle.providers import open_provider

if TYPE_CHECKING:  # a vehicle without a trace loads neither MCAP nor its compression
    from edge_app.configuration.by_command import SettingsSources
    from edge_app.trace.recorder import TraceRecorder
    from edge_app.updates.part import Updates


class VehicleProgram:
    """All parts, opened in the order in which they fail most usefully, closed in the reverse one.

    Raises `UserError` for whatever can never work: settings, model, outbox, source.
    """

    def __init__(
        self,
        settings: VigilSettings,
        *,
        as_fast_as_possible: bool = False,
        driver_profile: Path | None = None,
        sources: SettingsSources | None = None,
    ) -> None:
        """driver_profile: file of the driver who sits there at the start; then none are kept.

        sources: where `settings` come from; without, no command changes any.
        """
        self.settings = settings
        self._as_fast_as_possible = as_fast_as_possible
        self._driver_profile = driver_profile
        self._sources = sources
        self._give_terminal_back: Callable[[], None] = lambda: None
        self._stop_within_s = settings.service.stop_within_s
        self._manager = ServiceManager()
        self._updates: Updates | None = None
        self.trace: TraceRecorder | None = None
        if last_time() is not None:
            bury_children()
        self._feed: FrameFeed = (
            DirectFeed(settings.camera) if as_fast_as_possible else Capture(settings.camera)
        )
        self._closers: list[Callable[[], None]] = [self._feed.close]
        # The capture process opens a camera while the models load here; a recording waits until it is watched.
        waits = not plays_by_itself(settings.camera.source)
        try:
            if not waits:
                self._feed.start()
            self._open(settings)
            if waits:
                self._feed.start()
        except BaseException as error:
            self._tell_updates(error)
            self.close()
            raise

    def _open(self, settings: VigilSettings) -> None:
        self._lens = open_lens(settings.camera)
        if not self._as_fast_as_possible:
            self._updates = open_updates(settings)
        if self._updates is None:
            self.perception = open_perception(settings.perception)
        else:
            self.perception = self._updates.open_perception(open_perception)
            self._closers.append(self._updates.close)
        self._versions = {"vigil": __version__, "perception": self.perception.name}
        self.telemetry = Telemetry(
            settings.telemetry,
            settings.unit.vehicle_id,
            self._versions,
            temporal_heads(self.perception),
        )
        self.telemetry.start()
        self._closers.append(lambda: self.telemetry.close(self._stop_within_s))
        self._stills = open_stills(settings, self.telemetry)
        if self._stills is not None:
            # After telemetry: where the power fails, what time there is belongs to the events.
            self._closers.insert(-1, self._stills.close)
        self._keeper = open_keeper(settings.driver_profiles, self._driver_profile)
        if self._keeper is not None:
            self._closers.append(self._keeper.close)
        self._vehicle = open_provider(
            settings.vehicle.provider, added_source(settings.camera.source)
        )
        self._closers.append(self._vehicle.close)
        self._cabin = CabinVoice(settings.cabin)
        self._closers.append(self._cabin.close)
        if settings.trace.folder is not None:
            from edge_app.trace.open import open_recorder

            self.trace = open_recorder(
                settings.trace.folder,
                settings,
                self.perception,
                may_wait=self._as_fast_as_possible,
            )
            self._closers.append(self.trace.close)

    def run(self, watchers: tuple[Watcher, ...] = (), *, begins_anew: bool = False) -> LiveLoop:
        """Until the source ends, or a signal to stop comes. Returns the loop for what it has counted.

        begins_anew: a loop that stands still replaces the process by a new one with the same command line.
        """
        manager = self._manager
        guard = None
        if begins_anew:
            guard = StallGuard(
                patience_now_s(self.settings.service), lambda: self._stalled(upkeep.doing)
            )
            guard.start()
        upkeep = Upkeep(
            Pace(self.settings.service.pace, self.settings.camera.frame_rate_hz),
            manager,
            guard,
            last_time() if begins_anew else None,
        )
        pin = self.settings.camera.recording_light_pin
        if pin is not None:
            from edge_app.views.recording_light import RecordingLight

            light = RecordingLight(pin)
            self._closers.append(light.close)
            watchers = (*watchers, light)
        loop = LiveLoop(
            feed=self._feed,
            monitor=DriverMonitor(
                self.perception,
                self.settings,
                lens=self._lens,
                tracer=self.trace,
                keeper=self._keeper,
            ),
            vehicle=self._vehicle,
            cabin=self._cabin,
            telemetry=self.telemetry,
            watchers=watchers,
            trace=self.trace,
            stills=self._stills,
            # A recording has no camera that gets hot, and none of its frames is left out when nobody waits.
            upkeep=None if self._as_fast_as_possible else upkeep,
            model_bundle=self.perception.name,
        )
        acknowledge = self.settings.cabin.acknowledge
        if acknowledge.keyboard:
            self._give_terminal_back = AcknowledgeKeyboard(loop.acknowledge).close
            self._closers.append(self._give_terminal_back)
        if acknowledge.button_pin is not None:
            from edge_app.alerts.acknowledge_button import AcknowledgeButton

            button = AcknowledgeButton(
                acknowledge.button_pin, loop.acknowledge, bounce_s=acknowledge.button_bounce_s
            )
            self._closers.append(button.close)
        self._take_commands(loop)
        if self._updates is not None and begins_anew:
            self._updates.start(
                lambda: RunningSigns(
                    loop.counters.frames,
                    loop.counters.failed,
                    camera_fault=loop.last is None or loop.last.fault is not None,
                    slowed_by_heat=HEAT in upkeep.reasons,
                ),
                lambda why: self._begin_anew("bundle_left"),
            )
        before = {number: signal.getsignal(number) for number in _STOPPING}

        def stop(number: int, frame: FrameType | None) -> None:
            if number == signal.SIGPWR:
                self._stop_within_s = min(self._stop_within_s, _POWER_FAILS_S)
            loop.stop()

        for number in _STOPPING:
            signal.signal(number, stop)
        manager.ready(f"watching {shown_uri(self.settings.camera.source)}")
        try:
            loop.run()
        finally:
            if guard is not None:
                guard.close()
            manager.stopping()
            for number, handler in before.items():
                signal.signal(number, handler)
        return loop

    def _take_commands(self, loop: LiveLoop) -> None:
        if self.telemetry.commands is None:
            return
        from edge_app.commanding.open_desk import open_desk

        desk = open_desk(
            self.settings,
            self.telemetry,
            loop,
            self._versions,
            sources=self._sources,
            updater=self._updates,
        )
        if desk is not None:
            self._closers.append(desk.close)

    def _stalled(self, doing: str) -> None:
        """From the guard's thread, while the loop's is stuck."""
        if self._updates is not None and doing == "perception":
            with contextlib.suppress(Exception):
                self._updates.perception_stalled()
        self._begin_anew(f"{doing}_stalled")

    def _begin_anew(self, why: str) -> None:
        """From another thread than the loop's: what is committed stays, what was posted is committed."""
        try:
            self._manager.begins_anew(why)
            begin_anew(why, self.settings.service, self._last_words)
        finally:
            os._exit(_SOFTWARE_ERROR)  # the service manager starts it

    def _last_words(self) -> None:
        parts: list[Callable[[], None]] = [
            lambda: self.telemetry.close(_LAST_WORDS_S),
            self._cabin.close,
            self._give_terminal_back,
        ]
        for part in parts:
            with contextlib.suppress(Exception):
                part()

    def _tell_updates(self, error: BaseException | None) -> None:
        """A start that a person can mend has not failed for the bundle's sake."""
        if self._updates is not None and (error is None or isinstance(error, UserError)):
            self._updates.end_in_order()

    def close(self) -> None:
        """Stop all parts, the last opened first. Events that are not delivered yet wait on disk."""
        while self._closers:
            self._closers.pop()()

    def __enter__(self) -> VehicleProgram:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tell_updates(error)
        self.close()


# SIGPWR: power is failing, as an uninterruptible supply or a script at the ignition line tells it.
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPWR)
_POWER_FAILS_S = 0.2
_LAST_WORDS_S = 0.5
_SOFTWARE_ERROR = 70  # EX_SOFTWARE of sysexits.h
