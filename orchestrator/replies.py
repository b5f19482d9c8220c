"""What people write back: read by its words, acted on, and answered; what cannot be read for certain waits for somebody.

    stop       everything that needs consent is over on the channel, for all who are reached at the address
    start      what a stop ended is back, and nothing else
    help       who writes, and how to make it stop
    refusal    free text that sounds like one: it is on a list until somebody settles it, and where the market wants
               that, nothing that needs consent is sent meanwhile

What the provider has itself answered is not answered once more. A reply that is reported once more changes nothing. What
comes from an address that is nobody's is a stranger's affair (`strangers.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from orchestrator.blueprint import Workspace
from orchestrator.blueprint.notices import HELPED, STARTED, STOPPED
from orchestrator.content import locales
from orchestrator.decision import keywords
from orchestrator.decision.consent import REFUSAL, REVIEW, START, STOP, basis, concerning, latest, restores
from orchestrator.model import Consent, Profile, Receipt
from orchestrator.notices import DAY, Event, Notices
from orchestrator.ports import Records, Reply, Verdict
from orchestrator.strangers import Strangers

HOUR = timedelta(hours=1)  # machines that answer each other must not keep each other going


class Replies:
    """Takes replies in, and settles those that somebody had to read."""

    def __init__(
        self,
        workspace: Workspace,
        records: Records,
        notices: Notices,
        clock: Callable[[], datetime],
        strangers: Strangers,
    ) -> None:
        self._workspace = workspace
        self._records = records
        self._notices = notices
        self._clock = clock
        self._strangers = strangers

    def hear(self, receipt: Receipt) -> None:
        """Take in what somebody wrote who named no message of ours: the address says whom it came from."""
        if receipt.kind == "replied" and receipt.channel and receipt.address:
            if people := self._records.profiles_at(receipt.channel, receipt.address):
                said = receipt.text, receipt.at, receipt.address
                self.take(people[0], receipt.channel, *said, taken_for=receipt.taken_for)
            else:
                self._strangers.hear(receipt)

    def take(
        self, person: str, channel: str, text: str, at: datetime, address: str | None = None, *, taken_for: str = ""
    ) -> str | None:
        """Take in what a person wrote; returns how it was read: stop, start, help, refusal, or None.

        A STOP or START is about the address that it came from, too: it counts for whoever else is reached there.

        Args:
            taken_for: what the provider took it for, and has told the person: then we do not, as they know, and after a
                stop it would let nothing through.
        """
        profile = self._records.profiles([person]).get(person)
        address = address or (_best(profile, channel) if profile else None)
        reading = keywords.reading(text, self._languages(profile), taken_for)
        reply = Reply(person, channel, at, text, reading, address)
        self._records.replied(reply)
        if profile is None:
            return None
        answer = self._heed(profile, reply)
        if answer and not taken_for:
            self._answer(answer, reply, every=HOUR if answer == HELPED else DAY)
        return reading

    def _heed(self, profile: Profile, reply: Reply) -> str | None:
        """Act on a reply; returns what it is to be answered with, if it is."""
        if reply.reading == "stop":
            return STOPPED if self._stop(profile, reply) else None
        if reply.reading == "start":
            return STARTED if self._start(reply) else None
        if reply.reading == "refusal" and self._pauses(profile):
            self._end(self._said(reply, REFUSAL), [profile])
        return HELPED if reply.reading == "help" else None

    def _said(self, reply: Reply, source: str) -> Consent:
        now = self._clock()
        return Consent(reply.profile, reply.channel, "", "withdrawn", reply.at, now, source, reply.address)

    def _stop(self, profile: Profile, reply: Reply) -> bool:
        """End what can be ended; whether there was anything, also where this breaks off and is done once more."""
        said = self._said(reply, STOP)
        self._end(said, self._reached_by(said))
        return not self._was_over(profile, said)

    def _start(self, reply: Reply) -> bool:
        """Take back an earlier STOP, and nothing else; whether there was one."""
        if reply.address:
            self._strangers.start(reply.channel, reply.address, reply.at)
        said = replace(self._said(reply, START), state="granted")
        people = {one.id: one for one in self._reached_by(said)}
        facts = self._records.gather(list(people), history={}, now=said.recorded_at)
        back = [
            replace(said, profile=id_, purpose=purpose)
            for id_, one in people.items()
            for purpose in self._ended(one, said.channel, facts[id_].consents)
        ]
        if back:
            self._records.record_consents(back)
        return bool(back)

    def _answer(self, name: str, reply: Reply, *, every: timedelta) -> None:
        if reply.address:
            said = Event(reply.profile, reply.channel, reply.address, reply.at, {"text": reply.text})
            self._notices.report(name, [said], every=every)

    # what was read by somebody

    def settle(self, reply: Reply, verdict: Verdict, *, by: str) -> bool:
        """Say what became of a refusal in free words; False if somebody had done so before.

        To withdraw is to take it for a STOP. To ignore it ends the pause that it brought about, and restores nothing that
        something else has ended. Whatever breaks off in between leaves more withdrawn rather than less.
        """
        if verdict == "withdraw":
            said = replace(self._said(reply, STOP), evidence={"reply": reply.id, "settled_by": by})
            self._end(said, self._reached_by(said))
        done = self._records.settle_reply(reply.id, verdict, by=by, now=self._clock())
        if done and verdict == "ignore":
            self._resume(reply, by)
        return done

    def _resume(self, reply: Reply, by: str) -> None:
        facts = self._records.gather([reply.profile], history={}, now=self._clock())[reply.profile]
        if facts.profile is None:
            return
        said = replace(self._said(reply, REVIEW), state="granted", at=self._clock())
        said = replace(said, evidence={"reply": reply.id, "settled_by": by})
        paused = (
            purpose
            for purpose in self._ended(facts.profile, reply.channel, facts.consents)
            if self._last(facts.profile, reply.channel, purpose, facts.consents) == (REFUSAL, reply.at)
        )
        self._records.record_consents([replace(said, purpose=purpose) for purpose in paused])

    def _last(self, profile: Profile, channel: str, purpose: str, entries: Sequence[Consent]) -> object:
        entry = latest(concerning(entries, profile.id, channel, purpose, profile.addresses.get(channel, ())))
        return entry and (entry.source, entry.at)

    # what stands

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

    def _languages(self, profile: Profile | None) -> Iterator[str]:
        market = self._workspace.markets.get(profile.market or "") if profile else None
        for tag in (profile.locale or "" if profile else "", *(market.locales if market else ())):
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

    def _end(self, said: Consent, people: Iterable[Profile]) -> None:
        """End every purpose that needs consent, unless this very entry has done so already."""
        by_id = {one.id: one for one in people}
        facts = self._records.gather(list(by_id), history={}, now=said.recorded_at)
        known = {_mark(entry) for known in facts.values() for entry in known.consents}
        ends = [
            replace(said, profile=id_, purpose=name)
            for id_, one in by_id.items()
            for name in self._needs(one, said.channel)
        ]
        self._records.record_consents([entry for entry in ends if _mark(entry) not in known])

    def _ended(self, profile: Profile, channel: str, entries: Sequence[Consent]) -> Iterator[str]:
        """The purposes that a reply ended, and another may bring back."""
        held = profile.addresses.get(channel, ())
        for purpose, needs in self._needs(profile, channel).items():
            if restores(concerning(entries, profile.id, channel, purpose, held), needs):
                yield purpose


def _best(profile: Profile, channel: str) -> str | None:
    """The address that a person most likely writes from."""
    return next(iter(profile.addresses.get(channel, ())), None)


def _mark(entry: Consent) -> tuple[object, ...]:
    """What makes an entry the same one again."""
    return entry.profile, entry.channel, entry.purpose, entry.state, entry.at, entry.source
