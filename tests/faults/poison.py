"""What does harm to whoever takes it up: it is set aside and shown, nobody else waits for it, and it can be taken up again."""

from __future__ import annotations

import base64

import orjson
from redis import Redis

from orchestrator.ports import COMPANY
from tests.faults.clock import MINE
from tests.faults.house import CAMPAIGNS_TEXT, START, House, batches, children
from tests.faults.outcome import Outcome
from tests.faults.plan import Plan, Verdict
from tests.faults.providers import NOTICEABLE, RATE, p95, paced
from tests.faults.scale import Scale
from tests.waiting import until

LARGE = "x" * 1_000_000
NOT_TEXT = b'{"id": "\xff\xfe", "name": "ping", "profile": "p0"}'
FRACTION = (
    "campaign: fraction\npurpose: transactional\nmoment: {on: split}\nchannel: [sms]\ntactic: {template: fraction}\n"
)
ENVELOPE = {"content-type": "application/json", "content-encoding": "utf-8"}
REFUSED = (400, 413, 422)


def poisoned(scale: Scale) -> Outcome:
    """A moment that kills its worker, one whose template raises, one of a megabyte, and bytes that are no text."""
    moments, seconds = scale.of(300, 3000), scale.of(15, 60)
    campaigns = {**CAMPAIGNS_TEXT, "fraction": FRACTION}
    with House(scale.folder / "poisoned", tampered=True, campaigns=campaigns) as house:
        crowd = Plan.of(moments, moments, prefix="crowd-")
        calm, hard = (Plan.of(seconds * RATE, seconds * RATE, prefix=p, only="bought") for p in ("calm-", "hard-"))
        crowd.lines[moments // 2]["data"]["text"] = MINE
        house.know([*crowd.people, *calm.people, *hard.people])
        worker = house.worker()
        house.scheduler()
        house.serve()
        until(lambda: children(worker), START)
        before = p95(paced(house, calm))
        (house.folder / "mine").touch()
        odd = _harm(house)
        for lines in batches(crowd.lines, 50):
            house.send(lines)
        later = p95(paced(house, hard))
        plan = crowd + calm + hard
        took = house.settle(len(plan.lines) + 2, 300)
        broken = [*odd, *_set_aside(house, crowd.lines[moments // 2]["id"])]
        (house.folder / "mine").unlink()
        if house.kairos("messages", "retry", "--state", "dead", "--json")[0]["retried"] != 2:
            broken.append("what was set aside was not taken up again")
        until(lambda: plan.messages.keys() <= house.ledger.sent.keys(), 120)
        house.settle(len(plan.lines) + 2, 60)
        if later > max(2 * before, NOTICEABLE):
            broken.append(f"95 of 100 others took up to {later:.1f} s; before: {before:.1f} s")
        what = "a moment that kills its worker, one whose template raises, one of a megabyte, bytes that are no text"
        note = f"set aside after {len(COMPANY)} deaths; 95 of 100 others within {before:.2f} s before, {later:.2f} s meanwhile"
        return Outcome("F9", what, Verdict.on(plan, house), took, within=180.0, broken=tuple(broken), notes=(note,))


def _harm(house: House) -> list[str]:
    """Send what cannot be taken in, and what cannot be rendered; returns what was answered wrongly."""
    house.send([{"id": "split", "name": "split", "profile": "crowd-p0", "data": {"n": 0}}])
    house.send([{"id": "large", "name": "split", "profile": "crowd-p1", "data": {"n": 0, "text": LARGE}}])
    with Redis.from_url(house.redis.url) as redis:
        redis.lpush("moments", NOT_TEXT, orjson.dumps({**ENVELOPE, "body": base64.b64encode(NOT_TEXT).decode()}))
    large = orjson.dumps({"id": "larger", "name": "ping", "profile": "crowd-p1", "data": {"n": 1, "text": LARGE * 9}})
    answers = {"no text": house.post(NOT_TEXT), "nine megabytes": house.post(large)}
    return [f"the API answered {status} to {what}" for what, status in answers.items() if status not in REFUSED]


def _set_aside(house: House, mine: str) -> list[str]:
    """Whether it is shown to whoever asks, with its reason."""
    dead = house.kairos("messages", "list", "--state", "dead", "--json")
    found = sorted((one["moment"], one["reason"]) for one in dead)
    wanted = [(mine, "moment.undecidable")] * 2
    split = house.kairos("messages", "list", "--campaign", "fraction", "--json")
    states = {(one["state"], one["reason"]) for one in split}
    shown = [] if found == wanted else [f"set aside are {found}; there should be {wanted}"]
    return shown if states == {("dropped", "content.error")} else [*shown, f"what cannot be rendered is {states}"]
