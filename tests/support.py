"""What tests are told with: a small workspace as files, a timeline as lines, and the outcomes of its replay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from orchestrator import wire
from orchestrator.app import replay
from orchestrator.material import Material, prepare
from orchestrator.replay import read

KAIROS = """
locale: en
attributes:
  first_name: {type: string}
  stage: {type: string}
  tenure_days: {type: integer, fresh: 7d}
moments:
  ping: {data: {n: integer, text: string, amount: number}}
  bought: {data: {}}
"""
MARKETS = """
US: {locales: [en], currency: USD, timezone: UTC, channels: [email, sms, push, whatsapp],
     consent: {email: opt-out, sms: opt-out, push: opt-out, whatsapp: opt-out}, quiet_hours: none}
"""
NEWS = "campaign: news\npurpose: marketing\nmoment: {on: ping}\nchannel: [email]\ntactic: {template: hi}\n"
ORDER = "campaign: order\npurpose: transactional\nmoment: {on: bought}\nchannel: [email]\ntactic: {template: hi}\n"
HI = {
    "hi/email.html": "{% block subject %}Hello{% endblock %}{% block html %}<p>Hello</p>{% endblock %}",
    "hi/sms.txt": "{% block body %}Hello{% endblock %}",
    "hi/push.txt": "{% block title %}Hello{% endblock %}{% block body %}Hello{% endblock %}",
    "hi/whatsapp.txt": "{% block template %}hello{% endblock %}{% block body %}Hello{% endblock %}",
}


def workspace(
    *campaigns: str,
    kairos: str = KAIROS,
    markets: str = MARKETS,
    segments: str = "",
    templates: Mapping[str, str] = HI,
    locales: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """The files of a workspace: by default one marketing and one transactional campaign, by email."""
    files = {"kairos.yaml": kairos, "markets.yaml": markets, "segments.yaml": segments}
    for number, text in enumerate(campaigns or (NEWS, ORDER)):
        files[f"campaigns/c{number}.yaml"] = text
    files |= {f"templates/{path}": text for path, text in templates.items()}
    files |= {f"locales/{locale}/LC_MESSAGES/messages.po": text for locale, text in (locales or {}).items()}
    return {path: text.encode() for path, text in files.items()}


def material(files: Mapping[str, bytes] | None = None) -> Material:
    """A workspace made ready."""
    made, problems = prepare(files or workspace(), env={}, secret=b"test")
    assert made is not None, "\n".join(map(str, problems))
    return made


def person(id_: str = "a", at: str = "2026-03-02T00:00:00Z", **fields: Any) -> dict[str, Any]:
    """A timeline line: somebody in the US who can be reached everywhere."""
    profile = {"id": id_, "market": "US", "locale": "en-US", "timezone": "UTC", "email": f"{id_}@example.com"}
    profile |= {"phone": "+12025550123", "whatsapp": "+12025550123", "push": [f"device-{id_}"]}
    return {"at": at, "profile": profile | fields}


def moment(at: str, id_: str, name: str = "ping", profile: str = "a", **data: Any) -> dict[str, Any]:
    """A timeline line: something happens to somebody."""
    return {"at": at, "moment": {"id": id_, "name": name, "profile": profile, "data": data}}


def consent(
    at: str, state: str, channel: str = "email", profile: str = "a", purpose: str = "marketing", **more: Any
) -> dict[str, Any]:
    """A timeline line: an entry of the consent ledger."""
    entry = {"profile": profile, "channel": channel, "purpose": purpose, "state": state, "source": "test"}
    return {"at": at, "consent": entry | more}


def outcomes(
    files: Mapping[str, bytes] | Material, lines: Iterable[dict[str, Any]], *, faults: list[str] | None = None
) -> list[dict[str, Any]]:
    """The outcome lines of a timeline. A line that cannot be read fails the test, unless its `faults` are asked for."""
    told = [] if faults is None else faults
    run = replay(files if isinstance(files, Material) else material(files), told.append)
    found = [wire.outcome(draft) for draft in run.run(read(map(orjson.dumps, lines), told.append))]
    assert faults is not None or told == []
    return found


def told(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """Outcomes in short: "send", "drop caps.exceeded", "hold timing.window"."""
    return [" ".join(filter(None, (line["outcome"], line["reason"]))) for line in lines]
