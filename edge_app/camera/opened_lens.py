"""The lens that the settings name: a calibrated one from its file, or a common camera's by its maker's figures."""

from __future__ import annotations

import logging
from pathlib import Path

from calibration.camera.lens import Lens
from calibration.camera.lens_file import CorruptLensFileError, LensFileError, read_lens
from calibration.camera.lens_profiles import lens_profile, lens_profiles
from edge_app.camera.settings import CameraSettings
from edge_app.errors import UserError

_log = logging.getLogger(__name__)


def open_lens(settings: CameraSettings) -> Lens | None:
    """None where none is named, and where the file is damaged: the view that perception assumes holds then.

    Raises `UserError` for a name that is neither a lens nor a file of one. The file stays as it is.
    """
    try:
        return named_lens(settings)
    except CorruptLensFileError as error:
        _log.warning(
            "camera.lens: %s; the view is assumed until `vigil calibrate camera` makes it anew",
            error,
        )
        return None


def named_lens(settings: CameraSettings) -> Lens | None:
    """As `open_lens`, but a damaged file raises `CorruptLensFileError`: for whoever tells of it in other words."""
    if settings.lens is None:
        return None
    profile = lens_profile(settings.lens)
    if profile is not None:
        return profile.lens
    path = Path(settings.lens).expanduser()
    if not path.exists() and path.parent == Path() and not path.suffix:
        known = ", ".join(profile.name for profile in lens_profiles())
        raise UserError(
            f"camera.lens: {settings.lens}: no such lens; known are {known}, or give the path of a lens file"
        )
    try:
        return read_lens(path).lens
    except CorruptLensFileError:
        raise
    except LensFileError as error:
        raise UserError(f"camera.lens: {error}") from error
