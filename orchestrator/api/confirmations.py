"""Double opt-in: a link shows a button, and pressing it confirms. It works once, and for seven days."""

from __future__ import annotations

from dataclasses import replace

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
    if not _is_open(house, asked):
        return _over(house, asked)
    _grant(house, asked, request)
    return _page(house, asked, done=True)


def _asked(house: House, token: str) -> Confirmation | None:
    id_ = links.subject_of(token, house.secrets, links.CONFIRMATION)
    return house.app.desk.confirmation(id_) if id_ else None


def _is_open(house: House, asked: Confirmation) -> bool:
    return asked.confirmed_at is None and house.app.clock() - asked.asked_at < LASTS


def _grant(house: House, asked: Confirmation, request: Request) -> None:
    """First the grants, then the mark that the link is used: what breaks off in between is asked for once more."""
    said, now = _words(house, asked), house.app.clock()
    shown = pages.evidence(request, said, "confirmation", _what(house, asked, said))
    together = _together(house, asked)
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


def _together(house: House, asked: Confirmation) -> list[Confirmation]:
    """All that the link confirms: what was asked at the same address at the same time."""
    return [one for one in house.app.desk.asked_with(asked) if one.confirmed_at is None]


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
