"""What services read: messages on record, each with its reason."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel

from orchestrator import wire
from orchestrator.api.guard import service_router
from orchestrator.api.house import TheHouse
from orchestrator.api.problems import Fault, Problem, told
from orchestrator.api.shapes import Text
from orchestrator.ports import State

MOST = 200  # messages of one page
LONG = ("trace", "content")  # parts that only a single message is told with

router = service_router("messages:read", writes=False)


class Page(BaseModel):
    """Messages, the newest decision first; `next` leads to the page behind this one, null on the last."""

    messages: list[dict[str, Any]]
    next: str | None


@router.get("/messages", summary="List messages", responses={404: told("There is no page behind this cursor")})
def list_(
    house: TheHouse,
    state: Annotated[list[State] | None, Query(description="Only in these states.")] = None,
    profile: Annotated[Text | None, Query(description="Only to this person.")] = None,
    campaign: Annotated[Text | None, Query(description="Only of this campaign.")] = None,
    cursor: Annotated[Text | None, Query(description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Page:
    """Messages on record, sent or not, without content and trace."""
    records = house.app.records
    if cursor is not None and records.message(cursor) is None:
        fault = Fault("Expected the `next` of a page; this is none.", parameter="cursor")
        raise Problem("not_found", "There is no page behind this cursor.", [fault])
    found = records.messages(states=state, profile=profile, campaign=campaign, after=cursor or "", limit=limit + 1)
    page = [{key: part for key, part in wire.recorded(one).items() if key not in LONG} for one in found[:limit]]
    return Page(messages=page, next=page[-1]["id"] if len(found) > limit else None)


@router.get("/messages/{id}", summary="Show one message", responses={404: told("There is no such message on record")})
def show(id: Annotated[Text, Path()], house: TheHouse) -> dict[str, Any]:
    """One message with its content, its trace (why, or why not), the attempts to hand it over, and what came back."""
    records = house.app.records
    found = records.message(id)
    if found is None:
        raise Problem("not_found", "There is no message with this id on record.")
    return wire.told(found, records.attempts(id), records.receipts(id))
