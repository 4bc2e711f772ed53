"""The file that keeps a driver: small YAML, written whole or not at all, believed only within what is possible.

A damaged one is set aside under another name, so that nothing is lost and the next drive learns anew; a file of another
kind stays where it is.
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
from calibration.file_mark import FileMark

SET_ASIDE = ".corrupt-"
_MOST_BYTES = 64 * 1024
_MOST_SET_ASIDE = 100
_HEAD = "# One driver's references, learned by Vigil. No picture and no name stand here; delete the file to forget.\n"
MARK = FileMark(_HEAD.partition(",")[0], "driver")


class ProfileFileError(ValueError):
    """A profile's file that cannot be used and stays as it is; one sentence."""


class OtherFileError(ProfileError):
    """It is readable and something else."""


def profile_text(profile: DriverProfile) -> str:
    return _HEAD + yaml.safe_dump(as_document(profile), sort_keys=False)


def profile_of_text(text: str) -> DriverProfile:
    """Raises `ProfileError`."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProfileError("it is not YAML") from error
    if not MARK.is_on(text.encode("utf-8", "replace")):
        raise OtherFileError("it holds no driver")
    return from_document(document)


def profile_of_file(path: Path) -> DriverProfile:
    """Raises `OSError` or `ProfileError`; the file stays as it is."""
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        large = "it is too large for a driver's file"
        raise ProfileError(large) if MARK.is_on(content) else OtherFileError(large)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProfileError("it is not text") from error
    return profile_of_text(text)


def write_profile(path: Path, profile: DriverProfile) -> None:
    """Raises `OSError`. What was there before stays until the new file is whole. Others cannot read it."""
    write_private(path, profile_text(profile).encode("utf-8"))


def write_private(path: Path, content: bytes) -> None:
    """As `write_profile`, of what is shown of a driver besides."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
        _settle(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_profile(path: Path) -> tuple[DriverProfile | None, str | None]:
    """The driver in the file; or None and a sentence, where it was damaged and has been set aside.

    Raises `ProfileFileError` where there is nothing to set aside: no file, no right to read it, a newer version, or a
    file that is something else.
    """
    try:
        return profile_of_file(path), None
    except FileNotFoundError:
        raise ProfileFileError(f"{path}: there is no such driver profile") from None
    except OSError as error:
        raise ProfileFileError(
            f"{path}: the driver profile cannot be read ({error.strerror}); check its permissions"
        ) from error
    except NewerProfileError as error:
        raise ProfileFileError(
            f"{path}: {error}; install that version, or move the file"
        ) from error
    except OtherFileError as error:
        raise ProfileFileError(f"{path}: {error}; move it elsewhere") from error
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
