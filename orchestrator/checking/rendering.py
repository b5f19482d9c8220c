"""A message as a sample person would get it, with the very renderer that makes it for everybody else.

Its links are as long as those that are sent: the limits of channels are measured by it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator import links
from orchestrator.blueprint import Market, Workspace
from orchestrator.blueprint.notices import PENDING
from orchestrator.checking.cases import Case
from orchestrator.checking.subject import Message, Subject
from orchestrator.model import Content

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PERSON = "sample"
MESSAGE, CONFIRMATION = "0" * 32, "0" * 24
"""As long as the ids of messages and of confirmations are, of which links are made."""
SECRET = b"-"


def render(subject: Subject, message: Message, market: Market, locale: str, case: Case) -> Content:
    """The content of a message in a case.

    Raises:
        ContentRefused: there is none.
    """
    workspace = subject.workspace
    shorten = links.Shortener(workspace.links_base, SECRET, MESSAGE) if message.channel in workspace.tracked else None
    return subject.renderer.render(
        message.campaign.template,
        message.channel,
        market,
        locale,
        locale,
        ZoneInfo(market.timezones[0] if market.timezones else "UTC"),
        _values(workspace, message, market, locale, case),
        marketing=workspace.purposes[message.campaign.purpose].promotional,
        shorten=shorten,
    )


def _values(workspace: Workspace, message: Message, market: Market, locale: str, case: Case) -> dict[str, Any]:
    """What a template sees of a case."""
    campaign = message.campaign
    promotional = workspace.purposes[campaign.purpose].promotional
    moment = {"id": PERSON, "name": campaign.moment.on or f"schedule:{campaign.name}", "at": NOW}
    return {
        "profile": {**case.below("profile"), "id": PERSON, "market": market.name, "locale": locale},
        "moment": {**moment, "data": case.below("moment", "data")},
        "market": market.values,
        "campaign": {"name": campaign.name, "purpose": campaign.purpose},
        "sender": workspace.sender.values(),
        "links": links.of(
            workspace.links_base,
            SECRET,
            MESSAGE,
            promotional=promotional,
            confirms=CONFIRMATION if campaign.moment.on == PENDING else None,
        ),
        "now": NOW,
    }
