"""What went wrong when messages were tried out, told once for each cause, to the one who can mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jinja2 import nodes

from orchestrator.blueprint.problems import Problem, did_you_mean
from orchestrator.checking.proofs import Failure, Proofs
from orchestrator.checking.subject import Message, Subject
from orchestrator.checking.wording import counted
from orchestrator.content.fields import FIELDS
from orchestrator.content.po import Entry
from orchestrator.content.trees import walk


@dataclass
class Cause:
    """One reason for failing, with the campaigns, locales and markets in which it does."""

    message: Message
    first: Failure
    campaigns: dict[str, None] = field(default_factory=dict)
    locales: dict[str, None] = field(default_factory=dict)
    markets: dict[str, None] = field(default_factory=dict)


def failures(subject: Subject, proofs: Proofs) -> Iterator[Problem]:
    """What goes wrong when the messages are rendered."""
    found: dict[tuple[str, int], Cause] = {}
    for message, by_locale in proofs.items():
        for locale, proof in by_locale.items():
            for failure in proof.failures:
                if _is_misspelt(message, failure):
                    continue
                key = failure.code, failure.position or _place(message, failure)
                cause = found.setdefault(key, Cause(message, failure))
                cause.campaigns[message.campaign.name] = cause.locales[locale] = None
                cause.markets |= dict.fromkeys(failure.markets)
    for (_, position), cause in found.items():
        yield _told(subject, cause, position)


def _is_misspelt(message: Message, failure: Failure) -> bool:
    """Whether a field is empty because its block is called nearly so, of which `blocks` tells."""
    lacking = set(failure.detail.split()) & set(FIELDS[message.channel])
    empty = failure.code == "content.missing_data" and lacking
    return bool(empty and any(did_you_mean(name, lacking) for name in message.linked.unused))


def _told(subject: Subject, cause: Cause, position: int) -> Problem:
    """A problem in a translation where the source language does not fail; else in the template."""
    code, detail = cause.first.code, cause.first.detail
    where = f" where {cause.first.about}" if cause.first.about else ""
    said = f"{detail[:1].upper()}{detail[1:]}{where}: {counted('campaign', cause.campaigns)} by {cause.message.channel}"
    translated = None if subject.workspace.locale in cause.locales else _translation(subject, cause)
    if translated is not None:
        locale, entry = translated
        said = f"{said} in {counted('locale', cause.locales)}."
        return subject.translations[locale].problem(entry.forms[0].line, "error", code, said)
    said = f"{said} in {counted('market', cause.markets)}."
    return subject.in_template(position, "error", code, said)


def _translation(subject: Subject, cause: Cause) -> tuple[str, Entry] | None:
    """The translation that is to blame: the one at the place of the failure, or the one that has grown most."""
    locale = next(iter(cause.locales))
    asked = cause.message.linked.translatables
    there = [each.string for each in asked if each.position == cause.first.position]
    entry = subject.translations[locale].lengthened(there or [each.string for each in asked])
    return (locale, entry) if entry else None


def _place(message: Message, failure: Failure) -> int:
    """Where to mend what fails as a whole: the field that is empty, or else the longest text, which is to be shortened."""
    for name, tree in message.linked.fields.items():
        if name in failure.detail.split() and tree:
            return tree[0].lineno
    pieces = [(len(asked.string.msgid), asked.position) for asked in message.linked.translatables]
    for name, tree in message.linked.fields.items():
        pieces += [(len(data.data), data.lineno) for data in walk(tree, nodes.TemplateData) if name != "html"]
    return max(pieces, default=(0, message.start))[1]
