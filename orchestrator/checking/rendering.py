"""A message as a sample person would get it, with the very renderer that makes it for everybody else."""

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


def render(subject: Subject, message: Message, market: Market, locale: str, case: Case) -> Content:
    """The content of a message in a case.

    Raises:
        ContentRefused: there is none.
    """
    promotional = subject.workspace.purposes[message.campaign.purpose].promotional
    return subject.renderer.render(
        message.campaign.template,
        message.channel,
        market,
        locale,
        locale,
        ZoneInfo(market.timezones[0] if market.timezones else "UTC"),
        _values(subject.workspace, message, market, locale, case),
        marketing=promotional,
    )


def _values(workspace: Workspace, message: Message, market: Market, locale: str, case: Case) -> dict[str, Any]:
    """What a template sees of a case."""
    campaign = message.campaign
    promotional = workspace.purposes[campaign.purpose].promotional
    moment = {"id": PERSON, "name": campaign.moment.on or f"schedule:{campaign.name}", "at": NOW}
    return {
        "profile": {**case.below("profile"), "id": PERSON, "market": market.name, "locale": locale},
        "moment": {**moment, "data": case.below("moment", "data")},
        "market": {
            "name": market.name,
            "currency": market.currency,
            "terms": market.terms,
            "territory": market.territory,
            "locales": list(market.locales),
        },
        "campaign": {"name": campaign.name, "purpose": campaign.purpose},
        "sender": workspace.sender.values(),
        "links": links.of(
            workspace.links_base,
            b"-",
            PERSON,
            promotional=promotional,
            confirms=PERSON if campaign.moment.on == PENDING else None,
        ),
        "now": NOW,
    }
