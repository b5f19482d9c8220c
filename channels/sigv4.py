"""Amazon's signature, version 4, over a request that is known whole.

    signature = HMAC(HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request"), string to sign)

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qsl, quote, urlsplit

from channels.base import Call

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, for which service where."""

    key_id: str
    secret: str = field(repr=False)
    region: str
    service: str
    token: str | None = field(default=None, repr=False)  # of credentials that last for a while only

    def signed(self, call: Call, now: datetime) -> Call:
        """The call with the headers that prove who makes it, at this instant in UTC."""
        stamp = f"{now:%Y%m%dT%H%M%SZ}"
        headers = {"x-amz-date": stamp} | ({"x-amz-security-token": self.token} if self.token else {})
        covered = {"host": urlsplit(call.url).netloc, **call.headers, **headers}
        names = ";".join(sorted(covered))
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        request = sha256(_canonical(call, covered, names).encode()).hexdigest()
        signature = hmac.new(
            self._key(stamp[:8]), f"{ALGORITHM}\n{stamp}\n{scope}\n{request}".encode(), sha256
        ).hexdigest()
        proof = f"{ALGORITHM} Credential={self.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        return replace(call, secret={**call.secret, **headers, "authorization": proof})

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.secret}".encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.new(key, part.encode(), sha256).digest()
        return key


def _canonical(call: Call, headers: Mapping[str, str], names: str) -> str:
    """The request in the one form that both sides sign."""
    parts = urlsplit(call.url)
    query = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in _pairs(parts.query))
    return "\n".join(
        (
            call.method,
            quote(parts.path or "/", safe="/-_.~%"),
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{name}:{' '.join(headers[name].split())}" for name in sorted(headers)),
            "",
            names,
            sha256(call.body).hexdigest(),
        )
    )


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)
