"""The fleet's signed repository as the vehicle sees it: what it offers, and a file whose every byte was signed.

The root of trust is the file that was brought to the vehicle. Newer roots are taken on the word of enough of the
keys before them; the rest is tuf's client workflow.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    RepositoryError,
)
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater, UpdaterConfig

from edge_app import __version__
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.clock import now as clock_now
from edge_app.updates.channel import MOST_CHANNEL_BYTES, Channel, channel_target, read_channel
from edge_app.updates.durable import sync_all
from edge_app.updates.failures import UpdateError, Why
from edge_app.updates.fetcher import BrokenOffError, NoSpaceError, ResumingFetcher, SlowError
from edge_app.updates.root_of_trust import read_root
from edge_app.updates.settings import UpdateSettings
from edge_app.updates.trusted_time import TrustedTime

logger = logging.getLogger(__name__)

_METADATA, INCOMING = "metadata", "incoming"
_TRIES = 4


class SignedSource:
    """One look at the repository; made anew for each. Methods raise `UpdateError`."""

    def __init__(
        self,
        settings: UpdateSettings,
        fetcher: ResumingFetcher | None = None,
        now: Callable[[], Instant] = clock_now,
    ) -> None:
        assert settings.metadata_url is not None and settings.targets_url is not None
        self._settings = settings
        self._folder = settings.slots_folder
        self._incoming = self._folder / INCOMING
        self._now = now
        self._time = TrustedTime(self._folder)
        self._time.require(now())
        self._fetcher = fetcher or ResumingFetcher(settings, self._incoming)
        root = read_root(settings.root_file)
        metadata = self._folder / _METADATA
        with _told():
            self._folder.mkdir(parents=True, exist_ok=True)
            metadata.mkdir(exist_ok=True)
            self._incoming.mkdir(exist_ok=True)
            self._updater = Updater(
                str(metadata),
                settings.metadata_url,
                target_dir=str(self._incoming),
                target_base_url=settings.targets_url,
                fetcher=self._fetcher,
                config=UpdaterConfig(
                    max_root_rotations=64,
                    max_delegations=4,
                    snapshot_max_length=200_000,
                    targets_max_length=1_000_000,
                    app_user_agent=f"vigil/{__version__}",
                ),
                bootstrap=root,
            )

    def channel(self) -> Channel:
        """Everything signed is fetched and verified; the time at which it held is kept."""
        now = self._now()
        self._time.require(now)
        with _told():
            self._updater.refresh()
            # tuf renames without waiting for the disk; what is lost here is the memory that refuses old metadata.
            sync_all(self._folder / _METADATA)
            self._time.keep(now)
        content = self.small(channel_target(self._settings.channel), MOST_CHANNEL_BYTES)
        return read_channel(content, self._settings.channel)

    def find(self, path: str) -> TargetFile:
        """What is signed of the file at `path`."""
        with _told():
            target = self._updater.get_targetinfo(path)
        if target is None:
            raise UpdateError(
                Why.NO_SUCH_RELEASE, f"updates: {path} is not among what the fleet has signed."
            )
        return target

    def small(self, path: str, most_bytes: int) -> bytes:
        target = self.find(path)
        if target.length > most_bytes:
            raise UpdateError(
                Why.UNUSABLE, f"updates: {path} has {target.length} bytes, more than {most_bytes}."
            )
        file = self.download(target)
        try:
            return file.read_bytes()
        finally:
            file.unlink(missing_ok=True)

    def download(self, target: TargetFile) -> Path:
        """The file, verified. A broken download goes on where it broke, here and at the next call."""
        for _ in range(_TRIES - 1):
            with _told(), suppress(BrokenOffError):
                return Path(self._updater.download_target(target))
        with _told():
            return Path(self._updater.download_target(target))

    def close(self) -> None:
        self._fetcher.close()


@contextmanager
def _told() -> Iterator[None]:
    """tuf's and the disk's exceptions as `UpdateError`, the narrowest first."""
    try:
        yield
    except NoSpaceError as error:
        raise UpdateError(Why.DISK, f"updates: the disk is full ({error}).") from error
    except DownloadLengthMismatchError as error:
        raise UpdateError(
            Why.NOT_TRUSTED, f"updates: the server sends more than was signed ({error})."
        ) from error
    except (BrokenOffError, SlowError) as error:
        raise UpdateError(
            Why.BROKEN_OFF,
            f"updates: the download broke off ({error}); the next try goes on from there.",
        ) from error
    except DownloadHTTPError as error:
        raise UpdateError(Why.UNREACHABLE, f"updates: {error}.") from error
    except DownloadError as error:
        raise UpdateError(Why.UNREACHABLE, f"updates: {error}.") from error
    except ExpiredMetadataError as error:
        raise UpdateError(
            Why.EXPIRED,
            f"updates: what the server shows has expired ({error}); run `vigil bundle refresh`, and if that was done,"
            " somebody is holding updates back.",
        ) from error
    except RepositoryError as error:
        reason = " ".join(str(error).split())[:300]
        raise UpdateError(
            Why.NOT_TRUSTED,
            f"updates: what the server shows is not what the fleet has signed ({reason}).",
        ) from error
    except OSError as error:
        raise UpdateError(
            Why.DISK,
            f"updates: {error.filename or 'the folder of updates'} cannot be used ({error.strerror or error}).",
        ) from error
