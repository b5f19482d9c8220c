"""What services report: entries of the consent ledger. One that is pending waits for the person's own confirmation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from fastapi import Body, Request
from pydantic import BaseModel

from orchestrator import audit, links, wire
from orchestrator.api import shapes
from orchestrator.api.faults import pointer
from orchestrator.api.guard import actor, service_router
from orchestrator.api.house import House, TheHouse
from orchestrator.api.problems import Fault, invalid
from orchestrator.api.shapes import OneOrMany, listed, place
from orchestrator.decision.consent import undeclared
from orchestrator.ports import Confirmation

router = service_router("consents:write")


class Asked(BaseModel):
    """Where the person confirms the entry at this place of the list."""

    index: int
    url: str


class Recorded(BaseModel):
    """How many entries were appended, and the links by which those that are pending can be confirmed."""

    recorded: int
    confirmations: list[Asked]


@router.post("/consents", status_code=201, summary="Append to the consent ledger")
def record(request: Request, body: Annotated[OneOrMany[shapes.Consent], Body()], house: TheHouse) -> Recorded:
    """Append one entry or up to a thousand, in order; where anything is wrong with any of them, none.

    A `pending` entry allows nothing yet. The person gets a message with a link, at the very address that is to be confirmed
    and once a day at most: it shows a button, works once, and expires after seven days. The same link is in the answer, for
    the person alone.
    """
    lines = listed(body)
    faults = [fault for index, line in enumerate(lines) for fault in _faults(house, line, place(body, index))]
    if faults:
        raise invalid(faults)
    now = house.app.clock()
    entries = [wire.consent(sent, at=wire.when(sent, now), recorded_at=now) for sent in (line.line() for line in lines)]
    asked = house.app.consents.record(entries)
    people = (entry.profile for entry in entries)
    audit.note(house.app, actor(request), "consents.recorded", people=people, entries=len(entries))
    return Recorded(recorded=len(entries), confirmations=_links(house, asked))


def _faults(house: House, line: shapes.Consent, at: Sequence[int]) -> Iterator[Fault]:
    """A purpose or a channel that the workspace does not have."""
    material = house.app.material
    told = undeclared(material.workspace, material.channels, purpose=line.purpose, channel=line.channel)
    for field, fault in told.items():
        yield Fault(fault, pointer(*at, field))


def _links(house: House, asked: Mapping[int, Confirmation]) -> list[Asked]:
    base, secret = house.app.material.workspace.links_base, house.app.settings.secret
    return [Asked(index=index, url=links.confirmation(base, secret, one.id)) for index, one in asked.items()]
