"""Settings for every vehicle of a channel: which keys a signed file may set, and how it is kept until the next start.

Only what is the fleet's to say: never who the vehicle is, whom it trusts, where it sends, or what a driver must be
asked about.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge_app.configuration.document import ConfigurationDocument, ConfigurationError, read_document
from edge_app.configuration.load import validated
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from edge_app.updates.durable import replace_file

SETTINGS_FILE = "signed-settings.yaml"
MAY_BE_SET = ("driver_state", "alerts", "service")


def read_signed_settings(content: bytes, name: str) -> ConfigurationDocument:
    """A layer of settings. Raises `UserError` unless it holds alone, over the defaults."""
    try:
        document = read_document(content.decode("utf-8"), name)
    except UnicodeDecodeError:
        raise UserError(f"{name}: not UTF-8 text.") from None
    except ConfigurationError as error:
        raise UserError(error.sentences[0]) from error
    foreign = [key for key in document.values if key not in MAY_BE_SET]
    if foreign or not document.values:
        raise UserError(
            f"{name}: signed settings hold {', '.join(MAY_BE_SET)} and nothing else"
            f" ({foreign[0] if foreign else 'it is empty'})."
        )
    try:
        validated(VigilSettings, document)
    except ConfigurationError as error:
        raise UserError(error.sentences[0]) from error
    return document


def keep_signed_settings(folder: Path, content: bytes, name: str) -> bool:
    """On the disk for the next start; False where they are there already. Raises `UserError`, `OSError`."""
    read_signed_settings(content, name)
    path = folder / SETTINGS_FILE
    if path.is_file() and path.read_bytes() == content:
        return False
    replace_file(path, content)
    return True


def kept_settings(folder: Path) -> dict[str, Any]:
    """For `load_settings(below=...)`: whatever the vehicle's own files say stands above it.

    Raises `UserError` where they no longer hold, as after an update of the program.
    """
    path = folder / SETTINGS_FILE
    if not path.is_file():
        return {}
    return read_signed_settings(path.read_bytes(), str(path)).values
