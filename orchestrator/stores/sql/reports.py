"""What comes back: providers' reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from orchestrator.model import Receipt
from orchestrator.ports import REPORTS, Record
from orchestrator.stores.codec import decode, encode
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.lifecycle import LATE_MATCH
from orchestrator.stores.sql import messages
from orchestrator.stores.sql.session import Found, Session

FOUND = """
    SELECT r.key, r.at, r.body, m.id FROM receipts AS r JOIN messages AS m ON m.id = r.message_id
    WHERE r.wake IS NOT NULL AND r.wake <= :now{wanted}
    UNION ALL
    SELECT r.key, r.at, r.body, m.id FROM receipts AS r JOIN messages AS m ON m.provider_id = r.provider_id
    WHERE r.message_id IS NULL AND r.wake IS NOT NULL AND r.wake <= :now{wanted}
"""
THESE = FOUND.format(wanted=" AND r.key IN :keys")
ANY = f"SELECT * FROM ({FOUND.format(wanted='')}) AS found LIMIT :limit"
MATCH = """
    UPDATE receipts SET message = new.message, wake = :wake FROM :matched(key text, message text) AS new
    WHERE receipts.key = new.key AND receipts.wake <= :now RETURNING receipts.key
"""
UNMATCHED = """
    UPDATE receipts SET wake = :wake WHERE key IN :keys AND message IS NULL AND wake <= :now RETURNING key
"""
GIVE_UP = "UPDATE receipts SET wake = NULL WHERE wake IS NOT NULL AND message IS NULL AND received_at < :since"


def receive(
    session: Session, receipts: Sequence[Receipt], now: datetime, lease: timedelta
) -> list[tuple[Receipt, Record]]:
    """Keep what is new and return what found its message; with nothing new, what is still to be learnt from."""
    if not receipts:
        session.run(GIVE_UP, since=micros(now - LATE_MATCH))
        return _lease(session, session.rows(ANY, now=micros(now), limit=REPORTS), now, lease)
    first = {receipt.key: receipt for receipt in reversed(receipts)}
    keys = sorted(first)
    session.insert("receipts", [_row(first[key], now) for key in keys], "ON CONFLICT (key) DO NOTHING")
    return _lease(session, session.rows(THESE, keys=tuple(keys), now=micros(now)), now, lease)


def _lease(session: Session, found: Sequence[Found], now: datetime, lease: timedelta) -> list[tuple[Receipt, Record]]:
    rows = {one.key: one for one in found}
    if not rows:
        return []
    matched = [{"key": key, "message": one.id} for key, one in sorted(rows.items())]
    wake = micros(now + lease) if lease else None
    ours = [rows[key] for (key,) in session.rows(MATCH, matched=matched, wake=wake, now=micros(now))]
    records = {record.id: record for record in messages.these(session, [one.id for one in ours])}
    return [(receipt(one.body), records[one.id]) for one in sorted(ours, key=lambda one: (one.at, one.key))]


def unmatched(session: Session, keys: Sequence[str], now: datetime, lease: timedelta) -> frozenset[str]:
    """Lease those of these that concern no message and have had no effect."""
    found = session.rows(UNMATCHED, keys=tuple(sorted(keys)), now=micros(now), wake=micros(now + lease))
    return frozenset(key for (key,) in found)


def learnt(session: Session, keys: Sequence[str]) -> None:
    """These have had their effect."""
    session.run("UPDATE receipts SET wake = NULL WHERE key IN :keys", keys=tuple(sorted(keys)))


def about(session: Session, message: str) -> list[Receipt]:
    """The reports about one message, in order."""
    found = session.rows("SELECT body FROM receipts WHERE message = :id ORDER BY at, key", id=message)
    return [receipt(body) for (body,) in found]


def _row(receipt: Receipt, now: datetime) -> dict[str, Any]:
    return {
        "key": receipt.key,
        "message": None,
        "message_id": receipt.message,
        "provider_id": receipt.provider_id,
        "at": micros(receipt.at),
        "received_at": micros(now),
        "wake": micros(now),
        "body": body(receipt),
        "kind": receipt.kind,
        "link": receipt.link,
        "machine": receipt.machine,
    }


def body(receipt: Receipt) -> str:
    """A report as it is kept."""
    return encode(
        {
            "kind": receipt.kind,
            "at": micros(receipt.at),
            "key": receipt.key,
            "message": receipt.message,
            "provider_id": receipt.provider_id,
            "channel": receipt.channel,
            "address": receipt.address,
            "permanent": receipt.permanent,
            "text": receipt.text,
            "raw": receipt.raw,
            "link": receipt.link,
            "machine": receipt.machine,
            **({"taken_for": receipt.taken_for} if receipt.taken_for else {}),  # older processes do not know it
        }
    )


def receipt(body: str) -> Receipt:
    """The report that is kept so."""
    said = decode(body)
    return Receipt(**{**said, "at": instant(said["at"])})
