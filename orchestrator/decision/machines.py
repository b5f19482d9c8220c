"""Who opened a message or followed its link: a person as far as anybody can tell, or a machine, and by which sign.

    head          it only asked what is there                    prefetch    a browser or a mail program looks ahead
    scanner       a program that says what it is, or nothing     proxy       a mail service fetches for all its users
    early         no person has the message yet                  burst       several links of a message at once

A sign is never sure; what bears none may have been a person, and is counted as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from orchestrator.model import Receipt
from orchestrator.ports import BURST

EARLY = timedelta(seconds=2)  # after the hand-over: before that, no phone has rung and nobody has read a line
REACTIONS = frozenset({"opened", "clicked"})

_AHEAD = ("purpose", "sec-purpose", "x-purpose", "x-moz")
_PROXY = re.compile(r"googleimageproxy|yahoomailproxy|duckduckgo.*proxy|^mozilla/5\.0$", re.IGNORECASE)
_SCANNER = re.compile(
    r"bot\b|bot/|crawl|spider|scan|preview|headless|phantom|fetch|monitor|barracuda|proofpoint|mimecast|safelinks|ironport|"
    r"trendmicro|symantec|fireeye|cloudmark|facebookexternalhit|whatsapp/|slack|telegram|skype|discord|embedly|"
    r"^(curl|wget|python|go-http|java|okhttp|apache-http|libwww|ruby|php|node|axios|got|httpx|undici)",
    re.IGNORECASE,
)
_AGENT = re.compile(r"user_?-?agent", re.IGNORECASE)


def sign(agent: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> str:
    """The sign in a request by which it is a machine's; empty where there is none.

    Args:
        agent: what the program calls itself.
        headers: those of the request, names in lower case.
    """
    if method == "HEAD":
        return "head"
    if any(re.search("prefetch|preview", (headers or {}).get(name, "")) for name in _AHEAD):
        return "prefetch"
    if _PROXY.search(agent.strip()):
        return "proxy"
    return "scanner" if not agent.strip() or _SCANNER.search(agent) else ""


def is_early(at: datetime, handed_over: datetime | None) -> bool:
    """Whether somebody reacted before a person can have had the message."""
    return handed_over is None or at < handed_over + EARLY


def told_apart(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Providers' reports, with the sign of a machine in those of opening and clicking, where the report has one."""
    return [replace(one, machine=_reported(one.raw)) if one.kind in REACTIONS else one for one in receipts]


def _reported(raw: Mapping[str, Any]) -> str:
    if raw.get("sg_machine_open") is True:
        return "proxy"
    parts = (raw, *(part for part in raw.values() if isinstance(part, Mapping)))
    agents = [text for part in parts for name, text in part.items() if _AGENT.fullmatch(name) and isinstance(text, str)]
    return sign(agents[0]) if agents else ""


def judged(receipts: Sequence[Receipt]) -> list[Receipt]:
    """The reports about one message, with what they tell of each other: links that were followed all at once."""
    clicks = [one for one in receipts if one.kind == "clicked" and one.link]

    def is_burst(one: Receipt) -> bool:
        return any(other.link != one.link and abs(other.at - one.at) <= BURST for other in clicks)

    return [
        replace(one, machine=one.machine or "burst") if one in clicks and is_burst(one) else one for one in receipts
    ]
