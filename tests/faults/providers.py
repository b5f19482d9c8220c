"""Faults of providers: every way of misbehaving at once, and one that says nothing while others are well."""

from __future__ import annotations

import time
from collections import Counter

from tests.faults.house import START, House, batches, children, spread
from tests.faults.kinds import KINDS, NAMES
from tests.faults.outcome import Outcome
from tests.faults.plan import ATTEMPTS, Plan, Verdict, query, raised_by
from tests.faults.scale import Scale
from tests.waiting import until

TIMEOUT = 3.0  # seconds that the accounts here are given
GRACE = 1.5  # seconds after a total deadline, within which whoever waited has hung up
OPEN = 10.0  # seconds in which a breaker opens
TRIALS = 4  # calls in a while that only try whether the provider is back
SILENCE = 5.0  # the same for the provider that says nothing
NOTICEABLE = 2.0  # seconds: below, nobody is kept waiting, whatever it was before
RATE = 10  # moments a second
EACH = len(NAMES)
FIRST = f"""
    SELECT a.message, a.outcome FROM {ATTEMPTS} AS a JOIN (
        SELECT message, min(attempt) AS attempt FROM {ATTEMPTS} AS b WHERE provider = 'twilio' GROUP BY message
    ) AS first ON first.message = a.message AND first.attempt = a.attempt
"""


def misbehaving(scale: Scale) -> Outcome:
    """The first request for each message is answered in one of all ways, behind an account that TLS does not reach."""
    moments = scale.of(2, 10) * EACH  # of any two in a row with the same kind, one is of marketing
    with House(scale.folder / "misbehaving", timeout=TIMEOUT, slammed=True) as house:
        plan = Plan.of(moments, people=moments)
        house.know(plan.people)
        house.behave(email={"kind": "each"}, sms={"kind": "each"})
        worker = house.worker()
        house.scheduler()
        until(lambda: children(worker), START)
        for lines in batches(plan.lines, 50):
            house.send(lines)
        took = house.settle(moments, scale.of(600, 1800))  # a breaker tries one message a minute, and most go wrong
        numbers = {id_: line["data"]["n"] for line in plan.lines for id_, _ in raised_by(line)}
        doubtful = [id_ for id_ in plan.of_purpose("marketing", "sms") if KINDS[_kind(numbers[id_])] == "unknown"]
        broken = [*_misread(house, plan, numbers), *_late(house), *_swallowed(house)]
        return Outcome(
            "F7",
            f"{EACH} ways of misbehaving, and one account that TLS does not reach",
            Verdict.on(plan, house),
            unknown_at_most=len(doubtful),
            broken=tuple(broken),
            notes=(f"breakers opened again and again, and all was over after {took:.0f} s",),
        )


def _kind(number: int) -> str:
    return NAMES[number % EACH]


def _misread(house: House, plan: Plan, numbers: dict[str, int]) -> list[str]:
    """Messages of marketing by SMS whose first answer was not read as what it is."""
    outcomes = dict(query(house, FIRST))
    read = Counter(
        (_kind(numbers[id_]), str(outcomes.get(id_)))
        for id_ in plan.of_purpose("marketing", "sms")
        if outcomes.get(id_) is not None
    )
    wrong = [
        f"{count} answers `{kind}` were read as {state}"
        for (kind, state), count in read.items()
        if KINDS[kind] != state
    ]
    return wrong + [f"no answer `{kind}` was given" for kind in KINDS if not any(kind == seen for seen, _ in read)]


def _late(house: House) -> list[str]:
    """Whoever waited for a slow answer must have hung up by the total deadline."""
    lines = house.ledger.lines
    begun = {line.message: line.at for line in reversed(lines) if line.what == "sent"}
    waits = [line.at - begun[line.message] for line in lines if line.what == "left"]
    longest = max(waits, default=0.0)
    if not waits:
        return ["nobody waited for a slow answer"]
    return (
        [f"a slow answer was waited for {longest:.1f} s; allowed: {TIMEOUT:.0f} s"] if longest > TIMEOUT + GRACE else []
    )


def _swallowed(house: House) -> list[str]:
    count = sum(line.what == "swallowed" for line in house.ledger.lines)
    return [f"{count} answers were read although they had no end"] if count else []


def silent(scale: Scale) -> Outcome:
    """One channel's provider does not answer at all, while another's is well: compared with the same load and both well."""
    moments, seconds = scale.of(200, 2000), scale.of(10, 60) + OPEN
    count = int(seconds * RATE)
    with House(scale.folder / "silent", timeout=SILENCE) as house:
        crowds = [Plan.of(moments, moments, prefix=p, only="ping") for p in ("eve-", "day-")]
        calm, hard = (Plan.of(count, count, prefix=p, only="bought") for p in ("calm-", "hard-"))
        plan = crowds[0] + calm + crowds[1] + hard
        house.know(plan.people)
        worker = house.worker("--concurrency", "4")  # a trial keeps one of them
        house.scheduler()
        until(lambda: children(worker), START)
        before = p95(_beside(house, crowds[0], calm)[int(OPEN) * RATE :])
        house.settle(moments + count, 120)
        house.behave(sms={"kind": "silence"})
        began = time.time()
        waits = _beside(house, crowds[1], hard)
        begun = [line.at for line in house.ledger.lines if line.channel == "sms" and line.what != "left"]
        knocks = sum(at > began + OPEN for at in begun)
        house.behave()
        took = house.settle(len(plan.lines), 300)
        first, later = p95(waits[: int(OPEN) * RATE]), p95(waits[int(OPEN) * RATE :])
        note = f"95 of 100 emails within {before:.2f} s with both well, {first:.2f} s in the first {OPEN:.0f} s, {later:.2f} s then"
        return Outcome(
            "F7",
            "the provider for SMS never answers, the one for email does",
            Verdict.on(plan, house),
            took,
            within=120.0,  # the breaker has to close first
            unknown_at_most=sum(line.what == "left" for line in house.ledger.lines),
            broken=(*_open(knocks), *_slowed(before, later)),
            notes=(note,),
        )


def _beside(house: House, crowd: Plan, plan: Plan) -> list[float]:
    for lines in batches(crowd.lines, 50):
        house.send(lines)
    return paced(house, plan)


def paced(house: House, plan: Plan) -> list[float]:
    """Report one moment after the other, evenly; returns the seconds after which each one's email was there, in order."""
    reported = {}
    for line in spread(plan.lines, len(plan.lines) / RATE):
        reported[line["profile"]] = time.time()
        house.send([line])
    emails = set(plan.of_purpose("transactional", "email"))
    until(lambda: emails <= house.ledger.sent.keys(), 120)
    arrived = {line.recipient: line.at for line in house.ledger.lines if line.message in emails and line.what == "sent"}
    return [arrived[f"{person}@example.com"] - at for person, at in reported.items()]


def p95(waits: list[float]) -> float:
    """What 95 of 100 had to wait at most."""
    return sorted(waits)[int(len(waits) * 0.95)]


def _open(knocks: int) -> list[str]:
    if knocks <= TRIALS:
        return []
    return [f"{knocks} calls later than {OPEN:.0f} s to a provider that does not answer; allowed: {TRIALS} trials"]


def _slowed(before: float, later: float) -> list[str]:
    allowed = max(2 * before, NOTICEABLE)
    return [f"95 of 100 emails took up to {later:.1f} s; allowed: {allowed:.1f} s"] if later > allowed else []
