"""Every message tried out: each campaign on each channel, in each market and locale, with all sample people.

Only messages are tried of which nothing else is known to be wrong, in locales in which they are complete. A message may be
refused for what nobody can promise (an empty list where the first item is wanted), and for being too long where the values
are out of the ordinary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from orchestrator.blueprint import Market
from orchestrator.checking.cases import USUAL, Case, cases
from orchestrator.checking.kinds import is_misused
from orchestrator.checking.links import misleading
from orchestrator.checking.memory import fingerprint
from orchestrator.checking.names import has_known_names
from orchestrator.checking.needs import is_unmet
from orchestrator.checking.rendering import render
from orchestrator.checking.subject import Message, Subject
from orchestrator.checking.values import declared
from orchestrator.content.compiler import SOURCE
from orchestrator.content.refusal import ContentRefused, MissingData
from orchestrator.content.values import ROOTS
from orchestrator.model import Content

_EMPTY = ("the message's ", "a value of the list")
"""So begins what is said of a field, or a variable, that the channel needs and that comes out empty."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which a message fails in a locale, and the markets in which it does.

    `position` is in the templates, `about` what is special about the values, if not everybody's do.
    """

    code: str
    detail: str
    position: int | None
    about: str
    markets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What trying has shown: failures, and how long the fields are for somebody at home there who lacks nothing.

    `segments` is how many parts a text message takes.
    """

    failures: tuple[Failure, ...] = ()
    lengths: Mapping[str, int] = field(default_factory=dict)
    segments: int = 0


Proofs = Mapping[Message, Mapping[str, Proof]]
"""By message and locale."""


def prove(subject: Subject) -> Proofs:
    """Try all messages that can be tried."""
    if any(True for _ in misleading(subject)):
        return {}
    return {message: _in_all_locales(subject, message) for message in subject.messages if _is_sound(subject, message)}


def _is_sound(subject: Subject, message: Message) -> bool:
    """Whether nothing is known to be wrong with the campaign, and with what its message looks up."""
    if message.campaign.file in subject.faulty:
        return False
    if not has_known_names(subject, message) or any(reading.misuses for reading in message.readings.values()):
        return False
    lookups = (lookup for lookup in subject.lookups if lookup.message is message)
    return not any(is_unmet(subject, lookup) or is_misused(subject, lookup) for lookup in lookups)


def _in_all_locales(subject: Subject, message: Message) -> Mapping[str, Proof]:
    """The proof in each locale in which the message is complete."""
    tried = cases(subject, message)
    mark = fingerprint(*_grounds(subject, message), tried)
    complete = [locale for locale in message.locales if not subject.words[locale].missing(message.linked.strings)]
    return {
        locale: subject.memory.recall(
            partial(_tried, subject, message, locale, tried), mark, locale, *_words(subject, message, locale)
        )
        for locale in complete
    }


def _grounds(subject: Subject, message: Message) -> tuple[object, ...]:
    """All that a proof depends on, but for the words."""
    workspace, campaign = subject.workspace, message.campaign
    return (
        *(campaign.name, workspace.purposes[campaign.purpose], campaign.moment.on, workspace.sms, workspace.links_base),
        *(workspace.digits, workspace.schemes, message.channel in workspace.tracked),
        *(message.channel, message.layers, subject.mark_of(message.layers)),
    )


def _words(subject: Subject, message: Message, locale: str) -> tuple[object, ...]:
    """What a proof in one locale depends on besides: the strings, the rule for plurals, and the markets."""
    catalog, translations = subject.words[locale], subject.translations.get(locale)
    strings = [each.string for each in message.linked.translatables]
    rule = translations.plural_forms if translations else ""
    markets = [_as_read(message, market) for market, other in message.cases if other == locale]
    return rule, [(string, catalog.forms(string), catalog.singular(string)) for string in strings], markets


def _as_read(message: Message, market: Market) -> Market:
    """A market with no other terms than those that the message reads."""
    paths = {use.path for reading in message.readings.values() for use in reading.uses}
    if ("market", "terms") in paths:
        return market
    read = {path[2] for path in paths if path[:2] == ("market", "terms")}
    return replace(market, terms={name: value for name, value in market.terms.items() if name in read})


def _tried(subject: Subject, message: Message, locale: str, tried: Sequence[Case]) -> Proof:
    markets = [market for market, other in message.cases if other == locale]
    home = min(markets, key=lambda market: (locale not in market.locales[:1], locale not in market.locales))
    found: dict[tuple[str, int | None], tuple[str, str, dict[str, None]]] = {}
    for market in markets:
        values = tried if market is home else tried[:USUAL]  # what breaks at a boundary breaks at home, too
        for refusal, case in _refusals(subject, message, market, locale, values):
            key = refusal.code, _position(refusal)
            found.setdefault(key, (refusal.detail, case.about, {}))[2][market.name] = None
    failures = tuple(
        Failure(code, detail, position, about, tuple(names))
        for (code, position), (detail, about, names) in found.items()
    )
    return Proof(failures) if failures else _measured(render(subject, message, home, locale, tried[0]))


def _refusals(
    subject: Subject, message: Message, market: Market, locale: str, tried: Sequence[Case]
) -> Iterator[tuple[ContentRefused, Case]]:
    for case in tried:
        try:
            render(subject, message, market, locale, case)
        except ContentRefused as refusal:
            if _matters(refusal, case):
                yield refusal, case


def _matters(refusal: ContentRefused, case: Case) -> bool:
    """Whether somebody has to mend something; what is inside of a value nobody promises."""
    if isinstance(refusal, MissingData):
        path = tuple(refusal.name.split("."))
        promised = path[0] in ROOTS and declared(path) == path and "[" not in refusal.name
        return promised or refusal.name.startswith(_EMPTY)
    return case.ordinary or refusal.code != "content.too_long"


def _position(refusal: ContentRefused) -> int | None:
    """The position in the templates at which something was refused."""
    found = None
    for fault in (refusal, refusal.__cause__):
        trace = fault.__traceback__ if fault else None
        while trace:
            if trace.tb_frame.f_code.co_filename == SOURCE:
                found = trace.tb_lineno
            trace = trace.tb_next
    return found


def _measured(content: Content) -> Proof:
    lengths = {name: len(text) for name, text in content.fields.items() if isinstance(text, str)}
    return Proof((), lengths, content.sms.segments if content.sms else 0)
