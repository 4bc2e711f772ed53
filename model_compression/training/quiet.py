"""Keeps Lightning from talking: what it says of itself, its tips and its warnings tell nothing about a student."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("lightning.pytorch", "lightning.fabric")
# Warnings carry the name of the module that is blamed, not of the one that knows.
_MODULES = r"(lightning|pytorch_lightning|torch\.utils\.data)\b.*"


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Inside, only errors are heard."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=_MODULES)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
