"""What went wrong when messages were tried out, told once for each cause, to the one who can mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import nodes

from orchestrator.blueprint.problems import Problem
from orchestrator.checking.proofs import Failure, Proof, Proofs
from orchestrator.checking.subject import Message, Subject
from orchestrator.checking.wording import counted
from orchestrator.content.po import Entry
from orchestrator.content.trees import walk


@dataclass
class Cause:
    """One reason for failing, with the locales and markets in which it does."""

    message: Message
    first: Failure
    locales: dict[str, None] = field(default_factory=dict)
    markets: dict[str, None] = field(default_factory=dict)


def failures(subject: Subject, proofs: Proofs) -> Iterator[Problem]:
    """What goes wrong when the messages are rendered."""
    for message, by_locale in proofs.items():
        for cause in _causes(message, by_locale):
            yield _told(subject, cause)


def _causes(message: Message, by_locale: Mapping[str, Proof]) -> list[Cause]:
    found: dict[tuple[str, int | None], Cause] = {}
    for locale, proof in by_locale.items():
        for failure in proof.failures:
            cause = found.setdefault((failure.code, failure.position), Cause(message, failure))
            cause.locales[locale] = None
            cause.markets |= dict.fromkeys(failure.markets)
    return list(found.values())


def _told(subject: Subject, cause: Cause) -> Problem:
    """A problem in a translation where the source language does not fail; else in the template."""
    code, detail = cause.first.code, cause.first.detail
    said = f"{detail[:1].upper()}{detail[1:]}"
    translated = None if subject.workspace.locale in cause.locales else _translation(subject, cause)
    if translated is not None:
        locale, entry = translated
        said = (
            f"{said}: {cause.message.campaign.name} by {cause.message.channel} in {counted('locale', cause.locales)}."
        )
        return subject.translations[locale].problem(entry.forms[0].line, "error", code, said)
    said = f"{said}, in {counted('market', cause.markets)}."
    return subject.in_template(cause.first.position or _longest(cause.message), "error", code, said)


def _translation(subject: Subject, cause: Cause) -> tuple[str, Entry] | None:
    """The translation that is to blame: the one at the place of the failure, or the one that has grown most."""
    locale = next(iter(cause.locales))
    asked = cause.message.linked.translatables
    there = [each.string for each in asked if each.position == cause.first.position]
    entry = subject.translations[locale].lengthened(there or [each.string for each in asked])
    return (locale, entry) if entry else None


def _longest(message: Message) -> int:
    """The position of the longest text in a message, which is where to shorten it."""
    pieces = [(len(asked.string.msgid), asked.position) for asked in message.linked.translatables]
    for name, tree in message.linked.fields.items():
        pieces += [(len(data.data), data.lineno) for data in walk(tree, nodes.TemplateData) if name != "html"]
    return max(pieces)[1]
