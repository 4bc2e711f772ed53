"""A real HTTP server on 127.0.0.1 that serves one content, well or badly, as a test wishes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer:
    """What to serve and how to fail; remembers the Range header of each request."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.knows_ranges = True
        self.says_length = True
        self.cut_after: list[int] = []  # bytes after which each coming answer breaks off
        self.status: int | None = None
        self.ranges: list[str | None] = []
        self.url = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.ranges.append(wanted)
        if self.status is not None:
            request.send_error(self.status)
            return
        start = 0
        if wanted is not None and self.knows_ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(self.content):
                request.send_error(416)
                return
        body = self.content[start:]
        request.send_response(206 if start else 200)
        if self.says_length:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: self.cut_after.pop(0)] if self.cut_after else body)


@contextmanager
def serving(content: bytes) -> Iterator[FileServer]:
    server = FileServer(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.answer(self)

        def log_message(self, format: str, *arguments: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        server.url = f"http://127.0.0.1:{http_server.server_port}/model.task"
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            http_server.shutdown()
            thread.join()
