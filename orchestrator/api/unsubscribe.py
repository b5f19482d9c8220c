"""The way out with one click (RFC 8058): POST withdraws, whoever may look at the link before that changes nothing.

A withdrawal is about the purpose and the channel of the message that the link came with, for the person and the address.
The request's body does not matter: whoever has the link and posts to it wants out.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from orchestrator import audit
from orchestrator.api import labels, pages
from orchestrator.api.house import House, TheHouse
from orchestrator.api.recipients import Recipient, brand_of, recipient_of
from orchestrator.decision.consent import concerning, latest
from orchestrator.model import Consent
from orchestrator.words import Words

SOURCE = "one-click"

router = APIRouter(default_response_class=HTMLResponse, responses=pages.ANSWERS)


@router.head("/u/{token}", include_in_schema=False)
@router.get("/u/{token}", summary="Ask whether to unsubscribe")
def ask(token: str, request: Request, house: TheHouse) -> HTMLResponse:
    """A page with a button."""
    recipient = _recipient(house, token)
    return _page(house, token, recipient, done=False) if recipient else pages.unknown(request, brand_of(house))


@router.post("/u/{token}", summary="Unsubscribe")
def withdraw(token: str, request: Request, house: TheHouse) -> HTMLResponse:
    """Withdraw consent, at once; again changes nothing more."""
    recipient = _recipient(house, token)
    if recipient is None:
        return pages.unknown(request, brand_of(house))
    _withdraw(house, recipient, request)
    return _page(house, token, recipient, done=True)


def _recipient(house: House, token: str) -> Recipient | None:
    """The person, if the message was of a kind that can be refused."""
    recipient = recipient_of(house, token)
    if recipient is None or recipient.record.channel is None:
        return None
    purpose = house.app.material.workspace.purposes.get(recipient.record.purpose)
    return recipient if purpose is None or purpose.promotional else None


def _withdraw(house: House, recipient: Recipient, request: Request) -> None:
    record, now = recipient.record, house.app.clock()
    channel = record.channel or ""
    held = recipient.profile.addresses.get(channel, ())
    entry = latest(concerning(recipient.facts.consents, record.profile, channel, record.purpose, held))
    if entry is not None and entry.state == "withdrawn":
        return
    said = recipient.words
    shown = pages.evidence(request, said, "unsubscribe", _what(recipient, said))
    address = next(iter(record.addresses), None)
    withdrawn = Consent(
        record.profile, channel, record.purpose, "withdrawn", now, now, SOURCE, address, {**shown, "message": record.id}
    )
    house.app.records.record_consents([withdrawn])
    chosen = {f"{channel}/{record.purpose}": "withdrawn"}
    audit.note(house.app, audit.PERSON, "consents.chosen", people=[record.profile], **chosen)


def _page(house: House, token: str, recipient: Recipient, *, done: bool) -> HTMLResponse:
    said = recipient.words
    return pages.page("unsubscribe", said, brand_of(house), token=token, what=_what(recipient, said), done=done)


def _what(recipient: Recipient, said: Words) -> str:
    return labels.what(recipient.record.purpose, recipient.record.channel or "", said)
