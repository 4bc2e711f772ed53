"""What the program logs, as lines on the terminal."""

from __future__ import annotations

import logging


def log_to_terminal() -> None:
    """Warnings and worse; and what explains that nothing seems to happen for some seconds."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("edge_app.bundle.timing").setLevel(logging.INFO)
