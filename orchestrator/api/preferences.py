"""A person's own page: what to hear about and where, in which language, and whether to be left in peace for a while.

GET shows it, POST changes what was changed on it. The link is the key: it came to the person with a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any
from urllib.parse import parse_qs

from babel.dates import format_date
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from orchestrator import audit, civil
from orchestrator.api import labels, pages
from orchestrator.api.choices import Choice, flipped, is_same, offered
from orchestrator.api.guard import BoundedRequest
from orchestrator.api.house import House, TheHouse
from orchestrator.api.recipients import Recipient, brand_of, recipient_of
from orchestrator.content import locales
from orchestrator.decision.consent import EVERY
from orchestrator.decision.timing import pause_of
from orchestrator.model import PAUSE, Consent, ConsentState
from orchestrator.ports import ProfileUpdate
from orchestrator.words import Words

SOURCE = "preferences"
BREAKS: Mapping[int, str] = {7: "One week", 30: "One month", 90: "Three months"}  # days
MOST_FIELDS = 1000

Form = Mapping[str, Sequence[str]]
Row = tuple[Choice, str]

router = APIRouter(default_response_class=HTMLResponse, responses=pages.ANSWERS)


@router.head("/p/{token}", include_in_schema=False)
@router.get("/p/{token}", summary="Show preferences")
def show(token: str, request: Request, house: TheHouse) -> HTMLResponse:
    """The page, as things stand."""
    recipient = recipient_of(house, token)
    return _page(house, recipient) if recipient else pages.unknown(request, brand_of(house))


@router.post("/p/{token}", summary="Change preferences")
async def change(token: str, request: Request, house: TheHouse) -> HTMLResponse:
    """Take over what the person has changed, and show the page again."""
    body = await BoundedRequest(request.scope, request.receive).body()
    return await run_in_threadpool(_change, house, token, request, _form(body))


def _form(body: bytes) -> Form:
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}


def _change(house: House, token: str, request: Request, form: Form) -> HTMLResponse:
    recipient = recipient_of(house, token)
    if recipient is None:
        return pages.unknown(request, brand_of(house))
    if "stop" in form.get("do", ()):
        _stop(house, recipient, request)
    else:
        _save(house, recipient, request, form)
    return _page(house, recipient_of(house, token) or recipient, saved=True)


def _stop(house: House, recipient: Recipient, request: Request) -> None:
    """Withdraw everything that can be withdrawn, on every channel that there is or will be."""
    entry = _entry(house, recipient, request, "withdrawn", Choice(EVERY, EVERY, "", "on"), "stop")
    _record(house, [entry])


def _record(house: House, entries: Sequence[Consent]) -> None:
    house.app.consents.record(entries)
    chosen = {f"{entry.channel}/{entry.purpose}": entry.state for entry in entries}
    audit.note(house.app, audit.PERSON, "consents.chosen", people=(entry.profile for entry in entries), **chosen)


def _save(house: House, recipient: Recipient, request: Request, form: Form) -> None:
    choices = offered(recipient.facts, house.app.material.workspace)
    turned = flipped(choices, *(form.get(name, ()) for name in ("shown", "was", "wanted")))
    states = {choice: _state(choice, recipient, choice.name in form.get("wanted", ())) for choice in turned}
    if states:
        entries = [_entry(house, recipient, request, state, choice, choice.name) for choice, state in states.items()]
        _record(house, entries)
    if fields := {**_language(house, recipient, form), **_pause(house, recipient, form)}:
        house.app.records.update_profiles([ProfileUpdate(recipient.profile.id, house.app.clock(), fields)])


def _state(choice: Choice, recipient: Recipient, wanted: bool) -> ConsentState:
    """A grant counts at once, unless it has to be confirmed at an address other than that the link was sent to."""
    if not wanted:
        return "withdrawn"
    if choice.basis != "double-opt-in":
        return "granted"
    record = recipient.record
    best = recipient.profile.addresses[choice.channel][0]
    came_here = record.channel == choice.channel and any(is_same(choice.channel, to, best) for to in record.addresses)
    return "granted" if came_here else "pending"


def _entry(
    house: House, recipient: Recipient, request: Request, state: ConsentState, choice: Choice, switch: str
) -> Consent:
    said, now, channel = recipient.words, house.app.clock(), choice.channel
    shown = f"{said.say('Choose what you want to hear about, and where.')}\n{_what(house, recipient, choice)}"
    proof = {**pages.evidence(request, said, f"preferences/{switch}", shown), "message": recipient.record.id}
    address = next(iter(recipient.profile.addresses.get(channel, ())), None)
    return Consent(recipient.profile.id, channel, choice.subject, state, now, now, SOURCE, address, proof)


def _what(house: House, recipient: Recipient, choice: Choice) -> str:
    """What a switch is about, as the page says it."""
    if choice.topic:
        return _topic(house, recipient, choice)
    what = labels.what(choice.purpose, choice.channel, recipient.words)
    return f"{what} · {labels.nights(recipient.market, recipient.words)}" if choice.night else what


def _topic(house: House, recipient: Recipient, choice: Choice) -> str:
    """What a topic is called, in the person's language where the workspace has it."""
    workspace = house.app.material.workspace
    label = workspace.topics.get(choice.topic) or {workspace.locale: labels.readable(choice.topic)}
    return label[recipient.speaks(workspace, tuple(label))]


