"""`upload_trace`: finished trace files go to the place that the vehicle's own settings name, one PUT for each.

In the background, oldest first. What has arrived is noted file by file, so an upload that was interrupted goes on where
it stopped. Redirects are not followed: nobody but the owner says where traces go.
"""

from __future__ import annotations

import http.client
import logging
import sqlite3
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlsplit

from edge_app.commanding.orders import Tell
from edge_app.commanding.outcome import Outcome
from edge_app.commanding.refusal import Reason, RefusedError
from edge_app.commanding.remembered import RememberedRequests
from edge_app.telemetry.command_messages import UploadArguments

logger = logging.getLogger(__name__)

_TIMEOUT_S = 20.0
_BLOCK_BYTES = 64 * 1024
_CLOSE_WAITS_S = 0.2


@dataclass(frozen=True, slots=True)
class UploadPlace:
    """Where files go, and as whom."""

    url: str
    vehicle: str
    tls: ssl.SSLContext | None
    most_bytes: int


class _StoppedError(Exception):
    """The program ends."""


class _RefusedByServerError(Exception):
    """The answer was no."""


class UploadTrace:
    """One upload at a time. `files`: finished trace files, oldest first."""

    def __init__(
        self,
        place: UploadPlace | None,
        files: Callable[[], list[Path]] | None,
        remembered: RememberedRequests,
    ) -> None:
        self._place = place
        self._files = files
        self._remembered = remembered
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def carry_out(self, arguments: UploadArguments, tell: Tell) -> Outcome:
        if self._place is None:
            raise RefusedError(
                Reason.NOT_AVAILABLE,
                "This unit's settings name no place for traces (telemetry.commands.upload_url).",
            )
        if self._files is None:
            raise RefusedError(Reason.NOT_AVAILABLE, "This unit records no trace (trace.folder).")
        if self._thread is not None and self._thread.is_alive():
            raise RefusedError(Reason.BUSY, "Another upload is going on; wait for its end.")
        try:
            due, left_out = self._due(self._files(), arguments.newest, self._place.most_bytes)
        except OSError as error:
            raise RefusedError(
                Reason.NOT_AVAILABLE, f"The trace folder cannot be read ({error.strerror})."
            ) from error
        if not due:
            too_large = f" {left_out} more are larger than telemetry.commands.upload_mb allows."
            return Outcome(
                "done",
                "Every trace file that may be sent has been sent."
                + (too_large if left_out else ""),
                values={"files": 0, "left_out": left_out},
            )
        self._thread = threading.Thread(
            target=self._run,
            args=(self._place, due, left_out, tell),
            name="vigil-upload",
            daemon=True,
        )
        self._thread.start()
        return Outcome(
            "accepted",
            f"{len(due)} trace files are being sent.",
            values={"files": len(due), "files_sent": 0, "left_out": left_out},
        )

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_WAITS_S)

    def _due(
        self, files: list[Path], newest: int, most_bytes: int
    ) -> tuple[list[tuple[Path, int]], int]:
        """What is to be sent, with sizes, and how many do not fit in this time."""
        sent = self._remembered.uploaded()
        self._remembered.forget_uploaded(set(sent) - {file.name for file in files})
        wanted = []
        for file in files[-newest:]:
            size = file.stat().st_size
            if sent.get(file.name) != size:
                wanted.append((file, size))
        due: list[tuple[Path, int]] = []
        room = most_bytes
        for file, size in wanted:
            if size > most_bytes:
                continue  # it would hold up all that come after it, for ever
            if size > room:
                break
            room -= size
            due.append((file, size))
        return due, len(wanted) - len(due)

    def _run(
        self, place: UploadPlace, due: list[tuple[Path, int]], left_out: int, tell: Tell
    ) -> None:
        sent_bytes = sent = gone = 0

        def outcome(status: str, detail: str, reason: str | None = None) -> Outcome:
            return Outcome(
                status,  # type: ignore[arg-type]
                detail,
                reason,
                {
                    "files": len(due),
                    "files_sent": sent,
                    "bytes_sent": sent_bytes,
                    "left_out": left_out,
                },
            )

        try:
            for file, size in due:
                try:
                    with file.open("rb") as content:
                        _put(place, file.name, content, size, self._stop)
                except FileNotFoundError:
                    gone += 1  # made room for newer ones meanwhile
                    continue
                self._remembered.note_uploaded(file.name, size)
                sent, sent_bytes = sent + 1, sent_bytes + size
                if sent + gone < len(due):
                    tell(outcome("accepted", f"{sent} of {len(due)} trace files are sent."))
        except _StoppedError:
            tell(
                outcome(
                    "failed", "The program ends; send the command anew to go on.", "interrupted"
                )
            )
        except (OSError, http.client.HTTPException, _RefusedByServerError, sqlite3.Error) as error:
            logger.warning("upload of traces: %s", error)
            why = str(error)[:200] or type(error).__name__
            tell(outcome("failed", f"{why}; send the command anew to go on.", "upload_failed"))
        except Exception as error:
            logger.exception("The upload of traces met an error nobody foresaw.")
            tell(outcome("failed", f"Internal error: {error!r}.", "internal_error"))
        else:
            more = f" {left_out} more do not fit in one command." if left_out else ""
            tell(outcome("done", f"{sent} trace files are sent.{more}"))


def _put(
    place: UploadPlace, name: str, content: BinaryIO, size: int, stop: threading.Event
) -> None:
    parts = urlsplit(place.url)
    assert parts.hostname is not None
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=_TIMEOUT_S, context=place.tls
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_S)
    try:
        target = "/".join(
            (parts.path.rstrip("/"), quote(place.vehicle, safe=""), quote(name, safe=""))
        )
        connection.putrequest("PUT", target)
        connection.putheader("Content-Type", "application/octet-stream")
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        left = size
        while left:
            if stop.is_set():
                raise _StoppedError
            block = content.read(min(_BLOCK_BYTES, left))
            if not block:
                raise _RefusedByServerError(f"{name} became shorter while it was being sent")
            connection.send(block)
            left -= len(block)
        answer = connection.getresponse()
        if not 200 <= answer.status < 300:
            raise _RefusedByServerError(
                f"{parts.hostname} answers {answer.status} {answer.reason[:60]} to {name}"
            )
    finally:
        connection.close()
