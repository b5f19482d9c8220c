"""Faults of webhooks: each comes ten times, out of order, from several sides at once, and forged ones among them."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson
import urllib3
from twilio.request_validator import RequestValidator

from channels.webhook import signature
from tests.faults.broker import begin
from tests.faults.house import PUBLIC, House
from tests.faults.outcome import Outcome
from tests.faults.plan import Plan, Verdict, query
from tests.faults.scale import Scale
from tests.waiting import until

TIMES = 10
CALLERS = 8
SECRET = "test"
AT = "2026-01-01T00:00:00Z"
# what is reported of every tenth message, and what it is in the end
SMS = (
    (("sent", "delivered"), "delivered"),
    (("sent", "undelivered"), "failed"),
    (("queued", "sent", "delivered", "STOP"), "delivered"),
)
EMAIL = (
    (("accepted", "delivered", "opened", "clicked"), "delivered"),
    (("accepted", "bounced"), "failed"),
    (("delivered", "complained"), "delivered"),
    (("delivered", "unsubscribed"), "delivered"),
)


@dataclass(frozen=True, slots=True)
class Hook:
    """One report as its provider sends it."""

    adapter: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def to(self, api: str) -> str:
        """Where it is sent."""
        return f"{api}/v1/receipts/{self.adapter}{self.query}"


def repeated(scale: Scale) -> Outcome:
    """Ten times each, in any order; what they change, they change once."""
    moments = scale.of(90, 900)
    chance = random.Random(moments)
    with House(scale.folder / "webhooks") as house:
        plan = begin(house, moments, people=moments)
        house.settle(moments, 300)
        sent = sorted(id_ for id_ in plan.messages if house.ledger.sent[id_])
        told = {id_: (EMAIL if plan.messages[id_].channel == "email" else SMS) for id_ in sent}
        fates = {id_: told[id_][number % len(told[id_])] for number, id_ in enumerate(sent)}
        hooks = [hook for id_, (reports, _) in fates.items() for hook in _hooks(house, plan, id_, reports)]
        forged = [Hook(hook.adapter, hook.query, _forged(hook), hook.body) for hook in hooks[:50]]
        calls = [*hooks * TIMES, *forged]
        chance.shuffle(calls)
        began = time.monotonic()
        answers = _sent(house, calls)
        took = time.monotonic() - began
        until(lambda: house.app.records.progress()[1] == 0, 60)
        broken = [
            *_wrong_answers(answers, len(forged)),
            *_wrong_states(house, {id_: state for id_, (_, state) in fates.items()}),
            *_repeated(house),
        ]
        what = f"{len(hooks)} webhooks, each {TIMES} times, shuffled, {CALLERS} at once, and {len(forged)} forged ones"
        note = f"{len(calls) / took:.0f} a second"
        return Outcome("F10", what, Verdict.on(plan, house), broken=tuple(broken), notes=(note,))


def _hooks(house: House, plan: Plan, id_: str, reports: tuple[str, ...]) -> Iterator[Hook]:
    person = plan.messages[id_].profile
    for kind in reports:
        if plan.messages[id_].channel == "email":
            yield _ours(id_, kind, f"{person}@example.com")
        else:
            yield _twilio(id_, kind, house.ledger.recipients[id_])


def _ours(id_: str, kind: str, address: str) -> Hook:
    report = {"kind": kind, "at": AT, "key": f"{id_}:{kind}", "message": id_, "address": address, "permanent": True}
    body = orjson.dumps(report)
    return Hook("webhook", "", {"kairos-signature": signature(SECRET.encode(), body, int(time.time()))}, body)


def _twilio(id_: str, kind: str, number: str) -> Hook:
    if kind == "STOP":
        form = {"MessageSid": f"SM{id_}", "SmsStatus": "received", "From": number, "To": "+12025550100", "Body": "STOP"}
        address = ""
    else:
        form = {"MessageSid": f"p-{id_}", "MessageStatus": kind, "To": number, "ErrorCode": "30003"}
        address = f"?kairos_message={id_}"
    signed = RequestValidator(SECRET).compute_signature(f"{PUBLIC}/v1/receipts/twilio{address}", form)
    headers = {"x-twilio-signature": signed, "content-type": "application/x-www-form-urlencoded"}
    return Hook("twilio", address, headers, urlencode(form).encode())


def _forged(hook: Hook) -> dict[str, str]:
    return {name: value[:-4] + "AAA=" if "signature" in name else value for name, value in hook.headers.items()}


def _sent(house: House, hooks: list[Hook]) -> Counter[int]:
    pool = urllib3.PoolManager(maxsize=CALLERS, retries=False, timeout=30)

    def send(hook: Hook) -> int:
        return pool.request("POST", hook.to(house.api), body=hook.body, headers=dict(hook.headers)).status

    with ThreadPoolExecutor(CALLERS) as threads:
        return Counter(threads.map(send, hooks))


def _wrong_answers(answers: Counter[int], forged: int) -> list[str]:
    wrong = [
        f"{count} webhooks were answered by {status}" for status, count in answers.items() if status not in (204, 403)
    ]
    return wrong if answers[403] == forged else [*wrong, f"{answers[403]} of {forged} forged webhooks were refused"]


def _wrong_states(house: House, wanted: Mapping[str, str]) -> list[str]:
    found = dict(query(house, "SELECT id, state FROM messages"))
    wrong = Counter((state, found[id_]) for id_, state in wanted.items() if found[id_] != state)
    return [f"{count} messages are {is_} in place of {state}" for (state, is_), count in wrong.items()]


ONCE = {
    "entries of the ledger": """
        SELECT count(*) FROM consents WHERE state = 'withdrawn' GROUP BY profile, channel, purpose
    """,
    "replies": "SELECT count(*) FROM replies GROUP BY profile, channel",
}


def _repeated(house: House) -> list[str]:
    """What is on record more than once, though it happened once to each person."""
    found = {what: [count for (count,) in query(house, statement)] for what, statement in ONCE.items()}
    twice = [
        f"{sum(count - 1 for count in counts)} {what} too many" for what, counts in found.items() if set(counts) - {1}
    ]
    return twice + [f"no {what} were recorded" for what, counts in found.items() if not counts]
