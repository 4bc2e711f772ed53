"""Updates where the settings ask for them; a vehicle without them loads nothing of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from edge_app.errors import UserError
from edge_app.settings import VigilSettings

if TYPE_CHECKING:
    from edge_app.updates.part import Updates

_log = logging.getLogger(__name__)


def open_updates(settings: VigilSettings) -> Updates | None:
    """None where they are off. Raises `UserError` where the extra `updates` is not installed."""
    if not settings.updates.enabled:
        return None
    require_tuf()
    from edge_app.updates.part import Updates

    return Updates(settings)


def signed_below(load: Callable[[dict[str, Any] | None], VigilSettings]) -> dict[str, Any]:
    """What the fleet has signed, to lie below the vehicle's own files; empty where it does not hold with them.

    load: the settings with this below them, or with nothing (None).
    """
    own = load(None)
    if not own.updates.enabled:
        return {}
    from edge_app.updates.signed_settings import kept_settings

    try:
        below = kept_settings(own.updates.slots_folder)
        load(below)
    except (UserError, OSError) as error:
        _log.error("Signed settings are not used: %s", error)
        return {}
    return below


def require_tuf() -> None:
    """Raises `UserError` where the extra `updates` is not installed."""
    for name in ("tuf", "securesystemslib", "cryptography"):
        if find_spec(name) is None:
            raise UserError(
                f"signed updates need the Python package {name}; run"
                " `pip install 'vigil-driver-monitoring[updates]'`."
            )
