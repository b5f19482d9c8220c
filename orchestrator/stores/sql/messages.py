"""Messages on record: what was decided, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from orchestrator.model import Draft, Outgoing, Touch
from orchestrator.ports import COMPANY, Queue, Record, State, Stuck
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.lifecycle import AWAKE, HALTED_AT_DOOR
from orchestrator.stores.sql import traces
from orchestrator.stores.sql.inbox import assert_all
from orchestrator.stores.sql.message_rows import WHOLE, begun, body, record, row
from orchestrator.stores.sql.session import Session

COUNTED = ("state", "reason", "channel", "market", "locale", "campaign")

# a message that is held may be decided anew; its attempts go on being counted, and only one that had none begins here
DECIDE = """
    ON CONFLICT (id) DO UPDATE SET
        campaign = excluded.campaign, purpose = excluded.purpose, state = excluded.state, reason = excluded.reason,
        at = excluded.at, due = excluded.due, wake = excluded.wake, channel = excluded.channel,
        market = excluded.market, locale = excluded.locale, variant = excluded.variant,
        attempt = messages.attempt + excluded.attempt, fence = messages.fence + excluded.fence,
        provider = COALESCE(excluded.provider, messages.provider),
        begun_at = COALESCE(excluded.begun_at, messages.begun_at),
        touched = excluded.touched, released = 0, taken = 0
    WHERE messages.state = 'held' AND (messages.attempt = 0 OR excluded.attempt = 0)
    RETURNING id, seq, attempt, fence
"""
DECIDE_BODY = """
    ON CONFLICT (message) DO UPDATE SET addresses = excluded.addresses, moment = excluded.moment,
        trace = excluded.trace, content = excluded.content
