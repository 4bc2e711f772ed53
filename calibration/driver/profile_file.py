"""The file that keeps a driver: small YAML, written whole or not at all, believed only within what is possible.

A damaged one is set aside under another name, so that nothing is lost and the next drive learns anew.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import yaml

from calibration.driver.profile import (
    DriverProfile,
    NewerProfileError,
    ProfileError,
    as_document,
    from_document,
)

SET_ASIDE = ".corrupt-"
_MOST_BYTES = 64 * 1024
_MOST_SET_ASIDE = 100
_HEAD = "# One driver's references, learned by Vigil. No picture and no name stand here; delete the file to forget.\n"


class ProfileFileError(ValueError):
    """A profile's file that cannot be used and stays as it is; one sentence."""


def profile_text(profile: DriverProfile) -> str:
    return _HEAD + yaml.safe_dump(as_document(profile), sort_keys=False)


def profile_of_text(text: str) -> DriverProfile:
    """Raises `ProfileError`."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProfileError("it is not YAML") from error
    return from_document(document)


def write_profile(path: Path, profile: DriverProfile) -> None:
    """Raises `OSError`. What was there before stays until the new file is whole. Others cannot read it."""
    text = profile_text(profile)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
        _settle(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_profile(path: Path) -> tuple[DriverProfile | None, str | None]:
    """The driver in the file; or None and a sentence, where it was damaged and has been set aside.

    Raises `ProfileFileError` where there is nothing to set aside: no file, no right to read it, a newer version.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise ProfileFileError(f"{path}: there is no such driver profile") from None
    except OSError as error:
        raise ProfileFileError(
            f"{path}: the driver profile cannot be read ({error.strerror}); check its permissions"
        ) from error
    try:
        if len(content) > _MOST_BYTES:
            raise ProfileError("it is too large for a driver profile")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ProfileError("it is not text") from error
        return profile_of_text(text), None
    except NewerProfileError as error:
        raise ProfileFileError(
            f"{path}: {error}; install that version, or move the file"
        ) from error
    except ProfileError as error:
        return None, f"{path}: {error}; {_set_aside(path)}"


def _set_aside(path: Path) -> str:
    for number in range(1, _MOST_SET_ASIDE + 1):
        aside = path.with_name(f"{path.name}{SET_ASIDE}{number}")
        if not aside.exists():
            try:
                os.replace(path, aside)
            except OSError:
                break
            return f"set aside as {aside.name}, this driver is learned anew"
    return "it stays where it is, and this driver is learned anew"


def _settle(folder: Path) -> None:
    """The renaming too survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
