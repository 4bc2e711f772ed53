"""The one protocol behind which all cameras and files stand, and the two ways in which a source can fail.

`scheme:rest` names a plug-in module of this package; it is imported only when chosen (see `sources.py`), so a
missing optional dependency matters only to those who ask for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from edge_app.errors import UserError

if TYPE_CHECKING:  # settings name sources, and commands that only read settings need no numpy
    from edge_app.camera.frame import Frame


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


class SourceSettings(Protocol):
    """The part of `CameraSettings` that a source reads.

    A protocol, because the capture process fills it from a plain dataclass: pydantic would cost that process
    20 MB and a third of its start.
    """

    @property
    def width_px(self) -> int: ...

    @property
    def height_px(self) -> int: ...

    @property
    def frame_rate_hz(self) -> float: ...

    @property
    def pixel_format(self) -> str: ...

    @property
    def exposure_longest_ms(self) -> float | None: ...

    @property
    def decode_threads(self) -> int: ...

    @property
    def open_timeout_s(self) -> float: ...


class SourceError(UserError):
    """A source cannot be opened or has failed; one sentence: what, where, what to do."""


class UnusableSourceError(SourceError):
    """A source that no second try can open: a missing file, an unknown scheme, a dependency not installed."""
