"""An engine on each kind of store, with a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from channels.base import Capabilities
from orchestrator import wire
from orchestrator.blueprint import Provider
from orchestrator.claims import Claims, rebuilt
from orchestrator.consents import Consents
from orchestrator.courier import Courier
from orchestrator.dispatch import Dispatcher
from orchestrator.engine import Engine
from orchestrator.express import Express
from orchestrator.feedback import Feedback
from orchestrator.material import Material
from orchestrator.model import Delivery, Draft, Moment, Outgoing
from orchestrator.notices import Notices
from orchestrator.ports import Records, Settlement, State, Touches
from orchestrator.replies import Replies
from orchestrator.stores.memory import MemoryDesk, MemoryHealth, MemoryTouches
from orchestrator.stores.redis_touches import RedisTouches
from orchestrator.strangers import Strangers
from tests.support import consent, material, person

HORIZON = timedelta(days=2)
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class FakeAccount:
    """A provider that answers as it is told, and keeps what it was given."""

    answers: list[Delivery] = field(default_factory=list)
    given: list[Outgoing] = field(default_factory=list)
    capabilities: Capabilities = field(default_factory=Capabilities)

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """Take a batch; without an answer in store, everything is accepted."""
        self.given += batch
        return [self.answers.pop(0) if self.answers else Delivery("accepted", provider_id=f"p-{m.id}") for m in batch]

    def close(self) -> None:
        """Nothing to close."""


class House:
    """The engine and its neighbours on given stores."""

    def __init__(self, made: Material, records: Records, touches: Touches) -> None:
        self.now = START
        self.reported = 0
        self.records = records
        self.provider = FakeAccount()
        claims = Claims(touches, lambda: self.now)
        providers: Mapping[str, tuple[Provider, ...]] = {channel: (Provider("fake"),) for channel in made.channels}
        self.health = MemoryHealth()
        dispatcher = Dispatcher(providers, lambda *_: self.provider, self.health)  # type: ignore[arg-type, return-value]
        self.engine = Engine(made, records, claims, lambda: self.now)
        self.courier = Courier(made, records, claims, dispatcher, lambda: self.now)
        notices = Notices(records, self.report, made.secret)
        strangers = Strangers(made.workspace, records, lambda: self.now, [made.secret])
        self.replies = Replies(made.workspace, records, notices, lambda: self.now, strangers)
        self.desk = MemoryDesk()
        self.consents = Consents(records, self.desk, notices, lambda: self.now)
        self.feedback = Feedback(records, claims, lambda: self.now, self.replies)

    def know(self, id_: str = "a", **fields: object) -> None:
        """Let a person be known, and agree to everything."""
        line = person(id_, **fields)["profile"]
        self.records.update_profiles([wire.profile(line, at=START - timedelta(days=1))])
        for channel in ("email", "sms", "push", "whatsapp"):
            self.say(id_, "granted", channel)

    def say(self, id_: str, state: str, channel: str = "email") -> None:
        """Add to the consent ledger."""
        line = consent("2026-03-01T00:00:00Z", state, channel, id_)["consent"]
        at = START - timedelta(days=1) if state == "granted" else self.now
        self.records.record_consents([wire.consent(line, at=at, recorded_at=self.now)])

    def report(self, moments: Sequence[Moment]) -> None:
        """Let the house report something of its own, for somebody to decide later."""
        self.reported += len(self.records.accept(moments, now=self.now, lease=timedelta(0)))

    def happen(self, id_: str, name: str = "ping", profile: str = "a") -> list[Draft]:
        """Let a moment happen."""
        return self.engine.process([Moment(id_, name, profile, self.now)])

    def hand_over(self, drafts: Sequence[Draft]) -> list[Settlement]:
        """Hand over what these drafts send."""
        return self.courier.deliver([draft.id for draft in drafts if draft.outcome == "send"])

    def express(self, moments: Sequence[Moment]) -> list[str]:
        """Decide moments, and hand over at once what can be; returns what is left to the queues."""
        express = self.courier.express()
        self.decide(moments, express)
        return express.depart()

    def decide(self, moments: Sequence[Moment], express: Express) -> list[Draft]:
        """Accept moments, and decide them for a departure."""
        accepted = self.engine.accept(moments)
        return self.engine.decide_new(accepted.new, accepted.until, express)

    def state(self, draft: Draft) -> State | None:
        """A message's state on record."""
        record = self.records.message(draft.id)
        return record.state if record else None

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@pytest.fixture(params=["memory", "redis"])
def touches(request: pytest.FixtureRequest, records: Records) -> Touches:
    """A hot state of each kind in turn, rebuilt from the records."""
    rebuild = partial(rebuilt, records)
    if request.param == "memory":
        return MemoryTouches(rebuild=rebuild, horizon=HORIZON)
    return RedisTouches(request.getfixturevalue("redis_client"), rebuild, HORIZON, enter=records.enter)


@pytest.fixture
def house(records: Records, touches: Touches) -> Callable[..., House]:
    """Makes a house for a workspace's files, on whichever stores the test runs."""

    def made(files: Mapping[str, bytes] | None = None) -> House:
        return House(material(files), records, touches)

    return made
