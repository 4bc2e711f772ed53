"""Who may see a page that is served beyond this machine: the first who comes with the token, and nobody after.

The token stands in the address, which a telephone reads from the terminal. It is good once; after that a cookie holds.
"""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_COOKIE = "vigil_page"


class TokenGate:
    """An ASGI middleware."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token: str | None = token
        self._pass = secrets.token_urlsafe(24)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._holds_pass(scope):
            await self._app(scope, receive, send)
            return
        answer: PlainTextResponse | RedirectResponse
        if self._spends_token(scope):
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(_COOKIE, self._pass, httponly=True, samesite="lax")
        else:
            answer = PlainTextResponse(
                "This page opens once, with the address that the terminal shows. Start vigil aim again for a new one.",
                status_code=403,
            )
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Referrer-Policy"] = "no-referrer"
        await answer(scope, receive, send)

    def _spends_token(self, scope: Scope) -> bool:
        if self._token is None or scope["path"] != "/" or scope["method"] != "GET":
            return False
        given = parse_qs(scope["query_string"].decode("ascii", "replace")).get("token", [""])[0]
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            return False
        self._token = None
        return True

    def _holds_pass(self, scope: Scope) -> bool:
        for name, value in scope["headers"]:
            if name != b"cookie":
                continue
            try:
                cookie = SimpleCookie(value.decode("latin-1")).get(_COOKIE)
            except CookieError:
                continue
            if cookie and secrets.compare_digest(cookie.value.encode(), self._pass.encode()):
                return True
        return False
