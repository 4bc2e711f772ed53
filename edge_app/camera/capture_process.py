"""The capture process: opens one source and writes its frames into the ring, until told otherwise or orphaned.

Started by `CaptureChild` as `python -m edge_app.camera.capture_process SOCKET_FD RING_FD`. It imports little, since
it is started anew whenever a camera driver hangs. A file is played in real time, by its own instants.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress

from edge_app.camera.capture_request import CaptureMessage, CaptureRequest
from edge_app.camera.frame import Frame
from edge_app.camera.shared_frames import FrameRingWriter
from edge_app.camera.source import FrameSource, SourceError, UnusableSourceError
from edge_app.camera.sources import open_source, shown_uri

_LONGEST_TEXT = 2000


class FramePump:
    """Moves frames from a source to the ring and announces each."""

    def __init__(
        self, channel: socket.socket, ring: FrameRingWriter, request: CaptureRequest
    ) -> None:
        self._channel = channel
        self._ring = ring
        self._request = request

    def run(self) -> None:
        source = open_source(self._request.source, self._request)
        self.tell("opened", "live" if source.live else "file")
        try:
            if source.live:
                self._pass_on(source)
            else:
                self._play(source)
        finally:
            source.close()

    def tell(self, kind: str, text: str = "") -> None:
        """A message that must arrive; waits while the parent is busy."""
        self._channel.send(CaptureMessage(kind, " ".join(text.split())[:_LONGEST_TEXT]).to_bytes())

    def _pass_on(self, source: FrameSource) -> None:
        while True:
            frame = source.read()
            if frame is None:
                raise SourceError(f"{shown_uri(self._request.source)}: the source ended")
            self._publish(source, frame, frame.t_s)

    def _play(self, source: FrameSource) -> None:
        resume_after_s = self._request.resume_after_s
        start_s: float | None = None  # monotonic time of the file's time 0
        # A source that makes its frames may be too slow for real time; then it leaves out those that are over.
        leave_out_before = getattr(source, "leave_out_before", None)
        if leave_out_before and resume_after_s is not None:
            leave_out_before(resume_after_s)
        while (frame := source.read()) is not None:
            if resume_after_s is not None and frame.t_s <= resume_after_s:
                continue
            file_s = frame.t_s / self._request.file_speed
            if start_s is None:
                start_s = time.monotonic() - file_s
            due_s = start_s + file_s
            time.sleep(max(0.0, due_s - time.monotonic()))
            self._publish(source, frame, due_s)
            if leave_out_before:
                leave_out_before((time.monotonic() - start_s) * self._request.file_speed)
        self.tell("ended")

    def _publish(self, source: FrameSource, frame: Frame, captured_s: float) -> None:
        self._ring.tell_skipped(getattr(source, "skipped_count", 0))
        if self._ring.fits(frame.image):
            self._ring.write(frame, captured_s)
            self._announce("frame")
        else:
            self._announce("wrong_size", "x".join(str(side) for side in frame.image.shape))

    def _announce(self, kind: str, text: str = "") -> None:
        # Where the channel is full, the parent has more announcements waiting than it needs to wake up.
        with suppress(BlockingIOError):
            self._channel.send(CaptureMessage(kind, text).to_bytes(), socket.MSG_DONTWAIT)


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    ring = FrameRingWriter(int(sys.argv[2]))
    request = CaptureRequest.from_json(channel.recv(1 << 16))
    # Ctrl-C reaches every process of a terminal, but it is the parent that decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, args=(channel,), daemon=True).start()
    pump = FramePump(channel, ring, request)
    try:
        pump.run()
    except BrokenPipeError:
        pass  # the parent is gone
    except UnusableSourceError as error:
        pump.tell("unusable", shown_uri(str(error)))
    except SourceError as error:
        pump.tell("failed", shown_uri(str(error)))
    except Exception as error:  # noqa: BLE001 - the process's top: whatever it was, the parent tells it and starts another
        name = shown_uri(request.source)
        pump.tell("failed", f"{name}: {type(error).__name__}: {shown_uri(str(error))}")


def _exit_with_parent(channel: socket.socket) -> None:
    """The parent never writes again: reading returns when its end is closed, by itself or by its death.

    A thread, because the main one may be stuck in a driver.
    """
    try:
        channel.recv(1)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
