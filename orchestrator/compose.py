"""The one door. Preview, simulation, explanation, replay and sending all come through `compose`.

    asks + facts + material + now  ──►  drafts        pure: no IO, no clock, no chance

A batch of asks is answered in order. Asks about one person see the touches that earlier asks of the batch took,
so a batch decides as if its messages were decided one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from orchestrator import links
from orchestrator.blueprint import Campaign, Workspace, check_moment
from orchestrator.blueprint.notices import PENDING, moment_type
from orchestrator.content.costs import cost
from orchestrator.content.locales import canonical
from orchestrator.content.render import APPROVABLE, ContentRefused, LocaleChoice
from orchestrator.decision.case import Case, Passes, passed, refused
from orchestrator.decision.message_ids import message_id
from orchestrator.decision.reach import conversation
from orchestrator.decision.route import CHANNEL_GATES, Ruling, channels, decide
from orchestrator.decision.schedule import is_scheduled
from orchestrator.material import Material
from orchestrator.model import Content, Draft, Facts, Finding, Moment, Touch
from orchestrator.quick import quick

UNKNOWN = Facts(profile=None)
COMPLETE = Passes("content", "content.rendered", "The message is complete.")


@quick
@dataclass(frozen=True, slots=True)
class Ask:
    """One question: what becomes of this campaign's message for this moment?

    Asks of one `round` compete for the same touches: those of one moment, and those that fall due together. A message that is
    on record already, and asked about anew, keeps its `id`.
    """

    moment: Moment
    campaign: Campaign
    round: str = ""
    duplicate: bool = False
    paused: bool = False
    id: str = ""

    @property
    def message(self) -> str:
        """The message's id."""
        return self.id or message_id(self.moment, self.campaign.name)


Taken = dict[str, tuple[object, Touch]]
"""The touches that a batch has taken from one person so far, by their ids, each with the round that took it."""
NOTHING_TAKEN: Taken = {}
NONE = frozenset[str]()


def compose(
    asks: Sequence[Ask], facts: Mapping[str, Facts], material: Material, now: datetime, *, show: bool = False
) -> list[Draft]:
    """Answer each ask with a draft, in order.

    Args:
        asks: the questions; a batch of one is a batch.
        facts: what is known of each person (by profile id), recent touches included.
        material: the workspace, made ready.
        now: the instant of the decision, in UTC.
        show: render refused and held messages too, where that is possible (for preview).
    """
    taken: dict[str, Taken] = {}
    drafts = []
    for ask in asks:
        person = ask.moment.profile
        draft = _answer(ask, facts.get(person, UNKNOWN), taken.get(person, NOTHING_TAKEN), material, now, show)
        if draft.touch is not None:
            taken.setdefault(person, {})[draft.touch.id] = _round(ask), draft.touch
        drafts.append(draft)
    return drafts


def undeclared(moment: Moment, now: datetime) -> Draft:
    """The record of a moment that no type declares and no campaign knows: nothing is lost without a word."""
    detail = f"No moment {moment.name!r} is declared in kairos.yaml."
    return Draft(
        id=message_id(moment, ""), at=now, campaign=None, profile=moment.profile, moment=moment, outcome="drop",
        reason="moment.invalid", trace=(refused("moment", "moment.invalid", detail),),
    )  # fmt: skip


def _answer(ask: Ask, facts: Facts, taken: Taken, material: Material, now: datetime, show: bool) -> Draft:
    case = _case(ask, facts, taken, material, now)
    rendering = _Rendering(case, material)
    ruling = decide(case, (*CHANNEL_GATES, rendering.localized, rendering.rendered))
    content = rendering.content
    if show and content is None and facts.profile is not None:
        content = rendering.for_show(ruling.channel)
    return _draft(case, ruling, rendering, content)


def _case(ask: Ask, facts: Facts, taken: Taken, material: Material, now: datetime) -> Case:
    workspace, campaign, moment = material.workspace, ask.campaign, ask.moment
    id_ = ask.message
    touches = [*facts.touches, *(touch for _, touch in taken.values())] if taken else facts.touches
    templates = material.renders(campaign).channels(campaign.template)
    return Case(
        workspace=workspace,
        campaign=campaign,
        purpose=workspace.purposes[campaign.purpose],
        moment=moment,
        message=id_,
        facts=facts,
        now=now,
        duplicate=ask.duplicate,
        paused=ask.paused,
        templates=templates,
        approved=NONE if templates.isdisjoint(APPROVABLE) else material.approved(campaign, facts.profile),
        # a claim of this very message, made before a crash, is this message's own
        touches=tuple([touch for touch in touches if touch.id != id_]),
        rivals=_rivals(ask, taken) if taken else NONE,
        problems=_problems(workspace, moment),
    )


def _rivals(ask: Ask, taken: Taken) -> frozenset[str]:
    """The touches that other campaigns took in the same round."""
    this = _round(ask)
    return frozenset(
        touch.id for round_, touch in taken.values() if round_ == this and touch.campaign != ask.campaign.name
    )


def _round(ask: Ask) -> object:
    return ask.round or (ask.moment.at if is_scheduled(ask.moment) else ask.moment.id)


