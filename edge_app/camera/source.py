"""The one protocol behind which all cameras and files stand, and the registry that opens them by URI.

`scheme:rest` names a plug-in module of this package; it is imported only when chosen, so a missing optional
dependency matters only to those who ask for it.
"""

from __future__ import annotations

from typing import Protocol

from edge_app.camera.frame import Frame
from edge_app.errors import UserError


class FrameSource(Protocol):
    """Frames in order of capture. Used from one thread."""

    @property
    def live(self) -> bool:
        """True for a camera (frames come when they come); False for a file (frames wait to be read)."""
        ...

    @property
    def frame_rate_hz(self) -> float | None:
        """The nominal rate, where the source tells."""
        ...

    @property
    def frame_count(self) -> int | None:
        """How many frames a file holds, where that is known; None for a camera."""
        ...

    def read(self) -> Frame | None:
        """The next frame; None at the end of a file.

        Raises `SourceError` when the source fails while running (unplugged, stream broken).
        """
        ...

    def close(self) -> None:
        """Release the device or file. May be called twice."""
        ...


class SourceError(UserError):
    """A source cannot be opened or has failed; one sentence: what, where, what to do."""
