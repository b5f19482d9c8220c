"""What is told of each request: method, route, status and duration, to the log and to the counters; and nothing else.

No address, body, query, token or key is ever written down, not even of a request that went wrong: of an unforeseen
error the log gets its kind and its way through the code, and never its text, as that may quote anything.
"""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.api.metrics import METHODS, Metrics
from orchestrator.api.problems import Problem
from orchestrator.watch import events
from orchestrator.watch.events import tell
from orchestrator.watch.logs import way

UNMATCHED = "-"  # the route of requests that lead nowhere
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Sent with every answer that does not say otherwise: addresses hold tokens, and answers are for one reader."""


class Telemetry:
    """Wraps the service: sees every request, and has the last word if all else fails."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and tell."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            tell(events.WENT_AWAY)
        except Exception as error:
            tell(events.UNFORESEEN, error=type(error).__name__, way=" < ".join(way(error)))
            if not answer.status:
                await Problem("internal").response()(scope, receive, answer)
        self._tell(scope, answer)

    def _tell(self, scope: Scope, answer: _Answer) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = getattr(scope.get("route"), "path", None) or UNMATCHED
        self._metrics.answered(method, route, answer.status, answer.seconds)
        tell(events.REQUEST, method=method, route=route, status=answer.status, milliseconds=answer.seconds * 1000)


class _Answer:
    """What goes out, with the headers that every answer has; its status (0: none), and how long it took."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._began = time.perf_counter()
        self.status = 0
        self.seconds = 0.0

    async def __call__(self, message: Message) -> None:
        """Pass a part on. What is done after the last one keeps nobody waiting."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)
        self.seconds = time.perf_counter() - self._began
