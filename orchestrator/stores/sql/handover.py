"""Handing over: claims with a fence, and what became of each attempt.

On PostgreSQL a claim holds the messages (so that nobody else claims them) and, shared, the profiles of their people.
Whoever records a withdrawal or a suppression holds the same profiles alone. So each waits for the other: what was
withdrawn before is seen by the claim, and what is claimed before has its attempt on record when the withdrawal commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

from orchestrator.model import Finding, Outgoing
from orchestrator.ports import Attempt, Later, Recheck, Record, Route, Settlement, Start, State, outgoing
from orchestrator.stores.codec import encode, storable
from orchestrator.stores.instants import instant, maybe_instant, micros
from orchestrator.stores.lifecycle import CANCELLED, HANDED_OVER, LONGEST_LEASE
from orchestrator.stores.sql import fence, messages, profiles
from orchestrator.stores.sql.facts import gather_standing
from orchestrator.stores.sql.message_rows import WHOLE, record
from orchestrator.stores.sql.messages import Decisions
from orchestrator.stores.sql.session import Found, Session

# what is ready is so at any time: it may have been decided before the clock was set back
FIRST = "SELECT channel, id, wake FROM messages WHERE state = '{}' AND wake {} {{}} ORDER BY wake LIMIT :limit"
DELIVERABLE = f"""
    SELECT channel, id FROM (
        SELECT * FROM ({FIRST.format("ready", "IS NOT NULL")}) AS ready
        UNION ALL SELECT * FROM ({FIRST.format("retry", "<= :now")}) AS again
    ) AS due ORDER BY wake, id LIMIT :limit
"""
OURS = "AND purpose IN :purposes"
ALL, OF_PURPOSES = DELIVERABLE.format("", ""), DELIVERABLE.format(OURS, OURS)
CLAIMABLE = f"""
    {WHOLE} WHERE id IN :ids AND (state = 'ready' OR (state = 'retry' AND wake <= :now)) FOR UPDATE OF m SKIP LOCKED
"""
UNTRIED = """
    SELECT id FROM messages WHERE id IN :ids AND state = 'ready' AND attempt = 0 FOR UPDATE SKIP LOCKED
"""
BEGIN = """
    UPDATE messages SET state = 'sending', due = NULL, wake = :wake, attempt = attempt + 1, fence = fence + 1,
        provider = COALESCE(:provider, provider), begun_at = :now, outcome = NULL, answer = '', ended_at = NULL
    WHERE id IN :ids
"""
PUT_ASIDE = """
    INSERT INTO attempts (message, attempt, fence, begun_at, provider, outcome, detail, ended_at)
    SELECT id, attempt, fence, begun_at, provider, outcome, answer, ended_at FROM messages
    WHERE id IN :ids AND begun_at IS NOT NULL
"""
ATTEMPTS = """
    SELECT message, attempt, fence, begun_at, provider, outcome, detail, ended_at FROM attempts WHERE message = :id
    UNION ALL
    SELECT id, attempt, fence, begun_at, provider, outcome, answer, ended_at FROM messages
    WHERE id = :id AND begun_at IS NOT NULL ORDER BY attempt
"""
WAIT = """
    UPDATE messages SET state = 'retry', due = new.due, wake = new.due, detail = new.detail
    FROM :waiting(id text, due bigint, detail text, reason text) AS new WHERE messages.id = new.id
"""
HOLD = """
    UPDATE messages SET state = 'held', due = new.due, wake = new.due, detail = new.detail, reason = new.reason,
        released = 0, touched = NULL, taken = 0
    FROM :waiting(id text, due bigint, detail text, reason text) AS new WHERE messages.id = new.id
"""
DROP = """
    UPDATE messages SET state = 'dropped', reason = new.reason, detail = new.detail, due = NULL, wake = NULL,
        released = CASE WHEN touched IS NULL THEN released ELSE 1 END, touched = NULL
    FROM :dropped(id text, reason text, detail text) AS new WHERE messages.id = new.id
"""
WAITING = f"""
    {WHOLE} WHERE m.campaign = :campaign AND m.state IN ('held', 'ready', 'retry') AND m.wake IS NOT NULL
    AND substr(b.moment, 1, length(:moments)) = :moments ORDER BY m.id LIMIT :limit FOR UPDATE OF m SKIP LOCKED
"""
ADVANCE = """
    UPDATE messages SET state = :state, reason = :reason, due = NULL, wake = NULL,
        released = CASE WHEN :state = 'delivered' THEN 0 WHEN :release = 1 AND touched IS NOT NULL THEN 1 ELSE released END,
        touched = CASE WHEN :release = 1 THEN NULL WHEN :state = 'delivered' AND released = 1 THEN at ELSE touched END
    WHERE id = :id AND state = :seen RETURNING id
"""
RETOUCH = """
    UPDATE messages SET touched = :at, due = :at, wake = :at WHERE id IN :ids AND state = 'retry' AND touched IS NOT NULL
