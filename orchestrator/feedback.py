"""What comes back: receipts from providers, and replies from people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from orchestrator.blueprint import Workspace
from orchestrator.claims import Claims
from orchestrator.content import locales
from orchestrator.decision import keywords
from orchestrator.decision.consent import basis, standing
from orchestrator.decision.outcome import lesson
from orchestrator.model import Consent, Facts, Profile, Receipt, Suppression
from orchestrator.ports import Record, Records


class Feedback:
    """Applies what receipts and replies teach."""

    def __init__(self, workspace: Workspace, records: Records, claims: Claims, clock: Callable[[], datetime]) -> None:
        self._workspace = workspace
        self._records = records
        self._claims = claims
        self._clock = clock

    def receive(self, receipts: Sequence[Receipt]) -> int:
        """Store reports and apply what they teach; returns how many were new and ours."""
        news = self._records.receive(receipts, now=self._clock())
        for receipt, record in news:
            self._learn(receipt, record)
        return len(news)

    def _learn(self, receipt: Receipt, record: Record) -> None:
        learnt, now = lesson(receipt, record), self._clock()
        if learnt.state:
            self._records.advance(record.id, learnt.state, reason=learnt.reason, release=learnt.release, now=now)
        if learnt.release and record.touch:
            self._claims.give_back([record])
        if learnt.suppress and record.channel:
            gone = (receipt.address,) if receipt.address else record.addresses
            self._records.suppress([Suppression(record.channel, address, receipt.kind, now) for address in gone])
        if learnt.withdraw and record.channel:
            self._withdraw(
                record.profile, record.channel, [record.purpose], receipt.at, f"receipt:{receipt.kind}", None
            )
        if receipt.kind == "replied" and record.channel:
            self.reply(record.profile, record.channel, receipt.text, receipt.at)

    def reply(self, person: str, channel: str, text: str, at: datetime) -> str | None:
        """Take in what a person wrote; returns how it was read: stop, start, help, refusal, or None."""
        self._records.replied(person, channel, at, text)
        facts = self._records.gather([person], history={}, now=at)[person]
        if facts.profile is None:
            return None
        reading = keywords.reading(text, self._languages(facts.profile))
        address = next(iter(facts.profile.addresses.get(channel, ())), None)
        if reading == "stop":
            self._withdraw(person, channel, self._revocable(facts.profile, channel), at, "reply:stop", address)
        elif reading == "start":
            self._restore(facts, channel, at, address)
        elif reading == "refusal" and self._pauses(facts.profile):
            self._withdraw(person, channel, self._revocable(facts.profile, channel), at, "reply:refusal", None)
        return reading

    def _languages(self, profile: Profile) -> Iterator[str]:
        market = self._workspace.markets.get(profile.market or "")
        for tag in (profile.locale or "", *(market.locales if market else ())):
            canonical = locales.canonical(tag)
            if canonical:
                yield canonical.partition("_")[0]

    def _pauses(self, profile: Profile) -> bool:
        market = self._workspace.markets.get(profile.market or "")
        return bool(market and market.pause_on_refusal)

    def _revocable(self, profile: Profile, channel: str) -> list[str]:
        """The purposes that need consent on a channel: those that a STOP ends."""
        market = self._workspace.markets.get(profile.market or "")
        purposes = self._workspace.purposes.values()
        return [purpose.name for purpose in purposes if basis(purpose, market, channel) != "none"]

    def _withdraw(
        self, person: str, channel: str, purposes: Sequence[str], at: datetime, source: str, address: str | None
    ) -> None:
        now = self._clock()
        self._records.record_consents(
            [Consent(person, channel, purpose, "withdrawn", at, now, source, address) for purpose in purposes]
        )

    def _restore(self, facts: Facts, channel: str, at: datetime, address: str | None) -> None:
        """Take back an earlier STOP, and nothing else: a START is no consent that was never given."""
        assert facts.profile is not None
        person, now = facts.profile.id, self._clock()
        held = facts.profile.addresses.get(channel, ())
        stopped = [
            purpose
            for purpose in self._revocable(facts.profile, channel)
            if (entry := standing(facts.consents, person, channel, purpose, held)) and entry.state == "withdrawn"
        ]
        self._records.record_consents(
            [Consent(person, channel, purpose, "granted", at, now, "reply:start", address) for purpose in stopped]
        )
