"""A real HTTP server over a folder that can be cut, slow, endless, or show other files than it has."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

_NO_PAUSE_S = 0.0


class RepositoryServer:
    """How to fail, by a piece of the path; remembers each request with its Range."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.knows_ranges = True
        self.cut_after: dict[str, list[int]] = {}  # bytes after which each coming answer breaks off
        self.shown: dict[str, bytes] = {}  # in place of what the folder has
        self.endless: set[str] = set()
        self.answered: dict[str, tuple[int, str, str]] = {}  # status and a header, then endless
        self.encoded: set[str] = set()  # sent as gzip, which nobody asked for
        self.poured = 0  # bytes of endless answers
        self.dripping: dict[str, tuple[int, float]] = {}  # bytes, and the pause after them, seconds
        self.requests: list[tuple[str, str | None]] = []

    def asked(self, piece: str) -> list[str | None]:
        return [wanted for path, wanted in self.requests if piece in path]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, wanted = request.path.lstrip("/"), request.headers.get("Range")
        self.requests.append((path, wanted))
        if any(piece in path for piece in self.endless):
            self._pour(request)
            return
        for piece, (status, header, value) in self.answered.items():
            if piece in path:
                self._pour(request, status, {header: value})
                return
        shown = [content for piece, content in self.shown.items() if piece in path]
        file = self.folder / path
        if not shown and not file.is_file():
            request.send_error(404)
            return
        body = shown[0] if shown else file.read_bytes()
        zipped = any(piece in path for piece in self.encoded)
        if zipped:
            body = gzip.compress(body)
        start = 0
        if wanted is not None and self.knows_ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                request.send_error(416)
                return
        request.send_response(206 if start else 200)
        if zipped:
            request.send_header("Content-Encoding", "gzip")
        request.send_header("Content-Length", str(len(body) - start))
        request.end_headers()
        body = body[start:]
        for piece, cuts in self.cut_after.items():
            if piece in path and cuts:
                body = body[: cuts.pop(0)]
        drip = next((drip for piece, drip in self.dripping.items() if piece in path), None)
        step, pause_s = drip or (len(body) or 1, _NO_PAUSE_S)
        for at in range(0, len(body), step):
            request.wfile.write(body[at : at + step])
            time.sleep(pause_s)

    def _pour(
        self,
        request: BaseHTTPRequestHandler,
        status: int = 200,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        request.send_response(status)
        for header, value in headers.items():
            request.send_header(header, value)
        request.end_headers()
        try:
            for _ in range(4096):  # 256 MB: far more than anybody may take
                request.wfile.write(bytes(65536))
                self.poured += 65536
        except OSError:
            return


@contextmanager
def serving(folder: Path) -> Iterator[RepositoryServer]:
    server = RepositoryServer(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                server.answer(self)
            except ConnectionError:
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        http_server.daemon_threads = True
        server.url = f"http://127.0.0.1:{http_server.server_port}"
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            http_server.shutdown()
            thread.join()
