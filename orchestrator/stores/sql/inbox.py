"""Accepted moments: the queue of what is to be decided, and the history that conditions look back at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from orchestrator.model import Moment
from orchestrator.ports import COMPANY, Overtaken
from orchestrator.stores.codec import decode, encode
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.lifecycle import LONGEST_LEASE
from orchestrator.stores.sql.session import Found, Hearer, Session

NEW = "ON CONFLICT (id) DO NOTHING RETURNING id"
REPEATED = """
    UPDATE moments SET repeats = repeats + new.times FROM :counted(id text, times bigint) AS new WHERE moments.id = new.id
"""
TAKE = """
    WITH free AS MATERIALIZED (
        SELECT id FROM moments WHERE wake IS NOT NULL AND {free} AND {wanted}
        ORDER BY at, id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE moments SET wake = :wake, taken = taken + 1
    WHERE id IN (SELECT id FROM free) RETURNING id, name, profile, at, data
"""
# what is leased for longer than any lease is, was leased before the clock was set back
FREE = "(wake <= :now OR wake > :beyond)"
FRESH = TAKE.format(free=FREE, wanted="taken = 0")
THESE = TAKE.format(free=FREE, wanted="taken = 0 AND id IN :ids")
SUSPECTS = TAKE.format(free=FREE, wanted="taken > 0 AND taken = :taken")  # said twice, so that the index is used
PUT_BACK = """
    UPDATE moments SET wake = :until, taken = CASE WHEN taken > 0 THEN taken - 1 ELSE 0 END
    WHERE id IN :ids AND {whose}
"""
RETURN = PUT_BACK.format(whose="wake = :leased")
LEAVE = PUT_BACK.format(whose="wake IS NOT NULL AND accepted_at > :since RETURNING id")
PROLONG = "UPDATE moments SET wake = :until WHERE id IN :ids AND wake = :leased RETURNING id"
SPENT = f"""
    SELECT id, name, profile, at, data FROM moments
    WHERE wake IS NOT NULL AND taken > 0 AND taken > :most AND {FREE} ORDER BY at, id LIMIT :limit
"""
SETTLE = "UPDATE moments SET wake = NULL WHERE id IN :ids"
SETTLE_LEASED = f"{SETTLE} AND wake = :leased RETURNING id"


def accept(session: Session, moments: Sequence[Moment], now: datetime, lease: timedelta) -> frozenset[str]:
    """Commit what is new, count what is repeated; returns the new ids."""
    return count(session, moments, session.inserted("moments", _rows(moments, now, lease), NEW))


def begin(session: Session, moments: Sequence[Moment], now: datetime, lease: timedelta, then: Hearer) -> None:
    """As `accept`, up to the answer: `then` hears it, and `count` is to be told."""
    session.insert("moments", _rows(moments, now, lease), NEW, then=then)


def count(session: Session, moments: Sequence[Moment], new: Sequence[Found]) -> frozenset[str]:
    """Count what is repeated of these moments; returns the new ids."""
    ids = frozenset(id for (id,) in new)
    repeats = Counter(moment.id for moment in moments)
    repeats.subtract(ids)
    counted = [{"id": id, "times": times} for id, times in sorted(repeats.items()) if times]
    if counted:
        session.run(REPEATED, counted=counted)
    return ids


def take(session: Session, ids: Sequence[str] | None, now: datetime, lease: timedelta, limit: int) -> list[Moment]:
    """Lease what is nobody's, oldest first; what was taken before, before all else and in small company."""
    values: dict[str, Any] = {**_free(now), "wake": micros(now + lease)}
    if ids is not None:
        return _oldest_first(session.rows(THESE, ids=tuple(ids), limit=limit, **values))
    for taken, most in COMPANY.items():
        size = min(limit, most or limit)
        found = session.rows(SUSPECTS, taken=taken, limit=size, **values) if taken else ()
        if found:
            return _oldest_first(found)
    return _oldest_first(session.rows(FRESH, limit=limit, **values))


def _free(now: datetime) -> dict[str, int]:
    return {"now": micros(now), "beyond": micros(now + LONGEST_LEASE)}


def _oldest_first(found: Iterable[Found]) -> list[Moment]:
    return sorted(map(moment, found), key=lambda moment: (moment.at, moment.id))


def put_back(session: Session, ids: Iterable[str], leased: datetime, until: datetime) -> None:
    """Those of these that are leased until an instant are free from another one on, as if never taken."""
    session.run(RETURN, ids=tuple(sorted(ids)), leased=micros(leased), until=micros(until))


def prolong(session: Session, ids: Sequence[str], leased: datetime, until: datetime) -> None:
    """Hold for longer what is leased until an instant; the transaction is undone with `Overtaken` where some of it is not."""
    if ids:
        values = {"ids": tuple(sorted(ids)), "leased": micros(leased), "until": micros(until)}
        session.run(PROLONG, **values, then=partial(assert_all, len(ids)))


def leave(session: Session, ids: Iterable[str], accepted_after: datetime, until: datetime) -> frozenset[str]:
    """Those of these that were accepted later than an instant are free from another one on; returns their ids."""
    found = session.rows(LEAVE, ids=tuple(sorted(ids)), since=micros(accepted_after), until=micros(until))
    return frozenset(id for (id,) in found)


def spent(session: Session, now: datetime, limit: int) -> list[Moment]:
    """Those that were taken as often as they may be."""
    return _oldest_first(session.rows(SPENT, most=max(COMPANY), limit=limit, **_free(now)))


def settle(session: Session, ids: Sequence[str], leased: datetime | None = None) -> None:
    """These are decided; the transaction is undone with `Overtaken` where one of them is leased otherwise than is said."""
    named = tuple(sorted(ids))
    if leased is None:
        session.run(SETTLE, ids=named)
    else:
        session.run(SETTLE_LEASED, ids=named, leased=micros(leased), then=partial(assert_all, len(named)))


def assert_all(count: int, found: Sequence[Found]) -> None:
    """Raise `Overtaken` where not all were found that should have been."""
    if len(found) < count:
        raise Overtaken("others have had some of it in hand since, or it is gone: what was decided here does not count")


def settled(session: Session) -> int:
    """How many are decided."""
    return int(session.rows("SELECT count(*) FROM moments WHERE wake IS NULL")[0][0])


def moment(found: Found) -> Moment:
    """The moment in a row."""
    return Moment(found.id, found.name, found.profile, instant(found.at), decode(found.data))


def _rows(moments: Sequence[Moment], now: datetime, lease: timedelta) -> list[dict[str, Any]]:
    """In order of ids, so that two who accept the same ones wait and do not lock up; the first of a repeated id counts."""
    first: dict[str, Moment] = {}
    for moment in moments:
        first.setdefault(moment.id, moment)
    beside = {"accepted_at": micros(now), "wake": micros(now + lease), "repeats": 0, "taken": 0}
    return [_row(first[id]) | beside for id in sorted(first)]


def _row(moment: Moment) -> dict[str, Any]:
    return {
        "id": moment.id,
        "name": moment.name,
        "profile": moment.profile,
        "at": micros(moment.at),
        "data": encode(moment.data),
    }
