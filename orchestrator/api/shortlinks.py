"""Short links: they lead where the message had it, and nowhere else; each time somebody follows one is on record.

What is asked for chooses among addresses that are on record, and never becomes part of one. A link that is not ours is
refused before anything is looked up.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from orchestrator import links
from orchestrator.api import pages
from orchestrator.api.house import House, TheHouse
from orchestrator.api.recipients import brand_of
from orchestrator.decision import machines
from orchestrator.model import Receipt
from orchestrator.ports import Link

ONCE = timedelta(seconds=10)  # a link that is followed again so soon was followed once
MOST = 100  # reports of one message, beyond which no more clicks are kept

ANSWERS: dict[int | str, dict[str, Any]] = {
    302: {"description": "Where the link leads", "headers": {"Location": {"schema": {"type": "string"}}}},
    400: {**pages.ANSWERS["4XX"], "description": "The link is not ours"},
    404: {**pages.ANSWERS["4XX"], "description": "The link leads nowhere any more"},
    503: pages.ANSWERS[503],
}

AS_MADE = Path(json_schema_extra={"pattern": f"^{links.SHORT_ID.pattern}$"})  # anything else is refused by ourselves

router = APIRouter()


@router.head("/l/{link:path}", include_in_schema=False)
@router.get("/l/{link:path}", summary="Follow a short link", status_code=302, responses=ANSWERS)
def follow(link: Annotated[str, AS_MADE], request: Request, house: TheHouse) -> Response:
    """To the address that stands in the message."""
    if not links.SHORT_ID.fullmatch(link):
        return _refused(request, house, 400)
    found = house.app.records.link(link)
    if found is None:
        return _refused(request, house, 404)
    if not links.is_short(link, found.message, found.url, house.secrets) or not links.destination(found.url):
        return _refused(request, house, 400)
    _report(house, found, request)
    return RedirectResponse(found.url, 302)


def _refused(request: Request, house: House, status: int) -> HTMLResponse:
    answer = pages.unknown(request, brand_of(house))
    answer.status_code = status
    return answer


def _report(house: House, link: Link, request: Request) -> None:
    """Keep that the link was followed, when, and whether by a machine; not from where, nor with what."""
    records, now = house.app.records, house.app.clock()
    record = records.message(link.message)
    if record is None or len(records.receipts(link.message)) >= MOST:
        return
    headers = dict(request.headers)
    machine = machines.sign(headers.get("user-agent", ""), method=request.method, headers=headers)
    if not machine and machines.is_early(now, record.handed_over):
        machine = "early"
    turn = int(now.timestamp() // ONCE.total_seconds())
    key = f"click:{link.id}:{machine or 'person'}:{turn}"
    house.app.feedback.receive([Receipt("clicked", now, key, message=link.message, link=link.id, machine=machine)])
