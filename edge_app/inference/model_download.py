"""Fetch a pinned model file: resumable, checked before it takes its name, never half there.

Bytes go to `<name>.part`; a broken transfer leaves it and the next one asks the server for the rest. Only a file
with the expected sha256 is renamed to `<name>`.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib import error as url_error
from urllib import request
from urllib.parse import urlsplit

from edge_app import __version__
from edge_app.inference.model_files import ModelFile
from edge_app.inference.session import ModelFileError

Progress = Callable[[int], None]  # called with the bytes there so far

_CHUNK_BYTES = 64 * 1024
_SCHEMES = ("https", "http", "file")


class ModelDownload:
    """One model on its way from one address into one folder."""

    def __init__(
        self,
        model: ModelFile,
        folder: Path,
        *,
        url: str | None = None,
        timeout_s: float = 30.0,
        attempts: int = 4,
    ) -> None:
        self._model = model
        self._url = url or model.url
        self._target = folder / model.file_name
        self._part = folder / f"{model.file_name}.part"
        self._timeout_s = timeout_s
        self._attempts = attempts
        if urlsplit(self._url).scheme not in _SCHEMES:
            raise ModelFileError(
                f"--url {self._url}: the address must begin with https://, http:// or file://."
            )

    def fetch(self, progress: Progress = lambda bytes_there: None) -> Path:
        """The path of the complete file. Raises `ModelFileError` in one sentence."""
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            with self._part.open("ab+") as part:
                self._lock(part)
                self._fill(part, progress)
                self._check(part)
                part.flush()
                os.fsync(part.fileno())
                self._part.replace(self._target)
        except OSError as error:
            raise ModelFileError(
                f"{self._target}: cannot be written ({error.strerror or error}); choose another"
                " folder with --to, or free some space."
            ) from error
        return self._target

    def _lock(self, part: IO[bytes]) -> None:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ModelFileError(
                f"{self._part}: another `vigil models fetch` is writing this file; wait for it."
            ) from error

    def _fill(self, part: IO[bytes], progress: Progress) -> None:
        """Ask again while each attempt brings something: a mobile link drops and comes back."""
        for attempt in range(self._attempts):
            there = _size(part)
            if there > self._model.size_bytes:
                part.truncate(0)
            elif there == self._model.size_bytes:
                return
            self._receive(part, progress)
            if _size(part) >= self._model.size_bytes:
                return
            if _size(part) == there and attempt:
                break
        raise ModelFileError(
            f"{self._url}: the connection broke after {_size(part)} of {self._model.size_bytes}"
            " bytes; run the same command again to continue from there."
        )

    def _receive(self, part: IO[bytes], progress: Progress) -> None:
        """Append what one request brings, be it the rest, the whole file or less."""
        response = self._open(_size(part))
        if response is None:
            part.truncate(0)  # the server's file ends before what is here: another file
            return
        with response:
            if getattr(response, "status", None) != http.client.PARTIAL_CONTENT:
                part.truncate(0)  # the server sends the whole file, asked for the rest or not
            there = _size(part)
            offered = there + int(response.headers.get("Content-Length") or -1)
            if there <= offered != self._model.size_bytes:
                self._refuse(part, f"{offered} bytes, expected {self._model.size_bytes}")
            progress(there)
            while chunk := _read(response):
                part.write(chunk)
                there += len(chunk)
                progress(there)
                if there > self._model.size_bytes:
                    self._refuse(part, f"more than the expected {self._model.size_bytes} bytes")
        part.flush()

    def _refuse(self, part: IO[bytes], difference: str) -> NoReturn:
        part.truncate(0)
        raise ModelFileError(
            f"{self._url}: what the server sends is not {self._model.file_name} ({difference}), so"
            " nothing was kept; check the network's sign-in page, or name a mirror with --url."
        )

    def _open(self, there: int) -> Any | None:
        """The server's answer from byte `there` on; None where it has no such byte."""
        headers = {"User-Agent": f"vigil/{__version__}"}
        if there:
            headers["Range"] = f"bytes={there}-"
        try:
            return request.urlopen(
                request.Request(self._url, headers=headers), timeout=self._timeout_s
            )
        except url_error.HTTPError as error:
            error.close()
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return None
            raise ModelFileError(
                f"{self._url}: the server answers {error.code} {error.reason}; check the address,"
                " or name a mirror with --url."
            ) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ModelFileError(self._unreachable(error)) from error

    def _unreachable(self, error: Exception) -> str:
        reason = getattr(error, "reason", None) or error
        words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        host = urlsplit(self._url).hostname or self._url
        if isinstance(reason, ssl.SSLError):
            return (
                f"{host}: its certificate is not accepted ({words}); check this machine's clock and"
                " certificates, or name a mirror with --url."
            )
        return (
            f"{host} cannot be reached ({words}); connect to the network, name a mirror with --url,"
            f" or copy {self._model.file_name} to {self._target.parent} by hand."
        )

    def _check(self, part: IO[bytes]) -> None:
        part.seek(0)
        digest = hashlib.sha256()
        while chunk := part.read(_CHUNK_BYTES):
            digest.update(chunk)
        if digest.hexdigest() != self._model.sha256:
            self._refuse(part, f"sha256 {digest.hexdigest()}, expected {self._model.sha256}")


def _read(response: Any) -> bytes:
    """The next bytes; none when the transfer ends or breaks, which the caller tells apart by the size."""
    try:
        return bytes(response.read(_CHUNK_BYTES))
    except (OSError, http.client.HTTPException):
        return b""


def _size(part: IO[bytes]) -> int:
    return part.seek(0, os.SEEK_END)
