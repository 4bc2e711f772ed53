"""One update from the channel's file to a slot that the next start takes: the steps, told as they are done."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from edge_app.errors import UserError
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.clock import now as clock_now
from edge_app.updates.channel import MOST_SETTINGS_BYTES, Channel, Release
from edge_app.updates.failures import UpdateError, Why
from edge_app.updates.fetcher import ResumingFetcher
from edge_app.updates.settings import UpdateSettings
from edge_app.updates.signed_settings import keep_signed_settings
from edge_app.updates.slots import Check, Slots
from edge_app.updates.source import INCOMING, SignedSource

logger = logging.getLogger(__name__)

_COPIES = 3  # the part, the packed file, and the slot


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the repository came to."""

    release: Release | None  # None: the channel offers none
    installed: bool  # put into a slot just now
    settings: int | None = None  # version of signed settings that were put in place just now

    @property
    def words(self) -> str:
        """What the next start will find."""
        new = (
            "" if self.settings is None else f"; settings {self.settings} hold from the next start"
        )
        return self._of_bundle + new

    @property
    def _of_bundle(self) -> str:
        if self.release is None:
            return "the channel offers no bundle"
        if self.installed:
            return f"{self.release.title} is ready; the next start takes it, on trial"
        return f"{self.release.title} is in use already, or will be from the next start"


class BundleUpdater:
    """Looks, fetches, checks, fills. Takes as long as the link does: never called from the frame's way."""

    def __init__(
        self,
        settings: UpdateSettings,
        slots: Slots,
        check: Check,
        *,
        now: Callable[[], Instant] = clock_now,
        keep_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._settings = settings
        self._slots = slots
        self._check = check
        self._now = now
        self._keep_on = keep_on

    def update(
        self, version: str | None = None, tell: Callable[[str], None] = logger.info
    ) -> Found:
        """Raises `UpdateError`; what is in use stays in use.

        version: of the bundle; None: the newest of the channel.
        """
        settings = self._settings
        fetcher = ResumingFetcher(settings, settings.slots_folder / INCOMING, keep_on=self._keep_on)
        source = SignedSource(settings, fetcher, self._now)
        try:
            channel = source.channel()
            settings_version = self._take_settings(source, channel) if version is None else None
            if version is None and not channel.releases:
                return Found(None, installed=False, settings=settings_version)
            release = channel.release(version)
            target = source.find(release.target)
            sha256 = target.hashes["sha256"]
            if self._slots.holds(sha256):
                return Found(release, installed=False, settings=settings_version)
            self._slots.require_new(sha256)
            self._require_room(target.length)
            tell(f"{release.title}: fetching {target.length / 1e6:.1f} MB")
            packed = source.download(target)
            try:
                tell(f"{release.title}: checking it")
                self._slots.fill(packed, release.title, sha256, self._check)
            finally:
                packed.unlink(missing_ok=True)
        finally:
            source.close()
        return Found(release, installed=True, settings=settings_version)

    def _take_settings(self, source: SignedSource, channel: Channel) -> int | None:
        """The version of what was put in place; None where there is nothing new."""
        if channel.settings is None:
            return None
        target = channel.settings.target
        content = source.small(target, MOST_SETTINGS_BYTES)
        try:
            new = keep_signed_settings(self._settings.slots_folder, content, target)
        except UserError as error:
            # The bundle of the same channel is not kept from the vehicle for it.
            logger.error("updates: signed settings are not used: %s", error)
            return None
        except OSError as error:
            raise UpdateError(
                Why.DISK,
                f"{error.filename or self._settings.slots_folder}: signed settings cannot be kept"
                f" ({error.strerror or error}).",
            ) from error
        return channel.settings.version if new else None

    def _require_room(self, length: int) -> None:
        folder = self._settings.slots_folder
        needed = _COPIES * length + self._settings.keep_free_mb * 1_000_000
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise UpdateError(
                Why.DISK,
                f"{folder}: {free / 1e6:.0f} MB are free and {needed / 1e6:.0f} MB would be needed; events come first,"
                " so nothing is fetched.",
            )
