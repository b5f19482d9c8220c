"""What comes back: receipts from providers, and replies from people.

A STOP that ends anything is answered once, by whatever campaign listens to the moment `reply.stop`, which carries the
`channel` and the `text`. Where none does, nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from orchestrator.blueprint import Workspace
from orchestrator.claims import Claims
from orchestrator.content import locales
from orchestrator.decision import keywords
from orchestrator.decision.consent import REFUSAL, START, STOP, basis, concerning, latest, restores
from orchestrator.decision.outcome import lesson
from orchestrator.model import Consent, Moment, Profile, Receipt, Suppression
from orchestrator.ports import Record, Records

Announce = Callable[[Sequence[Moment]], object]

STOPPED = "reply.stop"
LEASE = timedelta(seconds=60)  # longer than a list of reports takes to be applied


class Feedback:
    """Applies what receipts and replies teach. What it has to say, it announces as moments."""

    def __init__(
        self,
        workspace: Workspace,
        records: Records,
        claims: Claims,
        clock: Callable[[], datetime],
        announce: Announce = lambda moments: None,
    ) -> None:
        self._workspace = workspace
        self._records = records
        self._claims = claims
        self._clock = clock
        self._announce = announce
        self._answers_stops = any(campaign.moment.on == STOPPED for campaign in workspace.campaigns.values())

    def receive(self, receipts: Sequence[Receipt]) -> int:
        """Store reports and apply what they teach; returns how many were new and ours.

        Without any, it takes up those that came before their message was known, and those that somebody left half done.
        """
        news = self._records.receive(receipts, now=self._clock(), lease=LEASE)
        for receipt, record in news:
            self._learn(receipt, record)
        self._records.learnt([receipt.key for receipt, _ in news])
        return len(news)

    def _learn(self, receipt: Receipt, record: Record) -> None:
        learnt, now = lesson(receipt, record), self._clock()
        if learnt.state:
            self._records.advance(record.id, learnt.state, reason=learnt.reason, release=learnt.release, now=now)
        if learnt.release and record.touch:
            self._claims.give_back([record])
        if record.channel is None:
            return
        if learnt.suppress:
            gone = (receipt.address,) if receipt.address else record.addresses
            self._records.suppress([Suppression(record.channel, address, receipt.kind, now) for address in gone])
        if learnt.withdraw:
            entry = Consent(record.profile, record.channel, record.purpose, "withdrawn", receipt.at, now)
            self._records.record_consents([replace(entry, source=f"receipt:{receipt.kind}")])
        if receipt.kind == "replied":
            self.reply(record.profile, record.channel, receipt.text, receipt.at)

    def reply(self, person: str, channel: str, text: str, at: datetime) -> str | None:
        """Take in what a person wrote; returns how it was read: stop, start, help, refusal, or None.

        A STOP or START is about the address that it came from, too: it counts for whoever else is reached there.
        """
        self._records.replied(person, channel, at, text)
        profile = self._records.profiles([person]).get(person)
        if profile is None:
            return None
        reading = keywords.reading(text, self._languages(profile))
        said = Consent(person, channel, "", "withdrawn", at, self._clock(), address=_address(profile, channel))
        if reading == "stop":
            self._stop(replace(said, source=STOP), self._reached_by(said))
            self._answer(profile, said, text)
        elif reading == "start":
            self._restart(replace(said, source=START, state="granted"), self._reached_by(said))
        elif reading == "refusal" and self._pauses(profile):
            self._stop(replace(said, source=REFUSAL), [profile])
        return reading

    def _answer(self, profile: Profile, said: Consent, text: str) -> None:
        """Let a STOP be confirmed, once; if this breaks off and the reply is taken in again, its moment is known."""
        if self._answers_stops and not self._was_over(profile, said):
            id_ = f"{STOPPED}:{said.profile}:{said.channel}:{said.at:%Y%m%dT%H%M%S.%f}"
            self._announce([Moment(id_, STOPPED, said.profile, said.at, {"channel": said.channel, "text": text})])

    def _was_over(self, profile: Profile, said: Consent) -> bool:
        """Whether everything that a STOP ends on a channel was ended before this one."""
        entries = self._records.gather([profile.id], history={}, now=self._clock())[profile.id].consents
        before = [entry for entry in entries if entry.at != said.at]
        held = profile.addresses.get(said.channel, ())
        needing = self._needs(profile, said.channel)
        last = [latest(concerning(before, profile.id, said.channel, purpose, held)) for purpose in needing]
        return all(entry is not None and entry.state == "withdrawn" for entry in last)

    def _reached_by(self, said: Consent) -> Iterable[Profile]:
        """Who wrote, and all others who have the same address on the channel."""
        others = self._records.profiles_at(said.channel, said.address) if said.address else []
        return self._records.profiles(list(dict.fromkeys([said.profile, *others]))).values()

    def _languages(self, profile: Profile) -> Iterator[str]:
        market = self._workspace.markets.get(profile.market or "")
        for tag in (profile.locale or "", *(market.locales if market else ())):
            canonical = locales.canonical(tag)
            if canonical:
                yield canonical.partition("_")[0]

    def _pauses(self, profile: Profile) -> bool:
        market = self._workspace.markets.get(profile.market or "")
        return bool(market and market.pause_on_refusal)

    def _needs(self, profile: Profile, channel: str) -> Mapping[str, str]:
        """What each purpose needs on a channel; those that need no consent, which nothing ends, are left out."""
        market = self._workspace.markets.get(profile.market or "")
        needs = {purpose.name: basis(purpose, market, channel) for purpose in self._workspace.purposes.values()}
        return {purpose: needed for purpose, needed in needs.items() if needed != "none"}

    def _stop(self, said: Consent, people: Iterable[Profile]) -> None:
        """End every purpose that needs consent."""
        self._records.record_consents(
            [replace(said, profile=one.id, purpose=name) for one in people for name in self._needs(one, said.channel)]
        )

    def _restart(self, said: Consent, people: Iterable[Profile]) -> None:
        """Take back an earlier STOP, and nothing else."""
        by_id = {one.id: one for one in people}
        facts = self._records.gather(list(by_id), history={}, now=said.recorded_at)
        self._records.record_consents(
            [
                replace(said, profile=id_, purpose=purpose)
                for id_, one in by_id.items()
                for purpose in self._stopped(one, said.channel, facts[id_].consents)
            ]
        )

    def _stopped(self, profile: Profile, channel: str, entries: Sequence[Consent]) -> Iterator[str]:
        """The purposes that a STOP ended, and a START brings back."""
        held = profile.addresses.get(channel, ())
        for purpose, needs in self._needs(profile, channel).items():
            if restores(concerning(entries, profile.id, channel, purpose, held), needs):
                yield purpose


def _address(profile: Profile, channel: str) -> str | None:
    """The address that a person writes from: their best one."""
    return next(iter(profile.addresses.get(channel, ())), None)
