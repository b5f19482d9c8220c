"""Sample people and moments, made from what a workspace declares: what a preview shows without anybody's data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator import civil
from orchestrator.blueprint import Campaign, Workspace
from orchestrator.material import listens_to
from orchestrator.model import Moment

PERSON = "sample"
_NAMED: Mapping[str, Any] = {
    "first_name": "Maria",
    "given_name": "Maria",
    "last_name": "Costa",
    "family_name": "Costa",
    "name": "Maria Costa",
}


def profile(campaign: Campaign, workspace: Workspace) -> dict[str, Any]:
    """A person whom the campaign may address, as a profile line has it."""
    names = sorted(campaign.markets) if campaign.markets else sorted(workspace.markets)
    market = workspace.markets[next(name for name in names if name in workspace.markets)]
    return {
        "id": PERSON,
        "market": market.name,
        "locale": market.locales[0] if market.locales else workspace.locale,
        "timezone": market.timezones[0] if market.timezones else "UTC",
        "email": "sample@example.com",
        "phone": "+12025550123",
        "whatsapp": "+12025550123",
        "push": ["sample-device"],
        "attributes": {name: value(name, declared.type) for name, declared in workspace.attributes.items()},
    }


def consents(person: str, workspace: Workspace, channels: Iterable[str]) -> list[dict[str, str]]:
    """Consent to everything, as ledger lines have it."""
    return [
        {"profile": person, "channel": channel, "purpose": purpose, "state": "granted", "source": "sample"}
        for channel in channels
        for purpose in workspace.purposes
    ]


def moment(campaign: Campaign, workspace: Workspace, person: str, now: datetime) -> Moment:
    """A moment that the campaign listens to, with a value for everything that its type declares."""
    name = listens_to(campaign)
    declared = workspace.moments.get(name)
    fields = declared.data if declared else {}
    data = {key: value(key, field.type, now) for key, field in fields.items()}
    return Moment(f"sample:{name}", name, person, now, data)


def value(name: str, type_: str, now: datetime | None = None) -> Any:
    """A likely value of a type; names that everybody uses get what everybody expects."""
    later = (now or datetime(2026, 3, 2, 9, tzinfo=UTC)) + timedelta(days=2)
    by_type: Mapping[str, Any] = {
        "string": _NAMED.get(name, name.replace("_", " ").title()),
        "integer": 2,
        "number": 4.5,
        "boolean": True,
        "money": 1234.5,
        "date": later.date().isoformat(),
        "datetime": civil.rfc3339(later),
        "geo": {"lat": 52.52, "lon": 13.4},
        "list": ["one", "two", "three"],
        "object": {},
    }
    return by_type[type_]
