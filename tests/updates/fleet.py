"""A fleet that publishes and a vehicle that fetches: real keys, a real repository, a folder of the vehicle's own."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from edge_app.telemetry.clock import Instant
from edge_app.updates.settings import TrialSettings, UpdateSettings
from edge_app.updates.slots import Slots
from edge_app.updates.updater import BundleUpdater
from model_compression.publishing.keys import KeyRing
from model_compression.publishing.release import publish
from model_compression.publishing.repository import ReleaseRepository
from tests.bundle.bundles import write_bundle

PASSPHRASE = "correct horse"


def today(days: float = 0.0) -> datetime:
    return datetime.now(timezone.utc) + timedelta(days=days)


@dataclass
class Fleet:
    """Whoever holds the keys."""

    folder: Path

    @property
    def repository(self) -> ReleaseRepository:
        return ReleaseRepository(self.folder / "repository")

    @property
    def keys(self) -> KeyRing:
        return KeyRing([self.folder / "keys"], PASSPHRASE)

    @property
    def root_keys(self) -> KeyRing:
        return KeyRing([self.folder / "root"], PASSPHRASE)

    @property
    def metadata(self) -> Path:
        return self.folder / "repository" / "metadata"

    def begin(self, *, threshold: int = 2, now: datetime | None = None) -> Fleet:
        self.repository.begin(
            self.root_keys, self.keys, now=now or today(), root_count=3, threshold=threshold
        )
        return self

    def publish(
        self, version: str, *, now: datetime | None = None, channel: str = "stable", **changes: Any
    ) -> None:
        place = self.folder / "bundles" / version
        if not place.exists():
            write_bundle(place, version=version, **changes)
        publish(
            self.repository, self.keys, channel, bundle=place, settings=None, now=now or today()
        )


def synchronised(days: float = 0.0) -> Instant:
    return Instant(time.monotonic(), time.time() + days * 86_400, synchronised=True)


@dataclass
class Vehicle:
    """What a unit keeps, and its looks at the server."""

    folder: Path
    url: str
    root_file: Path
    trial: TrialSettings = field(default_factory=TrialSettings)
    checked: list[Path] = field(default_factory=list)

    @property
    def settings(self) -> UpdateSettings:
        return UpdateSettings(
            enabled=True,
            metadata_url=f"{self.url}/metadata/",
            targets_url=f"{self.url}/targets/",
            root_file=self.root_file,
            slots_folder=self.folder,
            timeout_s=5.0,
            keep_free_mb=0,
            trial=self.trial,
        )

    @property
    def slots(self) -> Slots:
        return Slots(self.folder, self.trial)

    def updater(self, now: Any = synchronised) -> BundleUpdater:
        return BundleUpdater(self.settings, self.slots, self.checked.append, now=now)

    def update(self, version: str | None = None) -> str:
        return self.updater().update(version).words

    def start(self, boot: str = "boot-1") -> str:
        """The title of the bundle in use after a start of the program; empty: the settings' own."""
        self.slots.begin(boot)
        record = self.slots.record
        return "" if record.current is None else record.slot(record.current).title

    def prove(self) -> None:
        assert self.slots.note_good(self.trial.good_running_s, 30.0)