"""
SETTLE = """
    UPDATE messages SET
        state = new.state, due = new.due, wake = new.due, provider = new.provider, detail = new.detail,
        provider_id = COALESCE(new.provider_id, messages.provider_id),
        handed_over = COALESCE(new.handed_over, messages.handed_over),
        outcome = new.state, answer = new.detail, ended_at = new.ended_at
    FROM :outcomes(id text, fence bigint, state text, provider text, provider_id text, detail text, due bigint,
                   handed_over bigint, ended_at bigint) AS new
    WHERE messages.id = new.id AND messages.fence = new.fence
    AND messages.state IN ('sending', 'retry', 'unknown', 'ready')
    RETURNING messages.id
"""
SETTLE_LAPSED = SETTLE.replace("IN ('sending', 'retry', 'unknown', 'ready')", "= 'sending'")
# apart, as most outcomes give nothing back
RELEASE = "UPDATE messages SET released = 1, touched = NULL WHERE id IN :ids AND touched IS NOT NULL RETURNING id"
FILL = """
    UPDATE messages SET
        provider = COALESCE(messages.provider, new.provider),
        provider_id = COALESCE(messages.provider_id, new.provider_id),
        handed_over = COALESCE(messages.handed_over, new.handed_over),
        outcome = new.state, answer = new.detail, ended_at = new.ended_at
    FROM :outcomes(id text, fence bigint, state text, provider text, provider_id text, detail text, handed_over bigint,
                   ended_at bigint) AS new
    WHERE messages.id = new.id AND messages.fence = new.fence
"""
# what is leased for longer than any lease is, was leased before the clock was set back
LAPSED = f"""
    {WHOLE} WHERE state = 'sending' AND (wake <= :now OR wake > :beyond) ORDER BY wake, id LIMIT :limit
"""


def deliverable(
    session: Session, now: datetime, limit: int, purposes: Collection[str] | None = None
) -> list[tuple[str, str]]:
    """(channel, id) of what is ready, or due again; of these purposes alone, where some are named."""
    if purposes is None:
        found = session.rows(ALL, now=micros(now), limit=limit)
    else:
        found = session.rows(OF_PURPOSES, now=micros(now), limit=limit, purposes=tuple(purposes))
    return [(channel or "", id) for channel, id in found]


def claim(
    session: Session,
    ids: Sequence[str],
    now: datetime,
    lease: timedelta,
    recheck: Recheck,
    route: Route | None = None,
) -> list[Outgoing]:
    """Begin attempts of what may be handed over, drop what must not be any more, let wait what has no way."""
    ready = {found.id: record(found) for found in session.rows(CLAIMABLE, ids=tuple(ids), now=micros(now))}
    if not ready:
        return []
    records = [ready[id] for id in dict.fromkeys(ids) if id in ready]
    verdicts = recheck(records, gather_standing(session, sorted({one.profile for one in records})))
    judged = list(zip(records, verdicts, strict=True))
    _drop(session, {one.id: verdict for one, verdict in judged if isinstance(verdict, Finding)})
    allowed = [outgoing(one) for one, verdict in judged if verdict is None]
    ways = route(allowed) if route else [""] * len(allowed)
    routed = list(zip(allowed, ways, strict=True))
    _wait(session, {one.id: verdict for one, verdict in judged if isinstance(verdict, Later)})
    _wait(session, {message.id: way for message, way in routed if isinstance(way, Later)})
    return _begin(session, [replace(m, account=way) for m, way in routed if not isinstance(way, Later)], now, lease)


def _drop(session: Session, findings: dict[str, Finding]) -> None:
    rows = [{"id": id, "reason": why.code, "detail": storable(why.detail)} for id, why in findings.items()]
    if rows:
        session.run(DROP, dropped=rows)


def drop_cancelled(session: Session, campaign: str, run: str, limit: int) -> list[Record]:
    """Drop what waits and was cancelled; returns the messages as they stood."""
    moments = encode([f"{campaign}:{run}:"]).removesuffix('"]') if run else ""  # how their moments' JSON begins
    found = list(map(record, session.rows(WAITING, campaign=campaign, moments=moments, limit=limit)))
    _drop(session, dict.fromkeys([one.id for one in found], CANCELLED))
    return found


def _wait(session: Session, waiting: dict[str, Later]) -> None:
    _put_off(session, WAIT, {id: later for id, later in waiting.items() if not later.held})
    _put_off(session, HOLD, {id: later for id, later in waiting.items() if later.held})


def _put_off(session: Session, statement: str, waiting: dict[str, Later]) -> None:
    if waiting:
        rows = [
            {"id": id, "due": micros(later.until), "detail": later.why, "reason": later.held}
            for id, later in waiting.items()
        ]
        session.run(statement, waiting=rows)


def decided(
    session: Session, made: Decisions, eras: Collection[str], start: Start | None, now: datetime
) -> list[Outgoing]:
    """Put decisions on record that were made in these eras, and begin those that are to start at once.

    Raises:
        Superseded: one of the eras is over.
        Outdated: of some whose messages were to start, something else has become known.
    """
    fence.hold(session, eras)
    if start is None or not start.messages:
        return messages.decide(session, made, {}, now, now)
    statement, people = profiles.holding(_people(start))
    session.run(statement, **people, then=partial(_assert_current, start))
    return messages.decide(session, made, start.messages, now, now + start.lease)


class Outdated(Exception):
    """What is to start was decided by what is not all that is known of people by now; `rest` is what was."""

    def __init__(self, rest: Start) -> None:
        super().__init__()
        self.rest = rest


def _assert_current(start: Start, revisions: Sequence[Found]) -> None:
    standing = _standing(start, revisions)
    if len(standing) < len(start.messages):
        raise Outdated(replace(start, messages=standing))


def begin(session: Session, start: Start, now: datetime) -> list[Outgoing]:
    """Begin first attempts without another look at the messages' people, where nothing is to be seen."""
    untried = UNTRIED, {"ids": tuple(sorted(start.messages))}
    revisions, free = session.together(profiles.holding(_people(start)), untried)
    ids = {id for (id,) in free}
    standing = _standing(start, revisions).values()
    return _begin(session, [message for message in standing if message.id in ids], now, start.lease)


