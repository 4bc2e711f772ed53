"""Converters are installed only where models are made: importing one that is missing says what to install."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from edge_app.errors import UserError

_WHAT = "pip install 'vigil-driver-monitoring[quantize]'"


def needed(module: str) -> ModuleType:
    """The module, imported. Raises `UserError` where its package is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = (error.name or module).split(".")[0]
        raise UserError(
            f"Exporting needs the Python package {package}, which is not installed; run `{_WHAT}`."
        ) from error
