"""How files come over a bad link: the rest of a broken download is asked for, and nothing goes on for ever.

tuf asks for metadata, which is small and held in memory, and for targets, which are kept as `<name>.part` until
they are whole. What a file must hold is tuf's to judge; a part that proves wrong is thrown away.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import urllib3
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    RepositoryError,
)
from tuf.ngclient import FetcherInterface

from edge_app import __version__
from edge_app.telemetry.clock import now
from edge_app.telemetry.credentials import tls_context
from edge_app.updates.settings import UpdateSettings

_CHUNK_BYTES = 64 * 1024
_SMALL_BYTES = 64 * 1024
_PARTIAL, _NO_SUCH_RANGE = 206, 416
_SLOW_WINDOW_S = 60.0
_MOST_REDIRECTIONS = 3
_PART = ".part"

Progress = Callable[[int, int], None]  # bytes there, bytes in all


class BrokenOffError(DownloadError):
    """What has come is kept for the next time."""


class SlowError(DownloadError):
    """Too little came for too long. What has come is kept; to ask again at once would be of no use."""


class NoSpaceError(DownloadError):
    """The disk takes no more; nothing was kept, since events need the room."""


class ResumingFetcher(FetcherInterface):
    """For one `tuf.ngclient.Updater`; belongs to its thread."""

    def __init__(
        self,
        settings: UpdateSettings,
        folder: Path,
        *,
        progress: Progress = lambda there, total: None,
        monotonic_s: Callable[[], float] = lambda: now().monotonic_s,
        slow_window_s: float = _SLOW_WINDOW_S,
        keep_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """folder: of parts. keep_on: False ends a download where it stands."""
        self._settings = settings
        self._folder = folder
        self._progress = progress
        self._monotonic_s = monotonic_s
        self._slow_window_s = slow_window_s
        self._keep_on = keep_on
        self._pool = urllib3.PoolManager(
            ssl_context=tls_context(settings.tls, "updates.tls")
            if settings.tls is not None
            else None,
            timeout=urllib3.Timeout(connect=settings.timeout_s, read=settings.timeout_s),
            retries=False,
            headers={"User-Agent": f"vigil/{__version__}", "Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        self._pool.clear()

    def _fetch(self, url: str) -> Iterator[bytes]:
        with self._answer(url, 0) as response:
            yield from self._chunks(response)

    @contextlib.contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        """A target of at most `max_length` bytes; the part of an earlier try is continued."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(url.encode()).hexdigest()[:16] + _PART
        if max_length > _SMALL_BYTES:  # what a part of another bundle holds is of no use any more
            for other in self._folder.glob(f"*{_PART}"):
                if other.name != name:
                    other.unlink()
        path = self._folder / name
        with path.open("ab+") as part:
            try:
                self._fill(part, url, max_length)
            except DownloadLengthMismatchError:
                path.unlink()
                raise
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    raise
                path.unlink()
                raise NoSpaceError(f"{path}: {error.strerror}") from error
            part.seek(0)
            try:
                yield part
            except RepositoryError:
                path.unlink(missing_ok=True)
                raise
        path.unlink(missing_ok=True)

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Metadata. The longest time is bounded as well as the size."""
        content = b""
        for chunk in self.fetch(url):
            content += chunk
            if len(content) > max_length:
                raise DownloadLengthMismatchError(
                    f"{url}: more than the {max_length} bytes it may have"
                )
        return content

    def _fill(self, part: IO[bytes], url: str, length: int) -> None:
        there = part.seek(0, os.SEEK_END)
        if there > length:
            part.truncate(0)
            there = 0
        if there == length:
            return
        with self._answer(url, there) as response:
            if there and response.status != _PARTIAL:
                part.truncate(0)  # the server sends everything again, or has another file
                there = 0
                if response.status == _NO_SUCH_RANGE:
                    raise BrokenOffError(f"{url}: the server has less than what is here")
            self._progress(there, length)
            try:
                for chunk in self._chunks(response):
                    there += len(chunk)
                    if there > length:
                        raise DownloadLengthMismatchError(
                            f"{url}: more than the signed {length} bytes"
                        )
                    part.write(chunk)
                    self._progress(there, length)
            finally:
                part.flush()
        if there < length:
            raise BrokenOffError(f"{url}: {there} of {length} bytes have come")

    @contextlib.contextmanager
    def _answer(self, url: str, start: int) -> Iterator[Any]:
        headers = {**self._pool.headers, **({"Range": f"bytes={start}-"} if start else {})}
        response = self._asked(url, headers)
        try:
            if response.status >= 400 and not (start and response.status == _NO_SUCH_RANGE):
                raise DownloadHTTPError(
                    f"{url}: the server answers {response.status}", response.status
                )
            yield response
        finally:
            # What is left of a long answer is not read to its end for the sake of the connection.
            response.close()

    def _asked(self, url: str, headers: dict[str, str]) -> Any:
        """Redirections are followed here: urllib3 reads what comes with one to its end, which may never come."""
        for _ in range(_MOST_REDIRECTIONS + 1):
            try:
                response = self._pool.request(
                    "GET",
                    url,
                    headers=headers,
                    redirect=False,
                    preload_content=False,
                    decode_content=False,
                )
            except urllib3.exceptions.HTTPError as error:
                raise DownloadError(
                    f"{urlsplit(url).hostname} cannot be reached ({_words(error)})"
                ) from error
            onward = response.get_redirect_location()
            if not onward:
                return response
            response.close()
            try:
                url = urljoin(url, onward)
            except ValueError as error:
                raise DownloadError(f"{url}: the server names no address to go on to") from error
        raise DownloadError(f"{url}: the server sends on to ever other addresses")

    def _chunks(self, response: Any) -> Iterator[bytes]:
        began_s, received = self._monotonic_s(), 0
        least = self._settings.slowest_bytes_per_s * self._slow_window_s
        try:
            # read1 gives what has come: a drop every few seconds must not hide in a chunk that never fills.
            while chunk := response.read1(_CHUNK_BYTES):
                yield chunk
                received += len(chunk)
                now_s = self._monotonic_s()
                if not self._keep_on():
                    raise BrokenOffError("the program ends")
                if now_s - began_s >= self._slow_window_s:
                    if received < least:
                        raise SlowError(
                            f"{received} bytes in {now_s - began_s:.0f} s are too few; the next try goes on from here"
                        )
                    began_s, received = now_s, 0
        except urllib3.exceptions.HTTPError as error:
            raise BrokenOffError(f"the connection broke ({_words(error)})") from error


def _words(error: Exception) -> str:
    """What the network says, without urllib3's own objects around it."""
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return "its name is not known here"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is refused, {cause.verify_message.lower()}"
        if isinstance(cause, http.client.HTTPException):
            return "it hangs up in the midst of an answer"
    for cause in causes:
        if isinstance(cause, OSError) and (words := cause.strerror):
            return words.lower()
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    return type(error).__name__


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it came from; urllib3 gives some only among its arguments."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
    return found