def _people(start: Start) -> set[str]:
    return {message.profile for message in start.messages.values()}


def _standing(start: Start, revisions: Sequence[Found]) -> dict[str, Outgoing]:
    """Those of whose people, who are held, nothing else has become known."""
    known = dict[str, int](revisions)
    changed = {id for id in _people(start) if known.get(id) != start.revisions.get(id)}
    return {id: message for id, message in start.messages.items() if message.profile not in changed}


def _begin(session: Session, messages: Sequence[Outgoing], now: datetime, lease: timedelta) -> list[Outgoing]:
    if tried := tuple(message.id for message in messages if message.attempt):
        session.run(PUT_ASIDE, ids=tried)
    by_account: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        by_account[message.account].append(message.id)
    for account, ids in by_account.items():
        session.run(BEGIN, ids=tuple(ids), now=micros(now), wake=micros(now + lease), provider=account or None)
    return [replace(message, attempt=message.attempt + 1, fence=message.fence + 1) for message in messages]


def settle(session: Session, outcomes: Sequence[Settlement], now: datetime, lapsed: bool = False) -> list[Record]:
    """Write outcomes, in order of ids, as others do who wait for some of the same; returns what gave its touch back."""
    rows = [_outcome_row(outcome, now) for outcome in sorted(outcomes, key=attrgetter("id"))]
    if not rows:
        return []
    settled = {id for (id,) in session.rows(SETTLE_LAPSED if lapsed else SETTLE, outcomes=rows)}
    if len(settled) < len(rows) and not lapsed:
        session.run(FILL, outcomes=[row for row in rows if row["id"] not in settled])
    returning = tuple(outcome.id for outcome in outcomes if outcome.release and outcome.id in settled)
    released = session.rows(RELEASE, ids=returning) if returning else ()
    return messages.these(session, [id for (id,) in released])


def _outcome_row(outcome: Settlement, now: datetime) -> dict[str, object]:
    return {
        "id": outcome.id,
        "fence": outcome.fence,
        "state": outcome.state,
        "provider": outcome.provider,
        "provider_id": storable(outcome.provider_id) if outcome.provider_id else None,
        "detail": storable(outcome.detail),
        "due": micros(outcome.due or now) if outcome.state == "retry" else None,
        "handed_over": micros(now) if outcome.state in HANDED_OVER or outcome.doubtful else None,
        "ended_at": micros(now),
    }


def lapsed(session: Session, now: datetime, limit: int) -> list[Record]:
    """Hand-overs begun by somebody who is gone."""
    found = session.rows(LAPSED, now=micros(now), beyond=micros(now + LONGEST_LEASE), limit=limit)
    return list(map(record, found))


def advance(session: Session, id: str, state: State, seen: State, reason: str | None, release: bool) -> bool:
    """Move a message on from the state that it was seen in; False where it is in another."""
    return bool(session.rows(ADVANCE, id=id, state=state, seen=seen, reason=reason, release=int(release)))


def retouch(session: Session, ids: Sequence[str], at: datetime) -> None:
    """Let touches of what is to be tried again count from then on, and try it then."""
    session.run(RETOUCH, ids=tuple(sorted(ids)), at=micros(at))


def attempts(session: Session, message: str) -> list[Attempt]:
    """The attempts of one message, in order."""
    found = session.rows(ATTEMPTS, id=message)
    return [
        Attempt(
            message=one.message,
            attempt=one.attempt,
            fence=one.fence,
            begun_at=instant(one.begun_at),
            provider=one.provider,
            outcome=one.outcome,
            detail=one.detail,
            ended_at=maybe_instant(one.ended_at),
        )
        for one in found
    ]
