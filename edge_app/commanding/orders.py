"""What a command needs of whoever carries it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from edge_app.commanding.outcome import Outcome

Tell = Callable[[Outcome], None]
"""Further words on a command that was `accepted`: progress, and the last word. From any thread."""


class Order(Protocol):
    """One command's work. Called from the command thread, which may wait; never from the frame's way."""

    def carry_out(self, arguments: Any, tell: Tell) -> Outcome:
        """Raises `RefusedError` where nothing was changed."""
        ...


class Updater(Protocol):
    """Fetches and installs a signed bundle from the source that the vehicle's own settings name."""

    def begin(self, version: str | None, tell: Tell) -> Outcome:
        """`accepted`, with the rest told later; raises `RefusedError`."""
        ...
