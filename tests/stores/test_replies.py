"""What people wrote, and what somebody made of it: the same on every store."""

from __future__ import annotations

from orchestrator.ports import Records, Reply
from tests.stores.builders import HOUR, NOW


def test_a_reply_is_kept_once_and_settled_once(records: Records) -> None:
    """Refusals wait, oldest first; nothing else does."""
    first = Reply("u1", "sms", NOW - HOUR, "stop texting me", "refusal", "+12025550123")
    other = Reply("u2", "whatsapp", NOW, "leave me alone", "refusal")
    for reply in (other, first, first, Reply("u1", "sms", NOW, "STOP", "stop"), Reply("u3", "sms", NOW, "hi")):
        records.replied(reply)
    assert records.replies(waiting=True, limit=9) == [first, other]
    assert records.replies(waiting=True, limit=1) == [first]
    assert records.reply(first.id) == first
    assert records.settle_reply(first.id, "withdraw", by="ada", now=NOW)
    assert not records.settle_reply(first.id, "ignore", by="bob", now=NOW)
    assert not records.settle_reply("unknown", "ignore", by="bob", now=NOW)
    records.replied(first)
    assert records.replies(waiting=True, limit=9) == [other]
    (settled, _) = records.replies(waiting=False, limit=9)
    assert (settled.verdict, settled.settled_by, settled.settled_at, settled.waits) == ("withdraw", "ada", NOW, False)
