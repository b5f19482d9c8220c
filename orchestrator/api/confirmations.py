"""Double opt-in: a link shows a button, and pressing it confirms. It works once, and for seven days.

Whoever presses it twice in a row sees the same page twice, and one grant is on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from orchestrator import audit, links
from orchestrator.api import labels, pages
from orchestrator.api.house import House, TheHouse
from orchestrator.api.recipients import brand_of
from orchestrator.consents import LASTS
from orchestrator.model import Consent
from orchestrator.ports import Confirmation
from orchestrator.words import Words, words

SOURCE = "double-opt-in"
AT_ONCE = timedelta(minutes=1)
"""Within this of the first, another press of the button is the same one. So long at most may a press be at work, too."""

router = APIRouter(default_response_class=HTMLResponse, responses=pages.ANSWERS)


@router.head("/c/{token}", include_in_schema=False)
@router.get("/c/{token}", summary="Ask whether to confirm")
def ask(token: str, request: Request, house: TheHouse) -> HTMLResponse:
    """A page with a button."""
    asked = _asked(house, token)
    if asked is None:
        return pages.unknown(request, brand_of(house))
    return _page(house, asked, done=False) if _is_open(house, asked) else _over(house, asked)


@router.post("/c/{token}", summary="Confirm")
def confirm(token: str, request: Request, house: TheHouse) -> HTMLResponse:
    """Grant what was pending, with the evidence of who has confirmed it."""
    asked = _asked(house, token)
    if asked is None:
        return pages.unknown(request, brand_of(house))
    if _is_open(house, asked):
        _grant_once(house, asked, request)
    elif not _was_just_confirmed(house, asked):
        return _over(house, asked)
    return _page(house, asked, done=True)


def _asked(house: House, token: str) -> Confirmation | None:
    id_ = links.subject_of(token, house.secrets, links.CONFIRMATION)
    return house.app.desk.confirmation(id_) if id_ else None


def _is_open(house: House, asked: Confirmation) -> bool:
    return asked.confirmed_at is None and house.app.clock() - asked.asked_at < LASTS


def _was_just_confirmed(house: House, asked: Confirmation) -> bool:
    return asked.confirmed_at is not None and house.app.clock() - asked.confirmed_at < AT_ONCE


def _grant_once(house: House, asked: Confirmation, request: Request) -> None:
    """Grant, unless another press of the button is about to, or has done so since this one began."""
    desk = house.app.desk
    first = min(one.id for one in [asked, *desk.asked_with(asked)])
    if desk.begin(SOURCE, first, first, now=house.app.clock(), lease=AT_ONCE) is not None:
        return
    try:
        if together := [one for one in desk.asked_with(asked) if one.confirmed_at is None]:
            _grant(house, asked, together, request)
    finally:
        desk.abandon(SOURCE, first)


def _grant(house: House, asked: Confirmation, together: Sequence[Confirmation], request: Request) -> None:
    """First the grants, then the mark that the link is used: what breaks off in between is asked for once more.

    One link confirms all that was asked at the same address at the same time.
    """
    said, now = _words(house, asked), house.app.clock()
    shown = pages.evidence(request, said, "confirmation", _what(house, asked, said))
    granted = Consent(asked.profile, asked.channel, "", "granted", now, now, SOURCE, asked.address)
    house.app.records.record_consents(
        [
            replace(granted, purpose=purpose, evidence={**shown, "confirmation": id_})
            for purpose, id_ in {one.purpose: one.id for one in together}.items()
        ]
    )
    for one in together:
        house.app.desk.confirm(one.id, now=now)
    subjects = [one.id for one in together]
    audit.note(house.app, audit.PERSON, "consents.confirmed", people=[asked.profile], subjects=subjects)


def _page(house: House, asked: Confirmation, *, done: bool) -> HTMLResponse:
    said = _words(house, asked)
    return pages.page("confirmation", said, brand_of(house), what=_what(house, asked, said), done=done)


def _over(house: House, asked: Confirmation) -> HTMLResponse:
    said = _words(house, asked)
    reason = said.say("This link was used already, or it is too old.")
    return pages.page("gone", said, brand_of(house), status=410, reason=reason)


def _words(house: House, asked: Confirmation) -> Words:
    profile = house.app.records.profiles([asked.profile]).get(asked.profile)
    market = house.app.material.workspace.markets.get(profile.market or "") if profile else None
    return words(profile.locale if profile else None, market.locales if market else ())


def _what(house: House, asked: Confirmation, said: Words) -> str:
    purposes = dict.fromkeys(one.purpose for one in house.app.desk.asked_with(asked))
    return ", ".join(labels.what(purpose, asked.channel, said) for purpose in purposes)