def _problems(workspace: Workspace, moment: Moment) -> tuple[str, ...]:
    data: Any = moment.data  # whatever a service sent is on record, and refused with its reason
    if data.__class__ is not dict and not isinstance(data, Mapping):
        return ("`data` is no object",)
    declared = moment_type(workspace, moment.name)
    if declared is not None:
        return check_moment(declared, data)
    if is_scheduled(moment) or not workspace.moments:  # a workspace that declares none takes them as they come
        return ()
    return (f"no moment {moment.name!r} is declared in kairos.yaml",)


class _Rendering:
    """The last gates: a locale in which the message is complete, and its content. Keeps what it made for the draft."""

    __slots__ = ("case", "content", "links", "locales", "material", "renderer")

    def __init__(self, case: Case, material: Material) -> None:
        self.case, self.material = case, material
        self.renderer = material.renders(case.campaign)
        self.locales: dict[str, str] = {}  # by channel
        self.content: Content | None = None
        self.links: Mapping[str, str] = {}

    def localized(self, case: Case, channel: str) -> Finding:
        """Is there a locale in which this message is complete?"""
        assert case.market is not None
        choice = self.renderer.choose(case.campaign.template, channel, case.market, case.profile.locale)
        if choice.locale is not None:
            self.locales[channel] = choice.locale
        return _chosen(choice, channel)

    def rendered(self, case: Case, channel: str) -> Finding:
        """Can the message be rendered, within the channel's limits?"""
        try:
            self.content = self._render(channel)
        except ContentRefused as no:
            return refused("content", no.code, no.detail, channel)
        if channel in case.approved and "template" not in self.content.fields:  # it came out empty: this is free text
            window = conversation(case, channel)
            if not window.passed:
                self.content = None
                return window
        return COMPLETE[channel]

    def for_show(self, channel: str | None) -> Content | None:
        """The content that a refused or held message would have, on the channel it was refused on or else the first."""
        case = self.case
        if case.market is None:
            return None
        for candidate in (channel, *channels(case)):
            if candidate not in case.templates or not self.localized(case, candidate).passed:
                continue
            if self.rendered(case, candidate).passed:
                return self.content
        return None

    def _render(self, channel: str) -> Content:
        case, renderer = self.case, self.renderer
        assert case.market is not None
        promotional = case.purpose.promotional
        base, secret = case.workspace.links_base, self.material.secret
        out = links.Links(base, secret, case.message, promotional, _confirms(case.moment))
        shorten = links.Shortener(base, secret, case.message) if channel in case.workspace.tracked else None
        content = renderer.render(
            case.campaign.template,
            channel,
            case.market,
            self.locales[channel],
            case.profile.locale,
            case.zones[0] if case.zones else UTC,
            _values(case, out),
            marketing=promotional,
            shorten=shorten,
        )
        self.links = shorten.made if shorten else {}
        wants_header = promotional and channel == "email"
        return Content(channel, content.fields, unsubscribe=out["unsubscribe"]) if wants_header else content


def _confirms(moment: Moment) -> str | None:
    """The confirmation that a moment asks for."""
    named = moment.data.get("confirmation") if moment.name == PENDING else None
    return named if isinstance(named, str) else None


def _values(case: Case, out: Mapping[str, str | None]) -> dict[str, Any]:
    """What a template sees."""
    profile, moment, campaign = case.profile, case.moment, case.campaign
    return {
        "profile": {**case.known, "id": profile.id, "market": profile.market, "locale": profile.locale},
        "moment": {"id": moment.id, "name": moment.name, "at": moment.at, "data": moment.data},
        "market": case.market_values,
        "campaign": {"name": campaign.name, "purpose": campaign.purpose},
        "sender": case.workspace.sender.values(),
        "links": out,
        "now": case.now,
    }


@lru_cache(maxsize=4096)
def _chosen(choice: LocaleChoice, channel: str) -> Finding:
    if choice.locale is None:
        return refused("locale", "content.untranslated", _told(choice), channel)
    return passed("locale", "locale.chosen", _told(choice), channel)


def _told(choice: LocaleChoice) -> str:
    """The choice of a locale in plain words."""
    lacking = "; ".join(f"{locale} lacks {', '.join(map(repr, strings))}" for locale, strings in choice.missing)
    asked = choice.requested or "nothing"
    if choice.requested and canonical(choice.requested) is None:
        asked = f"{choice.requested[:40]!r}, which is no locale"
    words = f"Requested {asked}, considered {', '.join(choice.chain)}: {choice.locale or 'none'}."
    return f"{words} {lacking}." if lacking else words


def _draft(case: Case, ruling: Ruling, rendering: _Rendering, content: Content | None) -> Draft:
    sends = ruling.outcome == "send"
    channel = ruling.channel
    touch = None
    if sends and case.purpose.capped and channel:
        touch = Touch(case.message, case.now, channel, case.campaign.purpose, case.campaign.name)
    return Draft(
        id=case.message,
        at=case.now,
        campaign=case.campaign.name,
        profile=case.moment.profile,
        moment=case.moment,
        outcome=ruling.outcome,
        reason=ruling.decisive.code if ruling.decisive else None,
        purpose=case.campaign.purpose,
        market=case.facts.profile.market if case.facts.profile else None,
        locale=rendering.locales.get(content.channel if content else channel or ""),
        channel=channel,
        send_at=case.now if sends else ruling.until,
        trace=ruling.trace,
        content=content,
        addresses=case.route(channel).chosen if sends and channel else (),
        touch=touch,
        cost=cost(content, case.market) if content and case.market else None,
        links=rendering.links if sends else {},
    )
