"""HTTP/1.1 as bytes, without any network: a call as it is written, an answer as it is read.

What goes out is written strictly: an address or a header that is not wholly what it should be is refused, so that nothing
in it can begin a header or a request of its own. What comes in is read by llhttp, as strictly: an answer whose end could be
taken for two different places is none. Two slips that old servers make, and that leave its end where it is, are forgiven.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from channels.base import Call

AGENT = {"user-agent": "kairos-orchestrator"}
LONGEST_HEAD = 1 << 16  # bytes of headers, interim answers included
_DEFAULTS = {**AGENT, "accept-encoding": "identity"}
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})  # methods that need not say that they have no body
_LENGTHS = frozenset({"content-length", "transfer-encoding"})  # headers that say where a body ends
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_IN_PATH = r"a-z0-9._~%!$&'()*+,;=:@/-"
_URL = re.compile(
    r"(?P<scheme>https?)://(?:(?P<name>[a-z0-9._-]+)|\[(?P<number>[0-9a-f:.]+)\])(?::(?P<port>[0-9]{1,5}))?"
    rf"(?P<path>/[{_IN_PATH}]*)?(?P<query>\?[?{_IN_PATH}]*)?(?:#[?{_IN_PATH}]*)?",
    re.IGNORECASE | re.ASCII,
)


class Origin(NamedTuple):
    """Whom a connection leads to."""

    secure: bool
    host: str
    port: int


class _Location(NamedTuple):
    origin: Origin
    authority: str
    target: str


def written(call: Call) -> tuple[Origin, bytes]:
    """Whom a call is for, and the head of the request as it goes over the wire; the body follows it as it is.

    Raises:
        ValueError: the method, the address or a header cannot stand in a request.
    """
    origin, authority, target = _located(call.url)
    headers = {"host": authority, **_DEFAULTS}
    for given in (call.headers, call.secret):
        for name, value in given.items():
            if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
                raise ValueError("a header that cannot be sent")
            headers[name.lower()] = value
    if "transfer-encoding" in headers or not _TOKEN.fullmatch(call.method):
        raise ValueError("a request whose end could not be told")
    if call.body or call.method not in _BODILESS:
        headers["content-length"] = str(len(call.body))
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    head = f"{call.method} {target} HTTP/1.1\r\n{''.join(lines)}\r\n"
    return origin, head.encode("latin-1")


@lru_cache(maxsize=256)
def _located(url: str) -> _Location:
    """A name beyond ASCII must be in its ASCII form (xn--); an address with a user's name in it is refused."""
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError("not an address that can be called")
    secure, host = found["scheme"].lower() == "https", (found["name"] or found["number"]).lower()
    usual = 443 if secure else 80
    port = int(found["port"] or usual)
    if port > 65535:
        raise ValueError("no such port")
    named = f"[{host}]" if found["number"] else host
    target = (found["path"] or "/") + (found["query"] or "")
    return _Location(Origin(secure, host, port), named if port == usual else f"{named}:{port}", target)


class Reading:
    """An answer as it comes in, piece by piece, until it `is_over`. Interim answers (1xx) are passed over.

    Of the body no more than `most` bytes are kept. `keeps` tells whether the connection may carry another call: the answer
    has ended where it should, and nothing stands behind it.
    """

    __slots__ = ("_body", "_has_body", "_most", "_parser", "_received", "headers", "is_over", "keeps", "status")

    def __init__(self, most: int, *, has_body: bool = True) -> None:
        self.status = 0  # until the head is complete
        self.headers: dict[str, str] = {}
        self.is_over = self.keeps = False
        self._body = bytearray()
        self._most, self._has_body = most, has_body
        self._received = 0
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True)

    @property
    def body(self) -> bytes:
        """What is kept of it."""
        return bytes(self._body)

    def feed(self, piece: bytes) -> None:
        """Read on; an empty piece is the end of the connection.

        Raises:
            ValueError: this is no answer, or it broke off, or its head has no end.
        """
        if piece:
            self._read(piece)
        else:
            self._end()
        if self.is_over:
            del self._parser  # which holds us, as we hold it

    def break_off(self, fault: Exception) -> None:
        """No more will come. It counts as no body, if the status has been heard.

        Raises:
            Exception: the fault, where not even that has come.
        """
        if not self.status:
            raise fault
        self._body.clear()
        self.is_over = True

    def _read(self, piece: bytes) -> None:
        self._received += len(piece)
        try:
            self._parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade):
            self.keeps = False  # if it is over: something stands behind it
            if not self.is_over:
                raise ValueError("not an answer of HTTP/1.1") from None
        if not self.status and self._received > LONGEST_HEAD:
            raise ValueError("headers without end")
        if len(self._body) > self._most or self._received > LONGEST_HEAD + 2 * self._most:
            del self._body[self._most :]
            self.is_over = True

    def _end(self) -> None:
        if not self.status or self.headers.keys() & _LENGTHS:
            raise ValueError("the connection ended before the answer")
        self.is_over = True

    def on_message_begin(self) -> None:
        """Take no second answer to one call."""
        if self.is_over:
            raise ValueError("more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, the values of a repeated one in a row; those behind the body count for nothing."""
        if not self.status:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        """Note what was answered."""
        self.status = self._parser.get_status_code()
        self.is_over = self.status >= 200 and not self._has_body

    def on_body(self, piece: bytes) -> None:
        """Keep a piece."""
        if self._has_body:
            self._body += piece

    def on_message_complete(self) -> None:
        """End, or go on to the answer that an interim one announced."""
        if self.status < 200:
            self.status, self.headers = 0, {}
        else:
            self.is_over = True
            self.keeps = self._parser.get_http_version() == "1.1" and self._parser.should_keep_alive()
