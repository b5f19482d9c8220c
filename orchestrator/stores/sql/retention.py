"""What has been kept long enough: looked at page by page in the order of keys, whatever else is going on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from orchestrator.ports import Kept, Step
from orchestrator.stores.codec import decode, encode
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.sql import traces
from orchestrator.stores.sql.reports import body as report_body
from orchestrator.stores.sql.reports import receipt
from orchestrator.stores.sql.session import Session

KEYS: Mapping[Kept, tuple[str, str]] = {
    "content": ("messages", "id"),
    "moments": ("moments", "id"),
    "receipts": ("receipts", "key"),
    "messages": ("messages", "id"),
}
PAGE = "SELECT {key} FROM {table} WHERE {key} > :after ORDER BY {key} LIMIT :limit"
SAID = """
    SELECT b.message, b.moment, b.addresses, b.content FROM bodies AS b JOIN messages AS m ON m.seq = b.message
    WHERE m.id IN :ids AND m.at < :before AND m.wake IS NULL AND m.state IN ('sent', 'delivered', 'dropped')
"""
UNSAY = """
    UPDATE bodies SET content = NULL, addresses = '[]', moment = new.moment
    FROM :rows(message bigint, moment text) AS new WHERE bodies.message = new.message
"""
CARRIED = "SELECT id FROM moments WHERE id IN :ids AND accepted_at < :before AND wake IS NULL AND data <> '{}'"
REPORTED = "SELECT key, message, body FROM receipts WHERE key IN :ids AND received_at < :before AND wake IS NULL"
BARE = "UPDATE receipts SET body = new.body FROM :rows(key text, body text) AS new WHERE receipts.key = new.key"
FINISHED = """
    SELECT id FROM messages WHERE id IN :ids AND at < :before AND wake IS NULL AND (touched IS NULL OR touched < :touched)
    AND state IN ('sent', 'delivered', 'dropped', 'failed', 'dead', 'unknown')
"""
OLDEST = "SELECT min(at) FROM messages"
ERASE = (
    "DELETE FROM attempts WHERE message IN :ids",
    "DELETE FROM receipts WHERE message IN :ids",
    "DELETE FROM links WHERE message IN :ids",
    "DELETE FROM bodies WHERE message IN (SELECT seq FROM messages WHERE id IN :ids)",
    "DELETE FROM messages WHERE id IN :ids",
)


def remove(
    session: Session, kind: Kept, before: datetime, touched_before: datetime, after: str, limit: int, dry: bool
) -> Step:
    """One page of a kind."""
    table, key = KEYS[kind]
    ids = tuple(id for (id,) in session.rows(PAGE.format(table=table, key=key), after=after, limit=limit))
    found = _FOUND[kind](session, ids, {"before": micros(before), "touched": micros(touched_before)}) if ids else []
    if found and not dry:
        _REMOVE[kind](session, found)
    if len(ids) == limit:
        return Step(len(found), ids[-1])
    goes_on = kind == "messages" and not dry and _remove_outlived_traces(session, before, limit)
    return Step(len(found), (ids[-1] if ids else after) if goes_on else None)


def _said(session: Session, ids: tuple[str, ...], ages: Mapping[str, int]) -> Sequence[Any]:
    """Bodies that still say something, as they are when they say nothing any more."""
    found = session.rows(SAID, ids=ids, before=ages["before"])
    return [
        {"message": row.message, "moment": bare}
        for row in found
        if (bare := _without_data(row.moment)) != row.moment or row.content is not None or row.addresses != "[]"
    ]


def _without_data(moment: str) -> str:
    *known, _ = decode(moment)
    return encode((*known, {}))


def _unsay(session: Session, rows: Sequence[Any]) -> None:
    session.run(UNSAY, rows=list(rows))


def _carried(session: Session, ids: tuple[str, ...], ages: Mapping[str, int]) -> Sequence[Any]:
    return [id for (id,) in session.rows(CARRIED, ids=ids, before=ages["before"])]


def _uncarry(session: Session, ids: Sequence[Any]) -> None:
    session.run("UPDATE moments SET data = '{}' WHERE id IN :ids", ids=tuple(ids))


def _reported(session: Session, ids: tuple[str, ...], ages: Mapping[str, int]) -> Sequence[Any]:
    """Reports that still hold what is not needed, with what is left of them; nothing of those that are about no message."""
    left = []
    for key, message, body in session.rows(REPORTED, ids=ids, before=ages["before"]):
        bare = report_body(replace(receipt(body), raw={}, text="", address=None)) if message else None
        if bare != body:
            left.append({"key": key, "body": bare})
    return left


def _strip(session: Session, rows: Sequence[Any]) -> None:
    gone = tuple(row["key"] for row in rows if row["body"] is None)
    session.run("DELETE FROM receipts WHERE key IN :ids", ids=gone)
    session.run(BARE, rows=[row for row in rows if row["body"] is not None])


def _finished(session: Session, ids: tuple[str, ...], ages: Mapping[str, int]) -> Sequence[Any]:
    return [id for (id,) in session.rows(FINISHED, ids=ids, **ages)]


def _erase(session: Session, ids: Sequence[Any]) -> None:
    for statement in ERASE:
        session.run(statement, ids=tuple(ids))


def _remove_outlived_traces(session: Session, before: datetime, limit: int) -> bool:
    """Remove a page of what only messages shared that are gone by now; whether there may be more of it."""
    ((oldest,),) = session.rows(OLDEST)
    return traces.remove_outlived(session, before if oldest is None else instant(oldest), limit) == limit


_FOUND: Mapping[Kept, Callable[[Session, tuple[str, ...], Mapping[str, int]], Sequence[Any]]] = {
    "content": _said,
    "moments": _carried,
    "receipts": _reported,
    "messages": _finished,
}
_REMOVE: Mapping[Kept, Callable[[Session, Sequence[Any]], None]] = {
    "content": _unsay,
    "moments": _uncarry,
    "receipts": _strip,
    "messages": _erase,
}
