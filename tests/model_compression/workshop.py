"""Whether the packages of the workshop (extra `train`) are installed."""

from __future__ import annotations

from importlib import import_module


def _missing(package: str) -> bool:
    try:
        import_module(package)
    except ImportError:
        return True
    return False


MISSING = [package for package in ("torch", "lightning") if _missing(package)]
