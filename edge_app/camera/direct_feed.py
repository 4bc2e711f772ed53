"""A file, or what is read like one, in this process: every frame, as fast as whoever asks; no clock as in `Capture`."""

from __future__ import annotations

from edge_app.camera.capture import CaptureTurn
from edge_app.camera.faults import CameraFault
from edge_app.camera.settings import CameraSettings
from edge_app.camera.source import SourceError
from edge_app.camera.sources import open_source, plays_by_itself, shown_uri


class DirectFeed:
    """Frames of a file in turn. Raises `SourceError` for a camera, which cannot be hurried, and an unreadable file."""

    def __init__(self, settings: CameraSettings) -> None:
        if plays_by_itself(settings.source):
            raise SourceError(
                f"{shown_uri(settings.source)}: a camera cannot play as fast as possible; "
                "leave that out, or give a file or a simulated drive"
            )
        self._source = open_source(settings.source, settings)
        self._read = 0

    def start(self) -> None:
        """Nothing to start: the file is open."""

    def next(self, timeout_s: float) -> CaptureTurn:
        """The next frame, or the end. A file that breaks off has ended there; its first frame must be readable."""
        detail: str | None = None
        try:
            frame = self._source.read()
        except SourceError as error:
            if self._read == 0:
                raise
            frame, detail = None, str(error)
        self._read += frame is not None
        return CaptureTurn(
            frame=frame,
            captured_s=None,
            fault=CameraFault.UNPLUGGED if detail else None,
            detail=detail,
            dropped=0,
            skipped=0,
            reopened=0,
            ended=frame is None,
        )

    def close(self) -> None:
        self._source.close()