"""
LEASE = "UPDATE messages SET wake = :wake, taken = taken + 1 WHERE id IN (SELECT id FROM free) RETURNING id"
# that it was taken is said twice, so that the index is used
SUSPECTS = f"""
    WITH free AS MATERIALIZED (
        SELECT id FROM messages WHERE state = 'held' AND wake <= :now AND wake IS NOT NULL AND taken > 0 AND taken = :taken
        ORDER BY wake, id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    {LEASE}
"""
# all that is due of a person is decided together, by priority; the second look goes by the person, and must not go by state
FRESH = f"""
    WITH first AS MATERIALIZED (
        SELECT profile FROM messages WHERE state = 'held' AND wake <= :now AND taken = 0 ORDER BY wake, id LIMIT :limit
    ), free AS MATERIALIZED (
        SELECT id FROM messages WHERE profile IN (SELECT profile FROM first)
        AND state || '' = 'held' AND wake + 0 <= :now AND taken = 0 FOR UPDATE SKIP LOCKED
    )
    {LEASE}
"""
PUT_BACK = "UPDATE messages SET wake = :until, taken = taken - 1 WHERE id IN :ids AND state = 'held' AND taken > 0"
RETURN = f"{PUT_BACK} AND wake = :leased"
PROLONG = "UPDATE messages SET wake = :until WHERE id IN :ids AND state = 'held' AND wake = :leased RETURNING id"
LEASED = "SELECT id FROM messages WHERE id IN :ids AND state = 'held' AND wake = :leased ORDER BY id FOR UPDATE"
LOOK_ANEW = """
    UPDATE messages SET due = :now, wake = :now
    WHERE profile IN :people AND state = 'held' AND reason = 'timing.paused' AND wake = due
"""
WAKE = """
    WITH waiting AS MATERIALIZED (
        SELECT id FROM messages WHERE campaign = :campaign AND state IN ('held', 'retry') AND wake > :now AND wake = due
        AND (reason = 'campaign.paused' OR detail = :paused) LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE messages SET due = :now, wake = :now WHERE id IN (SELECT id FROM waiting) RETURNING id
"""
SPENT = """
    SELECT id FROM messages WHERE state = 'held' AND wake <= :now AND wake IS NOT NULL AND taken > 0 AND taken > :most
    ORDER BY wake, id LIMIT :limit
"""
LATEST = f"""
    {WHOLE} WHERE profile = :profile AND campaign = :campaign AND channel = :channel AND handed_over IS NOT NULL
    ORDER BY handed_over DESC, at DESC, id DESC LIMIT 1
"""
REVIVE = """
    UPDATE messages SET reason = NULL, wake = :now, released = 0, taken = 0,
        state = CASE WHEN released = 1 OR reason = 'moment.undecidable' THEN 'held' ELSE 'ready' END,
        due = CASE WHEN released = 1 OR reason = 'moment.undecidable' THEN :now END
    WHERE id IN :ids AND state IN ('dead', 'failed', 'unknown')
    AND EXISTS (SELECT 1 FROM bodies AS b WHERE b.message = messages.seq) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions as rows, worked out before the transaction that writes them, so that it is short."""

    rows: Mapping[str, dict[str, Any]]
    bodies: Mapping[str, dict[str, Any]]
    traces: Mapping[str, str]  # that several have, by name


def decisions(drafts: Sequence[Draft], now: datetime) -> Decisions:
    """The rows of decisions, by message."""
    told = traces.traces(drafts, now)
    bodies = {draft.id: body(draft, told.of[draft.id]) for draft in drafts}
    return Decisions({draft.id: row(draft) for draft in drafts}, bodies, told.shared)


AWAKE_IN = """
    SELECT * FROM (
        SELECT state, campaign, channel, at, wake FROM messages WHERE state = '{}' AND wake IS NOT NULL
        ORDER BY wake LIMIT :limit
    ) AS in_{}
"""
QUEUES = f"""
    SELECT state, campaign, COALESCE(channel, '') AS channel, count(*) AS size, min(at) AS oldest, min(wake) AS next
    FROM ({" UNION ALL ".join(AWAKE_IN.format(state, state) for state in AWAKE)}) AS awake
    GROUP BY state, campaign, channel
"""

# by the index of these very words
STUCK = """
    SELECT state, campaign, channel, count(*), max(ended) FROM (
        SELECT state, campaign, COALESCE(channel, '') AS channel, COALESCE(ended_at, at) AS ended FROM messages
        WHERE state IN ('unknown', 'dead') AND at > :since LIMIT :limit
    ) AS stuck GROUP BY state, campaign, channel ORDER BY state, campaign, channel
"""


def decide(
    session: Session, made: Decisions, started: Mapping[str, Outgoing], now: datetime, until: datetime
) -> list[Outgoing]:
    """Put decisions on record; in order of ids, so that two who record the same ones wait and do not lock up.

    Those that are `started` are on record as begun, and returned with their attempt and fence.
    """
    ids = sorted(made.rows)
    rows = [begun(made.rows[id], started[id].account, now, until) if id in started else made.rows[id] for id in ids]
    written = {id: (seq, attempt, fence) for id, seq, attempt, fence in session.inserted("messages", rows, DECIDE)}
    bodies = [{"message": seq, **made.bodies[id]} for id, (seq, _, _) in written.items()]
    session.insert("bodies", bodies, DECIDE_BODY)
    traces.keep(session, made.traces)
    return [_counted(message, *written[id][1:]) for id, message in started.items() if id in written]


def _counted(message: Outgoing, attempt: int, fence: int) -> Outgoing:
    """A message as it was begun; mostly it is the first attempt, as was supposed."""
    supposed = (message.attempt, message.fence) == (attempt, fence)
    return message if supposed else replace(message, attempt=attempt, fence=fence)


def take_due(session: Session, now: datetime, lease: timedelta, limit: int) -> list[Record]:
    """Lease held messages that fall due, earliest first, and what else is due of the same people; before all that, and in
    small company, those that were taken before.
    """
    values = {"now": micros(now), "wake": micros(now + lease)}
    for taken, most in COMPANY.items():
        found = session.rows(SUSPECTS, taken=taken, limit=min(limit, most or limit), **values) if taken else ()
        if found:
            return these(session, [id for (id,) in found], order="due, id")
    return these(session, [id for (id,) in session.rows(FRESH, limit=limit, **values)], order="due, id")


def look_anew(session: Session, people: Sequence[str], now: datetime) -> None:
    """What waits for the end of these people's pauses is due, unless somebody has it in hand."""
    session.run(LOOK_ANEW, people=tuple(people), now=micros(now))


def wake(session: Session, campaign: str, now: datetime, limit: int) -> int:
    """What waits for the end of a campaign's pause is due, unless somebody has it in hand."""
    return len(session.rows(WAKE, campaign=campaign, now=micros(now), paused=HALTED_AT_DOOR, limit=limit))


def put_back(session: Session, ids: Sequence[str], leased: datetime, until: datetime) -> None:
    """Those of these that are leased until an instant are free from another one on, as if never taken."""
    session.run(RETURN, ids=tuple(sorted(ids)), leased=micros(leased), until=micros(until))


def leave(session: Session, ids: Sequence[str], until: datetime) -> None:
    """These are free from then on, as if never taken."""
    session.run(PUT_BACK, ids=tuple(sorted(ids)), until=micros(until))


def prolong(session: Session, ids: Sequence[str], leased: datetime, until: datetime) -> None:
    """Hold for longer what is leased until an instant; the transaction is undone with `Overtaken` where some of it is not."""
    if ids:
        values = {"ids": tuple(sorted(ids)), "leased": micros(leased), "until": micros(until)}
        session.run(PROLONG, **values, then=partial(assert_all, len(ids)))


def hold(session: Session, ids: Sequence[str], leased: datetime) -> None:
    """Hold these; the transaction is undone with `Overtaken` where one of them is leased otherwise than is said."""
    if ids:
        values = {"ids": tuple(sorted(ids)), "leased": micros(leased)}
        session.run(LEASED, **values, then=partial(assert_all, len(ids)))


def spent(session: Session, now: datetime, limit: int) -> list[Record]:
    """Those that were taken as often as they may be."""
    return these(session, [id for (id,) in session.rows(SPENT, now=micros(now), most=max(COMPANY), limit=limit)])


def these(session: Session, ids: Sequence[str], order: str = "id") -> list[Record]:
    """The messages with these ids."""
    return list(map(record, session.rows(f"{WHOLE} WHERE id IN :ids ORDER BY {order}", ids=tuple(ids)))) if ids else []


def next_due(session: Session) -> datetime | None:
    """When the next held message falls due, or its lease runs out."""
    statement = "SELECT wake FROM messages WHERE state = 'held' AND wake IS NOT NULL ORDER BY wake LIMIT 1"
    return next((instant(wake) for (wake,) in session.rows(statement)), None)


def moving(session: Session) -> int:
    """How many are ready, sending or to be tried again."""
    statement = "SELECT count(*) FROM messages WHERE state IN ('ready', 'sending', 'retry') AND wake IS NOT NULL"
    return int(session.rows(statement)[0][0])


def touches(session: Session, ids: Sequence[str], since: datetime) -> dict[str, tuple[Touch, ...]]:
    """People's touches younger than an instant, oldest first."""
    statement = """
        SELECT profile, id, touched, channel, purpose, campaign FROM messages
        WHERE profile IN :ids AND at > :since AND touched > :since ORDER BY touched, id
    """
    found: dict[str, list[Touch]] = {id: [] for id in ids}
    for profile, id, touched, channel, purpose, campaign in session.rows(
        statement, ids=tuple(ids), since=micros(since)
    ):
        found[profile].append(Touch(id, instant(touched), channel, purpose, campaign))
    return {id: tuple(theirs) for id, theirs in found.items()}


def one(session: Session, id: str) -> Record | None:
    """The message with this id."""
    return next(iter(these(session, [id])), None)


def latest(session: Session, profile: str, campaign: str, channel: str) -> Record | None:
    """The message handed over last."""
    found = session.rows(LATEST, profile=profile, campaign=campaign, channel=channel)
    return next(map(record, found), None)


def listed(
    session: Session,
    states: Sequence[State] | None,
    profile: str | None,
    campaign: str | None,
    after: str,
    limit: int,
) -> list[Record]:
    """Messages newest first, from behind one of them."""
    wanted: dict[str, tuple[str, Any]] = {
        "states": ("state IN :states", None if states is None else tuple(states)),
        "profile": ("profile = :profile", profile),
        "campaign": ("campaign = :campaign", campaign),
        "after": ("(at, id) < (SELECT at, id FROM messages WHERE id = :after)", after or None),
    }
    given = {name: (condition, value) for name, (condition, value) in wanted.items() if value is not None}
    where = " AND ".join(condition for condition, _ in given.values()) or "true"
    statement = f"{WHOLE} WHERE {where} ORDER BY at DESC, id DESC LIMIT :limit"
    return list(map(record, session.rows(statement, limit=limit, **{name: v for name, (_, v) in given.items()})))


def queues(session: Session, limit: int) -> list[Queue]:
    """What is not done, by state, campaign and channel."""
    found = session.rows(QUEUES, limit=limit)
    queues = [
        Queue(state, campaign, channel, count, instant(since), instant(due))
        for state, campaign, channel, count, since, due in found
    ]
    return sorted(queues, key=lambda queue: (queue.state, queue.campaign, queue.channel))


def stuck(session: Session, since: datetime, limit: int) -> list[Stuck]:
    """What waits for a person, by state, campaign and channel."""
    found = session.rows(STUCK, since=micros(since), limit=limit)
    return [Stuck(state, campaign, channel, count, instant(last)) for state, campaign, channel, count, last in found]


def revive(session: Session, ids: Sequence[str], now: datetime) -> int:
    """Take messages up again; returns how many."""
    return len(session.rows(REVIVE, ids=tuple(ids), now=micros(now)))


def counts(session: Session) -> list[tuple[dict[str, str | None], int]]:
    """How many there are of each kind."""
    names = ", ".join(COUNTED)
    found = session.rows(f"SELECT {names}, count(*) FROM messages GROUP BY {names}")
    return [(dict(zip(COUNTED, row[:-1], strict=True)), row[-1]) for row in found]
