"""The folder of profiles: read at the start, kept within its limits of time and number.

A file is named by chance, not by a person. What was damaged and set aside goes as the profiles do; what is no profile
stays, whatever its name.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timezone
from pathlib import Path

from calibration.driver.profile import DriverProfile, ProfileError
from calibration.driver.profile_file import (
    SET_ASIDE,
    OtherFileError,
    ProfileFileError,
    profile_of_file,
    read_profile,
    write_profile,
)
from edge_app.driver_profiles.settings import DriverProfileSettings
from edge_app.errors import UserError

_log = logging.getLogger(__name__)

_PREFIX, _SUFFIX = "driver-", ".yaml"
_OTHERS_NOT = 0o700


class ProfileShelf:
    """Read from any thread; written and cleared from one."""

    def __init__(self, settings: DriverProfileSettings, today: Callable[[], date]) -> None:
        """Raises `UserError` where the folder cannot be used."""
        self.folder = settings.folder.expanduser()
        self._settings = settings
        self._today = today
        self._cleared_on: date | None = None
        self.profiles: Mapping[str, DriverProfile] = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=_OTHERS_NOT)
            self.folder.chmod(_OTHERS_NOT)
            self.clear()
            self.profiles = dict(self._read())
            self._keep_the_newest()
        except OSError as error:
            raise UserError(
                f"{self.folder}: driver profiles cannot be kept here ({error.strerror}); change"
                " driver_profiles.folder, or switch driver_profiles.enabled off"
            ) from error

    def new_key(self) -> str:
        return f"{_PREFIX}{secrets.token_hex(4)}"

    def put(self, key: str, profile: DriverProfile) -> None:
        """Raises `OSError`."""
        write_profile(self._file(key), profile)
        self.profiles = {**self.profiles, key: profile}
        self._keep_the_newest()

    def clear(self) -> None:
        """Delete what has not been used for too long; looks at the folder once a day. Raises `OSError`."""
        today = self._today()
        if today == self._cleared_on:
            return
        for file in self.folder.glob(f"{_PREFIX}*{_SUFFIX}*"):
            last_used = self._last_used(file)
            if last_used is None:
                continue
            if (today - last_used).days > self._settings.retention_days:
                self._forget(file)
        self._cleared_on = today

    def _read(self) -> Iterator[tuple[str, DriverProfile]]:
        for file in sorted(self.folder.glob(f"{_PREFIX}*{_SUFFIX}")):
            try:
                profile, problem = read_profile(file)
            except ProfileFileError as error:
                _log.warning("driver profiles: %s", error)
                continue
            if profile is None:
                _log.warning("driver profiles: %s", problem)
            else:
                yield file.name.removesuffix(_SUFFIX), profile

    def _keep_the_newest(self) -> None:
        by_use = sorted(self.profiles, key=lambda key: self.profiles[key].last_used)
        for key in by_use[: -self._settings.max_profiles]:
            self._forget(self._file(key))

    def _forget(self, file: Path) -> None:
        file.unlink(missing_ok=True)
        key = file.name.removesuffix(_SUFFIX)
        self.profiles = {name: kept for name, kept in self.profiles.items() if name != key}
        _log.info("driver profiles: %s deleted", file.name)

    def _last_used(self, file: Path) -> date | None:
        """By its own word; of what is damaged, when it was written; None of what is no profile."""
        known = self.profiles.get(file.name.removesuffix(_SUFFIX))
        try:
            if known is None:
                known = profile_of_file(file)
            return date.fromisoformat(known.last_used[:10])
        except OtherFileError:
            return None
        except (OSError, ProfileError, ValueError):
            return datetime.fromtimestamp(file.stat().st_mtime, timezone.utc).date()

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"


def counted(folder: Path) -> tuple[int, int]:
    """Profiles in it, and damaged ones, whether set aside or not yet; all stays as it is. Raises `OSError`."""
    whole = 0
    damaged = len(list(folder.glob(f"{_PREFIX}*{SET_ASIDE}*")))
    for file in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        try:
            profile_of_file(file)
            whole += 1
        except OtherFileError:
            continue
        except ProfileError:
            damaged += 1
    return whole, damaged