def _language(house: House, recipient: Recipient, form: Form) -> dict[str, Any]:
    """Another language, if another is chosen: the same one leaves the person's own locale, and its country, alone."""
    material = house.app.material
    chosen = next(iter(form.get("language", ())), "")
    known = chosen in material.renderer.locales
    now = recipient.speaks(material.workspace, material.renderer.locales)
    return {"locale": chosen} if known and chosen != now else {}


def _pause(house: House, recipient: Recipient, form: Form) -> dict[str, Any]:
    chosen = next(iter(form.get("pause", ())), "keep")
    preferences = recipient.profile.preferences
    if chosen == "0" and PAUSE in preferences:
        return {"preferences": {**preferences, PAUSE: None}}
    if chosen in map(str, BREAKS):
        until = house.app.clock() + timedelta(days=int(chosen))
        return {"preferences": {**preferences, PAUSE: civil.rfc3339(until)}}
    return {}


def _page(house: House, recipient: Recipient, *, saved: bool = False) -> HTMLResponse:
    material, said = house.app.material, recipient.words
    choices = offered(recipient.facts, material.workspace)
    return pages.page(
        "preferences",
        said,
        brand_of(house),
        saved=saved,
        purposes=[
            (labels.purpose(purpose, said), *_rows(house, recipient, list(group)))
            for purpose, group in groupby(choices, key=lambda choice: choice.purpose)
        ],
        nights=labels.nights(recipient.market, said),
        languages=labels.languages(material.renderer.locales),
        speaks=recipient.speaks(material.workspace, material.renderer.locales),
        paused=_until(house, recipient, said),
        breaks=[(days, said.say(name)) for days, name in BREAKS.items()],
    )


def _rows(
    house: House, recipient: Recipient, choices: Sequence[Choice]
) -> tuple[Sequence[Row], Sequence[Row], Sequence[Row]]:
    """The switches of one purpose with what each is called: its channels, those at night, and its topics."""
    by_channel = [(one, labels.channel(one.channel, recipient.words)) for one in choices if not one.topic]
    topics = [(one, _topic(house, recipient, one)) for one in choices if one.topic]
    return [row for row in by_channel if not row[0].night], [row for row in by_channel if row[0].night], topics


def _until(house: House, recipient: Recipient, said: Words) -> str | None:
    """The last day of a break that is still going on, as the person reads dates."""
    pause = pause_of(recipient.profile)
    until = pause.until if pause else None
    if until is None or until <= house.app.clock():
        return None
    zone = civil.zone(recipient.profile.timezone)
    territory = recipient.market.territory if recipient.market else None
    conventions = locales.formatting(said.locale, recipient.profile.locale, territory)
    return str(format_date(until.astimezone(zone) if zone else until, "long", locale=conventions))
