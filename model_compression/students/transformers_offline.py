"""Hugging Face's transformers, kept offline and quiet; imported when a network in its form is asked for."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from edge_app.errors import UserError


def transformers_offline() -> Any:
    """Raises `UserError` where the package is not installed."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # before it is imported
    try:
        library = import_module("transformers")
    except ImportError as error:
        raise UserError(
            "transformers is not installed; install it with pip install 'vigil-driver-monitoring[audio-visual]'."
        ) from error
    # Its report of heads or a decoder that are left behind is no news here.
    library.utils.logging.set_verbosity_error()
    library.utils.logging.disable_progress_bar()
    return library
