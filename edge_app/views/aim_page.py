"""The page on the installer's telephone: the live page's server and pictures, with the aiming session beside them.

Beyond this machine it is served only to whoever comes first with the token in the address.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from edge_app.aim.finding import AimFinding
from edge_app.aim.report_files import FIGURES, REPORT, SETTINGS
from edge_app.aim.session import AimSession
from edge_app.aim.steps import STEPS
from edge_app.errors import UserError
from edge_app.views.live_page import LivePage
from edge_app.views.token_gate import TokenGate

LOOPBACK = ("127.0.0.1", "localhost")  # names by which no other site is let in
_HERE = Path(__file__).parent
_TELL_EVERY_S = 0.25
_HEARTBEAT_S = 1.0
_ASSETS = {
    "/": ("templates/aim.html", "text/html"),
    "/aim.css": ("static/aim.css", "text/css"),
    "/aim.js": ("static/aim.js", "text/javascript"),
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FILES = {
    "/commissioning.html": (REPORT, "text/html"),
    "/commissioning.json": (FIGURES, "application/json"),
    "/found-settings.yaml": (SETTINGS, "application/yaml"),
}


class AimDesk(Protocol):
    """What the page can ask for beside acts of the session."""

    def write(self) -> None:
        """The report. Raises `UserError`."""
        ...

    def written(self, name: str) -> Path | None:
        """A file of the report, once it is written."""
        ...

    def finish(self) -> None:
        """The installer is done: the command may end."""
        ...


class AimPage(LivePage):
    """Serves one page; port 0 takes a free one."""

    def __init__(self, session: AimSession, desk: AimDesk, host: str, port: int) -> None:
        super().__init__(host, port)
        self._session = session
        self._desk = desk
        self._token = None if host in LOOPBACK else secrets.token_urlsafe(12)
        self._problem = ""

    def start(self) -> str:
        """Serve from now on; returns the address to open, with the token where one is needed. Raises `UserError`."""
        url = super().start()
        if self._host in ("0.0.0.0", "::"):
            port = url.rstrip("/").rpartition(":")[2]
            url = f"http://{_own_address()}:{port}/"
        return url if self._token is None else f"{url}?token={self._token}"

    def _application(self) -> Starlette:
        application = super()._application()
        # Before the live page's own "/".
        application.router.routes[:0] = [
            *(Route(path, self._aim_asset) for path in _ASSETS),
            *(Route(path, self._file) for path in _FILES),
            Route("/aim/stream", self._aim_stream),
            Route("/aim/act", self._act, methods=["POST"]),
        ]
        if self._token is not None:
            application.add_middleware(TokenGate, token=self._token)
        return application

    async def _aim_asset(self, request: Request) -> Response:
        name, media_type = _ASSETS[request.url.path]
        return FileResponse(_HERE / name, media_type=media_type, headers=_HEADERS)

    async def _file(self, request: Request) -> Response:
        name, media_type = _FILES[request.url.path]
        path = self._desk.written(name)
        if path is None:
            return Response("No report yet.", status_code=404, headers=_HEADERS)
        # The report carries its own, stricter policy.
        headers = {k: v for k, v in _HEADERS.items() if k != "Content-Security-Policy"}
        kept = request.query_params.get("download") is not None
        return FileResponse(
            path, media_type=media_type, headers=headers, filename=name if kept else None
        )

    async def _act(self, request: Request) -> Response:
        # A form of another site cannot set this header.
        if request.headers.get("vigil-aim") != "1":
            return JSONResponse({"problem": "not from this page"}, 403, _HEADERS)
        word = (await request.body())[:64].decode("ascii", "replace")
        self._problem = ""
        if word == "write":
            try:
                await asyncio.to_thread(self._desk.write)
            except UserError as error:
                self._problem = str(error)
        elif word == "finish":
            self._desk.finish()
        elif not self._session.act(word):
            return JSONResponse({"problem": "no such act"}, 400, _HEADERS)
        return JSONResponse(self._message(), headers=_HEADERS)

    async def _aim_stream(self, request: Request) -> Response:
        return StreamingResponse(self._told(), media_type="text/event-stream", headers={**_HEADERS})

    async def _told(self) -> AsyncIterator[str]:
        """Server-sent events `aim`: at each change, and once a second as a sign of life."""
        last, sent_s = "", 0.0
        yield "retry: 1000\n\n"
        while not self._closing:
            told = json.dumps(await asyncio.to_thread(self._message), allow_nan=False)
            if told != last or time.monotonic() - sent_s > _HEARTBEAT_S:
                last, sent_s = told, time.monotonic()
                yield f"event: aim\ndata: {told}\n\n"
            await asyncio.sleep(_TELL_EVERY_S)
        yield "event: closed\ndata: {}\n\n"

    def _message(self) -> dict[str, object]:
        session = self._session
        run, choices = session.run, session.choices
        step = run.step
        ready_s, left_s = run.left_s(session.t_s)
        return {
            "now": [_words(finding) for finding in session.now],
            "step": None
            if step is None
            else {
                "key": step.key.value,
                "title": step.title,
                "say": step.say,
                "number": run.at + 1,
                "count": len(STEPS),
                "runs": run.runs,
                "ready_s": round(ready_s, 1),
                "left_s": round(left_s, 1),
                "lasts_s": step.lasts_s,
            },
            "at": run.at,
            "t_s": round(session.t_s, 1),
            "done": [_words(finding) for finding in session.steps],
            "side": choices.side or "auto",
            "side_now": session.side,
            "mount": session.mount,
            "mount_chosen": choices.mount is not None,
            "picture": choices.picture,
            "settings": choices.settings,
            "heard": choices.heard,
            "found_settings": session.found_settings,
            "verdict": session.verdict.value,
            "written": [
                path.lstrip("/") for path, (name, _) in _FILES.items() if self._desk.written(name)
            ],
            "problem": self._problem,
        }


def _words(finding: AimFinding) -> dict[str, str]:
    return {
        "key": finding.key,
        "label": finding.label,
        "verdict": finding.verdict.value,
        "found": finding.found,
        "need": finding.need,
        "to_do": finding.to_do,
    }


def _own_address() -> str:
    """The address by which others on the vehicle's network reach this machine; its name where that is not told."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: only asks which way it would go
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
