"""A live page on this machine: the overlay, the signals as they move, the alerts as they come.

`show` is called by the perception thread and returns at once; a server thread of its own serves whoever watches.
It is bound to 127.0.0.1 unless told otherwise: whoever reaches it sees the driver.
"""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import uvicorn
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from edge_app.alerts.event import ActiveAlert, Event
from edge_app.driver_state.signals import Signals
from edge_app.driver_state.state import DriverState
from edge_app.errors import UserError
from edge_app.views.live_feed import LiveFeed, Message, state_message

_HERE = Path(__file__).parent
_STATE_INTERVAL_S = 0.1
_HEARTBEAT_S = 1.0
_LONGEST_WAIT_S = 2.0  # of a request for the next picture
_LOOK_AGAIN_S = 0.015
_START_WITHIN_S = 10.0
_LOOPBACK = ("127.0.0.1", "localhost")

_ASSETS = {
    "/": ("templates/live.html", "text/html"),
    "/palette.css": ("static/palette.css", "text/css"),
    "/live.css": ("static/live.css", "text/css"),
    "/live.js": ("static/live.js", "text/javascript"),
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    # Other sites open in the same browser must not read or embed the driver's picture.
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class LivePage:
    """Serves one page; port 0 takes a free one."""

    def __init__(self, host: str = "127.0.0.1", port: int = 8760) -> None:
        self._host = host
        self._port = port
        self._feed = LiveFeed()
        self._closing = False
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Serve from now on; returns the address. Raises `UserError` when the port cannot be had."""
        listener = self._listen()
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._application(),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="live-page", daemon=True
        )
        self._thread.start()
        deadline_s = time.monotonic() + _START_WITHIN_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline_s:
                raise UserError(f"the live page did not start on {self._host}:{port}")
            time.sleep(0.005)
        name = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{name}:{port}/"

    def show(
        self,
        overlay_bgr: NDArray[np.uint8],
        state: DriverState,
        alerts: tuple[ActiveAlert, ...],
        signals: Signals | None = None,
    ) -> None:
        """The newest moment. The picture is kept, not copied: do not draw into it afterwards."""
        self._feed.put(overlay_bgr, state, alerts, signals)

    def add_event(self, event: Event) -> None:
        self._feed.add_event(event)

    def finish(self, report_path: Path | None) -> None:
        """Tell whoever watches that the clip has ended, and where its report lies."""
        self._feed.finish(str(report_path) if report_path else "")

    def close(self) -> None:
        """Stop serving. May be called twice."""
        self._closing = True
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=5.0)

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._port))
            listener.listen(64)
        except (OSError, OverflowError) as error:
            listener.close()
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            of_host = isinstance(error, socket.gaierror) or (
                isinstance(error, OSError) and error.errno == errno.EADDRNOTAVAIL
            )
            to_do = "name an address of this machine" if of_host else "choose another port"
            raise UserError(
                f"the live page cannot use {self._host}:{self._port} ({why}); {to_do}"
            ) from error
        return listener

    def _application(self) -> Starlette:
        # A name that some other site points at this machine is refused (DNS rebinding).
        trusted = (
            [Middleware(TrustedHostMiddleware, allowed_hosts=list(_LOOPBACK))]
            if self._host in _LOOPBACK
            else []
        )
        routes = [Route(path, self._asset) for path in _ASSETS]
        routes += [
            Route("/frame.jpg", self._frame),
            Route("/stream", self._stream),
            Route("/report", self._report),
        ]
        return Starlette(routes=routes, middleware=trusted)

    async def _asset(self, request: Request) -> Response:
        name, media_type = _ASSETS[request.url.path]
        return FileResponse(_HERE / name, media_type=media_type, headers=_HEADERS)

    async def _report(self, request: Request) -> Response:
        report = self._feed.finished_report
        if not report or not Path(report).is_file():
            return PlainTextResponse("No report yet.", status_code=404, headers=_HEADERS)
        # The report carries its own, stricter policy.
        headers = {k: v for k, v in _HEADERS.items() if k != "Content-Security-Policy"}
        return FileResponse(report, media_type="text/html", headers=headers)

    async def _frame(self, request: Request) -> Response:
        """The newest picture; with `?after=N`, as soon as there is one newer than N. 204: none came."""
        seen = _whole_number(request.query_params.get("after", "0"))
        for _ in range(round(_LONGEST_WAIT_S / _LOOK_AGAIN_S)):
            newest = self._feed.newest
            if self._closing or (newest is not None and newest.number > seen):
                break
            await asyncio.sleep(_LOOK_AGAIN_S)
        number, content = await self._feed.jpeg()
        if number <= seen:
            return Response(status_code=204, headers=_HEADERS)
        headers = {**_HEADERS, "Vigil-Frame": str(number)}
        return Response(content, media_type="image/jpeg", headers=headers)

    async def _stream(self, request: Request) -> Response:
        """Server-sent events: `state` at most ten times a second, `event`, `finish`, and a heartbeat."""
        # An id of an earlier run of the program says nothing about this one's events.
        run, _, number = request.headers.get("last-event-id", "").partition(":")
        messages = self._messages(_whole_number(number) if run == self._feed.run else 0)
        return StreamingResponse(messages, media_type="text/event-stream", headers=_HEADERS)

    async def _messages(self, seen_event: int) -> AsyncIterator[str]:
        seen_state, sent_s, told_finish = 0, time.monotonic(), False
        yield "retry: 1000\n\n"
        closing = False
        while not closing:
            # Read first: what was put in before the end is still sent.
            closing = self._closing
            parts: list[str] = []
            for number, event in self._feed.events_after(seen_event):
                seen_event = number
                parts.append(f"id: {self._feed.run}:{number}\n{_sent('event', event)}")
            newest = self._feed.newest
            if newest is not None and newest.number != seen_state:
                seen_state = newest.number
                parts.append(_sent("state", state_message(newest)))
            report = self._feed.finished_report
            if report is not None and not told_finish:
                told_finish = True
                parts.append(_sent("finish", {"report": report}))
            if not parts and time.monotonic() - sent_s > _HEARTBEAT_S:
                parts.append(_sent("heartbeat", {}))
            if closing:
                parts.append(_sent("closed", {}))
            if parts:
                sent_s = time.monotonic()
                yield "".join(parts)
            await asyncio.sleep(_STATE_INTERVAL_S)


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _sent(name: str, message: Message) -> str:
    return f"event: {name}\ndata: {json.dumps(message, allow_nan=False)}\n\n"
