"""Live capture with its watchdog: the newest frame of a source that may hang, vanish and come back.

`CameraSettings` in; `CaptureTurn`s out, each with a frame, a fault, both or neither. The source lives in a child
process, which is killed and replaced when it goes silent; re-opening backs off but never gives up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from edge_app.camera.capture_child import CaptureChild
from edge_app.camera.capture_request import CaptureRequest
from edge_app.camera.faults import CameraFault
from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.camera.shared_frames import SharedFrame
from edge_app.camera.source import UnusableSourceError
from edge_app.camera.sources import plays_by_itself, shown_uri

_SETTLED_S = 5.0  # a camera that has run for this long starts the back-off afresh
_CLOSE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class CaptureTurn:
    """What one call of `Capture.next` found."""

    frame: Frame | None
    captured_s: float | None  # monotonic time at which the frame was taken; None without a frame
    fault: CameraFault | None
    detail: str | None  # the fault in a sentence
    dropped: int  # frames overwritten before they were read, since the start
    skipped: int  # damaged pictures left out by the source, since it was last opened
    reopened: int  # how often the source was opened again, since the start
    ended: bool  # a file has been played to its end, and its last frame read


class Capture:
    """A source in its own process. Used from one thread.

    Frames of one source keep rising in time and index through every re-opening. A file goes on where it would be had
    it not failed.
    """

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._name = shown_uri(settings.source)
        self._child: CaptureChild | None = None
        self._killed: list[CaptureChild] = []
        self._open_at_s = 0.0
        self._wait_s = settings.reopen_first_s
        self._fault: CameraFault | None = None
        self._detail: str | None = None
        self._last: SharedFrame | None = None
        self._index_base = 0
        self._dropped_before = 0  # by earlier children
        self._reopened = 0
        self._ended = False
        self._is_recording: bool | None = None  # not asked yet

    def start(self) -> None:
        """Start opening the source. Does not wait for it: a camera that is not there is a fault, not an error."""
        self._child = self._open()

    def next(self, timeout_s: float) -> CaptureTurn:
        """The newest frame as soon as there is one, else what is known after `timeout_s`.

        Raises `UnusableSourceError` where the source can never be opened (no such file, a missing package).
        """
        deadline_s = time.monotonic() + timeout_s
        while not self._ended:
            shared = self._newest()
            if shared is not None:
                return self._turn_with(shared)
            now_s = time.monotonic()
            self._watch(now_s)
            if self._ended or now_s >= deadline_s:
                break
            self._sleep(deadline_s - now_s)
        return self._turn(None, self._fault, self._detail)

    def close(self) -> None:
        """Stop the child. May be called twice."""
        if self._child is not None:
            self._dispose(self._child)
            self._child = None
        deadline_s = time.monotonic() + _CLOSE_TIMEOUT_S
        self._killed = [
            child
            for child in self._killed
            if not child.reap(max(0.0, deadline_s - time.monotonic()))
        ]

    def _newest(self) -> SharedFrame | None:
        if self._child is None:
            return None
        self._child.hear()
        return self._child.take_newest()

    def _turn_with(self, shared: SharedFrame) -> CaptureTurn:
        frame = Frame(shared.frame.image, shared.frame.t_s, shared.frame.index + self._index_base)
        self._last = SharedFrame(frame, shared.number, shared.captured_s)
        self._fault = self._detail = None
        age_s = time.monotonic() - shared.captured_s
        if age_s > self._settings.stale_after_s:
            late = f"{self._name}: a frame came {age_s:.2f} s late"
            return self._turn(self._last, CameraFault.LATE, late)
        return self._turn(self._last, None, None)

    def _turn(
        self, taken: SharedFrame | None, fault: CameraFault | None, detail: str | None
    ) -> CaptureTurn:
        child = self._child
        return CaptureTurn(
            frame=taken.frame if taken else None,
            captured_s=taken.captured_s if taken else None,
            fault=fault,
            detail=detail,
            dropped=self._dropped_before + (child.dropped_count if child else 0),
            skipped=child.skipped_count if child else 0,
            reopened=self._reopened,
            ended=self._ended,
        )

    def _watch(self, now_s: float) -> None:
        self._killed = [child for child in self._killed if not child.reap()]
        child = self._child
        if child is None:
            if now_s >= self._open_at_s:
                self._reopened += 1
                self._child = self._open()
        elif child.last_message is not None or child.channel_closed:
            self._bury(child, now_s)
        else:
            self._watch_running(child, now_s)

    def _watch_running(self, child: CaptureChild, now_s: float) -> None:
        settings = self._settings
        silent_s, opening_s = now_s - child.last_sign_s, now_s - child.started_s
        if silent_s < settings.no_frame_after_s:
            if child.wrong_size is not None:
                self._fault = CameraFault.WRONG_SIZE
                self._detail = f"{self._name}: cannot take a picture of {child.wrong_size} pixels"
        elif child.first_frame_s is not None:
            self._fault = CameraFault.NO_FRAME
            self._detail = (
                f"{self._name}: no picture for {silent_s:.1f} s; starting the camera again"
            )
            self._replace(child, now_s)
        elif self._fault is None and opening_s < settings.open_timeout_s and self._waits_for_us():
            return  # nothing of a recording passes unseen while it is being opened
        elif self._fault is None:
            self._fault = CameraFault.NO_FRAME
            self._detail = f"{self._name}: no picture {opening_s:.1f} s after opening"
        elif opening_s >= settings.open_timeout_s:
            self._replace(child, now_s)

    def _waits_for_us(self) -> bool:
        if self._is_recording is None:
            self._is_recording = not plays_by_itself(self._settings.source)
        return self._is_recording

    def _bury(self, child: CaptureChild, now_s: float) -> None:
        """The child has said its last word, or died without one."""
        message = child.last_message
        if message is not None and message.kind == "ended":
            self._ended = True
            self._dispose(child)
            return
        if message is not None and message.kind == "unusable" and self._last is None:
            self.close()
            raise UnusableSourceError(message.text)
        self._fault = CameraFault.UNPLUGGED
        if message is not None:
            self._detail = message.text
        else:
            self._detail = f"{self._name}: the capture process {child.exit_status()}"
        self._replace(child, now_s)

    def _replace(self, child: CaptureChild, now_s: float) -> None:
        if child.first_frame_s is not None and now_s - child.first_frame_s > _SETTLED_S:
            self._wait_s = self._settings.reopen_first_s
        self._open_at_s = now_s + self._wait_s
        self._wait_s = min(2 * self._wait_s, self._settings.reopen_longest_s)
        if child.live and self._last is not None:
            self._index_base = self._last.frame.index + 1
        self._dispose(child)
        self._child = None

    def _dispose(self, child: CaptureChild) -> None:
        if child is self._child:
            self._dropped_before += child.dropped_count
            self._child = None
        child.kill()
        self._killed.append(child)

    def _open(self) -> CaptureChild:
        settings = self._settings
        request = CaptureRequest(
            source=settings.source,
            width_px=settings.width_px,
            height_px=settings.height_px,
            frame_rate_hz=settings.frame_rate_hz,
            pixel_format=settings.pixel_format,
            exposure_longest_ms=settings.exposure_longest_ms,
            decode_threads=settings.decode_threads,
            open_timeout_s=settings.open_timeout_s,
            file_speed=settings.file_speed,
            resume_after_s=self._file_time_reached(),
        )
        return CaptureChild(request, settings.max_width_px * settings.max_height_px * 3)

    def _file_time_reached(self) -> float | None:
        if self._last is None:
            return None
        passed_s = time.monotonic() - self._last.captured_s
        return self._last.frame.t_s + passed_s * self._settings.file_speed

    def _sleep(self, longest_s: float) -> None:
        """Until the child tells something, or for `longest_s`, or until the next thing is due."""
        if self._child is None:
            time.sleep(max(0.0, min(longest_s, self._open_at_s - time.monotonic())))
        else:
            # Silence is noticed between two waits, so none may be longer than the silence allowed.
            self._child.wait(min(longest_s, self._settings.no_frame_after_s / 4))
