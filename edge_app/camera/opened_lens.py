"""The lens that the settings name: a calibrated one from its file, or a common camera's by its maker's figures."""

from __future__ import annotations

import logging
from pathlib import Path

from calibration.camera.lens import Lens
from calibration.camera.lens_file import LensFileError, read_or_set_aside
from calibration.camera.lens_profiles import lens_profile, lens_profiles
from edge_app.camera.settings import CameraSettings
from edge_app.errors import UserError

_log = logging.getLogger(__name__)


def open_lens(settings: CameraSettings) -> Lens | None:
    """None where none is named, and where the file was damaged: the view that perception assumes holds then.

    Raises `UserError` for a name that is neither a lens nor a file.
    """
    if settings.lens is None:
        return None
    profile = lens_profile(settings.lens)
    if profile is not None:
        return profile.lens
    path = Path(settings.lens).expanduser()
    if path.is_dir() or (not path.exists() and path.parent == Path() and not path.suffix):
        known = ", ".join(profile.name for profile in lens_profiles())
        raise UserError(
            f"camera.lens: {settings.lens}: no such lens; known are {known}, or give the path of a lens file"
        )
    try:
        kept, told = read_or_set_aside(path)
    except LensFileError as error:
        raise UserError(f"camera.lens: {error}") from error
    if told is not None:
        _log.warning("camera.lens: %s", told)
    return None if kept is None else kept.lens
