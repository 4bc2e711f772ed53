"""The parent's hold on one capture process: starts it, hears what it tells, takes its newest frame, kills it."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time

from edge_app.camera.capture_request import CaptureMessage, CaptureRequest
from edge_app.camera.shared_frames import FrameRingReader, SharedFrame

_LONGEST_PACKET = 4096


class CaptureChild:
    """One capture process and its ring. A new process gets a new ring, so a dying one can spoil nothing.

    `last_sign_s` is the monotonic time at which it was last heard; `started_s` that of its start.
    """

    def __init__(self, request: CaptureRequest, largest_picture_bytes: int) -> None:
        self._ring = FrameRingReader(largest_picture_bytes)
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "edge_app.camera.capture_process"]
        with theirs:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), str(self._ring.fd)],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), self._ring.fd),
                env=_environment(),
            )
        # Not on the command line, where every user of the machine could read a camera's password.
        self._channel.send(request.to_json())
        self._channel.setblocking(False)
        self.started_s = time.monotonic()
        self.last_sign_s = self.started_s
        self.live: bool | None = None  # None until the source is open
        self.first_frame_s: float | None = None
        self.wrong_size: str | None = (
            None  # the size of the last picture, where that cannot be taken
        )
        self.last_message: CaptureMessage | None = None  # `ended`, `failed` or `unusable`
        self.channel_closed = False
        self._read_count = 0
        self.dropped_count = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def skipped_count(self) -> int:
        return self._ring.skipped_count

    def wait(self, timeout_s: float) -> None:
        """Until there is something to hear, or for `timeout_s`."""
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.poll(max(0.0, timeout_s) * 1000)

    def hear(self) -> None:
        """Take in all that has been told. Never waits."""
        while not self.channel_closed:
            try:
                packet = self._channel.recv(_LONGEST_PACKET)
            except BlockingIOError:
                return
            except ConnectionError:
                packet = b""
            if packet:
                self._take_in(CaptureMessage.from_bytes(packet))
            else:
                self.channel_closed = True

    def take_newest(self) -> SharedFrame | None:
        """The newest frame not yet taken; those it has overtaken are counted as dropped."""
        shared = self._ring.read_newest(self._read_count)
        if shared is not None:
            self.dropped_count += shared.number - self._read_count - 1
            self._read_count = shared.number
        return shared

    def exit_status(self) -> str:
        """How the process ended, in words; call when its channel has closed."""
        if not self.reap(0.05):  # its descriptors close a moment before its status can be had
            return "closed its channel"
        code = self._process.returncode
        return f"was killed by signal {-code}" if code < 0 else f"exited with code {code}"

    def kill(self) -> None:
        """End the process now, without waiting for it: stuck in a driver it may take a while to go."""
        self._process.kill()
        self._channel.close()
        self._ring.close()

    def reap(self, timeout_s: float = 0.0) -> bool:
        """True once the killed process is gone."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _take_in(self, message: CaptureMessage) -> None:
        self.last_sign_s = time.monotonic()
        if message.kind == "opened":
            self.live = message.text == "live"
        elif message.kind == "frame":
            self.wrong_size = None
            if self.first_frame_s is None:
                self.first_frame_s = self.last_sign_s
        elif message.kind == "wrong_size":
            self.wrong_size = message.text
        else:
            self.last_message = message


def _environment() -> dict[str, str]:
    """One thread for numpy's unused algebra (25 MB less), and errors told by us rather than by OpenCV."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OPENCV_LOG_LEVEL": "SILENT"}
