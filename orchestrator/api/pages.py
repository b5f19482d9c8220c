"""Plain HTML for people: in their own language and direction, without a script, a cookie, or anything from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from orchestrator.api.problems import MEDIA_TYPE, told
from orchestrator.words import Words, words

STYLE = files("orchestrator.api").joinpath("templates/style.css").read_text()
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
LONGEST_USER_AGENT = 400  # characters that are kept as evidence

HTML = {"text/html": {"schema": {"type": "string"}}}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "A page", "content": HTML},
    "4XX": {
        "description": "The link is not ours, or no longer of use: always the same page",
        "content": {**HTML, MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
    503: told("A store is out of reach"),
}
"""What routes of pages answer."""

_ENVIRONMENT = Environment(
    loader=PackageLoader("orchestrator.api"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(name: str, said: Words, brand: str | None, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page of ours in these words."""
    html = _ENVIRONMENT.get_template(f"{name}.html").render(
        words=said, _=said.say, brand=brand, style=Markup(STYLE), **values
    )
    headers = {"content-security-policy": POLICY, "content-language": said.language}
    return HTMLResponse(html, status, headers)


def unknown(request: Request, brand: str | None) -> HTMLResponse:
    """The answer to any link that is not ours, whatever is wrong with it."""
    said = accepted(request)
    told = said.say("It may be incomplete. Open it once more from the message itself.")
    return page("gone", said, brand, status=404, reason=told)


def accepted(request: Request) -> Words:
    """The words that the browser asks for, where nothing is known of the person."""
    asked = [entry.partition(";")[0].strip() for entry in request.headers.get("accept-language", "").split(",")[:20]]
    return words(asked[0] if asked else None, asked[1:])


def evidence(request: Request, said: Words, wording: str, text: str) -> dict[str, Any]:
    """Who did it, from where, and which words were shown."""
    agent = "".join(char for char in request.headers.get("user-agent", "") if char.isprintable())
    return {
        "actor": "person",
        "ip": request.client.host if request.client else None,
        "user_agent": agent[:LONGEST_USER_AGENT],
        "wording": {"id": wording, "locale": said.locale, "hash": sha256(text.encode()).hexdigest()},
    }
