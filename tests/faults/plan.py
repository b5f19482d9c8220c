"""What a run sends, what must come of it, and what did, by the providers' own word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import create_engine, make_url, text

from orchestrator.app import wall_clock
from orchestrator.decision.message_ids import message_id
from orchestrator.model import Moment
from tests.faults.house import CAMPAIGNS, CAP, House
from tests.faults.ledger import Ledger

LAST = 0.85  # of what there is to do is done when the last of several faults happens
OVER = frozenset({"sent", "delivered", "dropped", "failed", "dead", "unknown"})
REFUSALS = frozenset({"caps.exceeded", "priority.lost"})


@dataclass(frozen=True, slots=True)
class Expected:
    """One message that a moment raises."""

    purpose: str
    channel: str
    profile: str


def part(number: int, times: int) -> float:
    """How much of all is to be done when the fault with this number (from 0) of several happens."""
    return LAST * (number + 1) / times


@dataclass
class Plan:
    """Moments in order, as JSON lines, and the messages that follow from them by id."""

    lines: list[dict[str, Any]]
    messages: dict[str, Expected] = field(default_factory=dict)

    @classmethod
    def of(cls, moments: int, people: int, *, prefix: str = "", only: str = "") -> Plan:
        """So many moments of so many people: of two in three the messages may be refused, of one they are owed."""
        lines = [
            {
                "id": f"{prefix}m{number}",
                "name": only or ("bought" if number % 3 == 2 else "ping"),
                "profile": f"{prefix}p{number % people}",
                "data": {"n": number},
            }
            for number in range(moments)
        ]
        plan = cls(lines)
        for line in lines:
            plan.messages.update(raised_by(line))
        return plan

    def __add__(self, other: Plan) -> Plan:
        return Plan(self.lines + other.lines, self.messages | other.messages)

    def first(self, moments: int) -> Plan:
        """The first so many moments of it."""
        lines = self.lines[:moments]
        return Plan(lines, {id_: message for line in lines for id_, message in raised_by(line)})

    @property
    def people(self) -> list[str]:
        """Everybody who is concerned, in order."""
        return list(dict.fromkeys(line["profile"] for line in self.lines))

    def of_purpose(self, purpose: str, channel: str | None = None) -> list[str]:
        """The ids of the messages of a purpose."""
        return [
            id_
            for id_, message in self.messages.items()
            if message.purpose == purpose and channel in (None, message.channel)
        ]


def raised_by(line: dict[str, Any]) -> Iterator[tuple[str, Expected]]:
    """The messages that a moment raises, by id."""
    moment = Moment(line["id"], line["name"], line["profile"], wall_clock())
    for campaign, (purpose, name, channel) in CAMPAIGNS.items():
        if name == line["name"]:
            yield message_id(moment, campaign), Expected(purpose, channel, line["profile"])


@dataclass(frozen=True)
class Verdict:
    """What became of a plan. Each number but the first is of messages that went wrong, or might have."""

    messages: int
    lost: int
    twice_idempotent: int
    twice_marketing: int
    twice_owed: int
    unknown: int
    caps_exceeded: int
    strays: tuple[str, ...] = ()

    @classmethod
    def none(cls) -> Verdict:
        """On nothing: the run did not come to an end."""
        return cls(0, 0, 0, 0, 0, 0, 0)

    @classmethod
    def on(cls, plan: Plan, house: House, refusals: frozenset[str] = frozenset()) -> Verdict:
        """The verdict, once all is over; `refusals` are reasons for which a message may stay away here."""
        ledger, records = house.ledger, _states(house)
        lost = [id_ for id_ in plan.messages if _is_lost(id_, records, ledger, REFUSALS | refusals)]
        marketing, owed = plan.of_purpose("marketing", "sms"), plan.of_purpose("transactional", "sms")
        emails = [id_ for id_, message in plan.messages.items() if message.channel == "email"]
        return cls(
            messages=len(plan.messages),
            lost=len(lost),
            twice_idempotent=ledger.twice(emails),
            twice_marketing=ledger.twice(marketing),
            twice_owed=ledger.twice(owed),
            unknown=sum(state == "unknown" for state, _ in records.values()),
            caps_exceeded=_beyond_caps(plan, ledger),
            strays=tuple(f"{id_}: {records.get(id_)}" for id_ in lost[:10]),
        )


def _is_lost(id_: str, records: dict[str, tuple[str, str | None]], ledger: Ledger, refusals: frozenset[str]) -> bool:
    """Neither sent, nor refused for a good reason, nor shown to a person as unknown."""
    state, reason = records.get(id_, ("", None))
    if ledger.sent[id_]:
        return state not in OVER
    return not (state == "unknown" or (state == "dropped" and reason in refusals))


def _beyond_caps(plan: Plan, ledger: Ledger) -> int:
    """How many messages people got beyond their cap."""
    got = Counter(plan.messages[id_].profile for id_ in plan.of_purpose("marketing") if ledger.sent[id_])
    return sum(max(0, count - CAP) for count in got.values())


def _states(house: House) -> dict[str, tuple[str, str | None]]:
    """State and reason of each message on record."""
    return {id_: (state, reason) for id_, state, reason in query(house, "SELECT id, state, reason FROM messages")}


ATTEMPTS = """(
    SELECT message, attempt, provider, outcome, begun_at FROM attempts UNION ALL
    SELECT id, attempt, provider, outcome, begun_at FROM messages WHERE begun_at IS NOT NULL
)"""
"""All attempts, as a table: the present one of a message stands in its own row."""


def query(house: House, statement: str) -> list[Any]:
    """What the records hold, read beside the program."""
    url = make_url(house.app.settings.database)
    engine = create_engine(url if url.get_backend_name() == "sqlite" else url.set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        found = list(connection.execute(text(statement)))
    engine.dispose()
    return found
