"""Hands the running judge the profile of the driver who was noticed, and keeps what it learns.

The loop calls it once a frame; the disk is read at the start and written by a thread of its own. Nothing here names a
person: a profile belongs to whoever is most like it.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Protocol

from calibration.driver.profile import DriverProfile
from edge_app.driver_profiles.matching import FaceLooks, likeliest
from edge_app.driver_profiles.settings import DriverProfileSettings
from edge_app.driver_profiles.shelf import ProfileShelf
from edge_app.driver_state.signals import Signals
from edge_app.driver_state.state import DriverState
from edge_app.face.face_geometry import unlikeness

_log = logging.getLogger(__name__)

_SAVE_EVERY_S = 300.0
_SAVE_WHEN_GONE_S = 2.0  # before another driver can have been noticed
_WAITING = 4
_DAY_CHECKED_EVERY_S = 600.0
_CLOSE_WAITS_S = 10.0
_STILL_LIKE = 1.5  # times as unlike as a match may be: then it was another driver after all


class Learned(Protocol):
    """`PersonalCalibration`."""

    def profile(self, *, created: str, last_used: str) -> DriverProfile | None:
        """Of the driver who sits there; None before he is known."""
        ...


@dataclass(frozen=True, slots=True)
class _Save:
    key: str
    profile: DriverProfile


class ProfileKeeper:
    """Used from the loop's thread."""

    def __init__(self, settings: DriverProfileSettings, today: Callable[[], date]) -> None:
        """today: a clock that is wrong to the past is taken to be at the day of the consent.

        Raises `UserError` where the folder cannot be used.
        """
        consent = settings.consent
        assert settings.enabled and consent is not None
        given_on = consent.given_on
        self._today: Callable[[], date] = lambda: max(given_on, today())
        self._max_unlikeness = settings.max_unlikeness
        self._shelf = ProfileShelf(settings, self._today)
        self._learned: Learned | None = None
        self._looks = FaceLooks()
        self._decided = False  # whether a profile fits
        self._key: str | None = None  # of the driver's profile
        self._saves: queue.Queue[_Save | None] = queue.Queue(_WAITING)
        self._failing = False
        self.begin()
        self._thread = threading.Thread(target=self._run, name="driver profiles", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """What follows has nothing to do with what was before."""
        self._driver_number: int | None = None
        self._known = False  # learned before a profile was found
        self._saved_s: float | None = None
        self._saved_absence = False
        self._await_driver()

    def profile_for(self, signals: Signals) -> DriverProfile | None:
        """To be handed to the judge with this moment; once for each driver."""
        self._looks.add(signals)
        if self._decided or not self._looks.enough:
            return None
        self._decided = True
        self._key = likeliest(self._looks.median, self._shelf.profiles, self._max_unlikeness)
        if self._key is None or self._known:
            return None
        _log.info("driver profiles: begun with %s", self._key)
        return self._shelf.profiles[self._key]

    def judged(self, state: DriverState, learned: Learned) -> None:
        """After each moment."""
        self._learned = learned
        t_s, number = state.t_s, state.calibration.driver_number
        if number != self._driver_number:
            if self._driver_number is not None:
                self._await_driver()
            self._driver_number = number
        self._known = state.calibration.progress >= 1.0
        gone = state.presence.absent_s >= _SAVE_WHEN_GONE_S
        leaves = gone and not self._saved_absence
        self._saved_absence = gone
        if self._saved_s is None:
            self._saved_s = t_s
        if leaves or t_s - self._saved_s >= _SAVE_EVERY_S:
            self._saved_s = t_s
            self._save()

    def close(self) -> None:
        """Save what was learned last. May be called twice."""
        self._save(waits_s=_CLOSE_WAITS_S)
        self._learned = None
        if self._thread.is_alive():
            self._saves.put(None)
            self._thread.join(_CLOSE_WAITS_S)

    def _await_driver(self) -> None:
        self._looks = FaceLooks()
        self._decided = False
        self._key = None

    def _save(self, waits_s: float | None = None) -> None:
        """A driver whose face could not be told is not kept: nobody could be found by it again."""
        if self._learned is None or not self._looks.enough:
            return
        today = self._today().isoformat()
        profile = self._learned.profile(created=today, last_used=today)
        if profile is None:
            return
        before = self._shelf.profiles.get(self._key) if self._key is not None else None
        if before is not None and not self._still_like(before):
            self._key = before = None
        if self._key is None:
            profiles = self._shelf.profiles
            self._key = likeliest(self._looks.median, profiles, self._max_unlikeness)
            before = profiles.get(self._key) if self._key is not None else None
        if before is None and profile.geometry is None:
            return
        if self._key is None:
            self._key = self._shelf.new_key()
        if before is not None:
            geometry_known = profile.geometry is not None
            profile = replace(
                profile,
                created=before.created,
                last_used=max(before.last_used, today),
                geometry=profile.geometry if geometry_known else before.geometry,
                geometry_spreads=profile.geometry_spreads
                if geometry_known
                else before.geometry_spreads,
                # He was not seen with, or without, glasses on this drive: what is known of that stays.
                bare=profile.bare or before.bare,
                with_glasses=profile.with_glasses or before.with_glasses,
            )
        with contextlib.suppress(queue.Full):  # the disk is slow; there will be a later one
            self._saves.put(_Save(self._key, profile), block=waits_s is not None, timeout=waits_s)

    def _still_like(self, before: DriverProfile) -> bool:
        return (
            before.geometry is None
            or unlikeness(self._looks.median, before.geometry) <= _STILL_LIKE * self._max_unlikeness
        )

    def _run(self) -> None:
        while True:
            try:
                save = self._saves.get(timeout=_DAY_CHECKED_EVERY_S)
            except queue.Empty:
                self._try(self._shelf.clear)
                continue
            if save is None:
                return
            self._try(partial(self._shelf.put, save.key, save.profile))
            self._try(self._shelf.clear)

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
            self._failing = False
        except Exception as error:  # noqa: BLE001 - logged; watching the driver matters more
            if not self._failing:
                _log.error("driver profiles: cannot be kept (%s)", error)
            self._failing = True
