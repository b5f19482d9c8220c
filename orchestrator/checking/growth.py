"""Translations that have grown so much that they no longer fit where readers see them.

A text may well be half as long again in another language. It matters where a phone or a mail program cuts it off, and
where a text message takes more parts than in the source language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.blueprint.problems import Problem
from orchestrator.checking.proofs import Proof, Proofs
from orchestrator.checking.subject import Message, Subject

GROWTH = 130
"""In percent of the source text."""
VISIBLE: Mapping[str, Mapping[str, int]] = {
    "email": {"subject": 60},
    "push": {"title": 40, "body": 120},
    "sms": {"body": 0},
}
"""Characters of a field that most phones show; of a text message it is the parts that count."""


def grown(subject: Subject, proofs: Proofs) -> Iterator[Problem]:
    """Subjects, notifications and text messages that are over 30% longer than in the source language, and too long."""
    for message, by_locale in proofs.items():
        source = by_locale.get(subject.workspace.locale)
        for locale, proof in by_locale.items():
            if source and locale != subject.workspace.locale:
                yield from _compared(subject, message, locale, source, proof)


def _compared(subject: Subject, message: Message, locale: str, source: Proof, proof: Proof) -> Iterator[Problem]:
    entry = subject.translations[locale].lengthened(message.linked.strings)
    for name, visible in VISIBLE.get(message.channel, {}).items():
        before, now = source.lengths.get(name, 0), proof.lengths.get(name, 0)
        too_long = proof.segments > source.segments if message.channel == "sms" else now > visible
        if entry and before and now * 100 > before * GROWTH and too_long:
            what = f"{message.campaign.name}: the {name} of its {message.channel} has {now} characters, {now * 100 // before - 100}% more"
            cost = f"is paid for {proof.segments} times" if proof.segments else f"phones show about {visible}"
            said = f"{what} than in the source language, and {cost}. Say it shorter."
            yield subject.translations[locale].problem(entry.forms[0].line, "warning", "string.grown", said)
