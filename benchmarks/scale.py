"""What so many messages a day need: `python -m benchmarks.scale [--messages 1e9] [--costs FILE] [--json]`.

From what each stage costs (`python -m benchmarks.stages --json --postgres`, or measured now) a day is simulated in steps of
ten seconds. A tenth of all messages is urgent and comes as people live, most in the evening; the rest are campaigns, two
runs a day at nine and at six o'clock in each time zone, weighted by where people live. Urgent messages have workers of
their own. Found are the fewest cores with which 99 in 100 urgent messages leave within five seconds and 99 in 100 of a
campaign within half an hour.

A fluid model: it knows no single message, no faults, and no provider's limits, which are what bounds most in practice.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from benchmarks import stages
from benchmarks.servers import DATABASE, REDIS

STEP = 10  # seconds
DAY = 86_400 // STEP
URGENT = 0.1  # of all messages
URGENT_WAIT, CAMPAIGN_WAIT = 5.0, 1800.0  # seconds, for 99 in 100
SERVERS = (REDIS, DATABASE)
BYTES = 1_600  # on disk for a text message with its moment, content and indexes
TOUCH = 160  # bytes in Redis for a person with caps
FULL = 0.6  # how busy a server may be on the average of its busiest hour, so that it stays quick
# the share of people who live at each hour from UTC
PEOPLE = {-8: 3, -7: 2, -6: 6, -5: 8, -4: 4, -3: 7, 0: 4, 1: 12, 2: 8, 3: 9, 4: 2, 5: 10, 6: 3, 7: 9, 8: 8, 9: 4, 10: 1}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a day needs, and how it then goes. Cores are of the kind on which the costs were measured."""

    messages: float
    peak_per_s: float
    urgent_cores: int
    campaign_cores: int
    database_cores: int
    redis_cores: int
    urgent_p99_s: float
    campaign_p99_s: float
    terabytes_a_day: float
    redis_gb: float


def arrivals(messages: float) -> tuple[list[float], list[float]]:
    """Urgent messages and those of campaigns, for each step of a day in UTC."""
    urgent, campaign = [0.0] * DAY, [0.0] * DAY
    whole = sum(PEOPLE.values())
    curve = [
        1 + 0.8 * math.sin((step / DAY - 0.55) * math.tau) for step in range(DAY)
    ]  # by local time, most at half past seven
    for offset, share in PEOPLE.items():
        mine, ahead = messages * share / whole, offset * 3600 // STEP
        for step in range(DAY):
            urgent[step] += mine * URGENT * curve[(step + ahead) % DAY] / DAY
        for hour in (9, 18):
            campaign[(hour * 3600 // STEP - ahead) % DAY] += mine * (1 - URGENT) / 2
    return urgent, campaign


def wait(arriving: Sequence[float], capacity: float) -> float:
    """The seconds within which 99 in 100 leave, where so many are handed over in a step; infinite if they pile up."""
    queue, waits = 0.0, list[tuple[float, float]]()
    for _ in range(2):  # the first day ends as the second begins
        waits = []
        for new in arriving:
            queue += new
            # those that come together wait for what is before them, and the later half of them for the earlier
            waits.append((max(0.0, (queue - new / 2) / capacity - 0.5) * STEP, new))
            queue = max(0.0, queue - capacity)
    return math.inf if queue > 0.01 * sum(arriving) else _percentile(waits, 0.99)


def _percentile(waits: Sequence[tuple[float, float]], part: float) -> float:
    left = part * sum(weight for _, weight in waits)
    for seconds, weight in sorted(waits):
        left -= weight
        if left <= 0:
            return seconds
    return 0.0


def fewest(enough: Callable[[int], bool]) -> int:
    """The smallest number for which it is enough."""
    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def needs(messages: float, costs: dict[str, float]) -> Needs:
    """What so many messages a day need, at these costs in microseconds per message."""
    urgent, campaign = arrivals(messages)
    per_step = STEP * 1e6 / sum(cost for name, cost in costs.items() if name not in SERVERS)
    for_urgent = fewest(lambda cores: wait(urgent, cores * per_step) <= URGENT_WAIT)
    for_campaigns = fewest(lambda cores: wait(campaign, cores * per_step) <= CAMPAIGN_WAIT)
    busiest = _busiest_hour(urgent, campaign, (for_urgent + for_campaigns) * per_step)
    redis, database = (math.ceil(busiest * costs.get(name, 0.0) / 1e6 / FULL) for name in SERVERS)
    return Needs(
        messages=messages,
        peak_per_s=round(busiest),
        urgent_cores=for_urgent,
        campaign_cores=for_campaigns,
        database_cores=database,
        redis_cores=redis,
        urgent_p99_s=round(wait(urgent, for_urgent * per_step), 1),
        campaign_p99_s=round(wait(campaign, for_campaigns * per_step)),
        terabytes_a_day=round(messages * BYTES / 1e12, 2),
        redis_gb=round(messages * TOUCH / 1e9, 1),
    )


def _busiest_hour(urgent: Sequence[float], campaign: Sequence[float], capacity: float) -> float:
    """Messages a second in the hour in which most leave."""
    queue, leaving = 0.0, []
    for new in map(sum, zip(urgent, campaign, strict=True)):
        queue += new
        leaving.append(min(queue, capacity))
        queue -= leaving[-1]
    hour = 3600 // STEP
    return max(sum(leaving[step : step + hour]) for step in range(DAY - hour)) / 3600


def main() -> None:
    """Simulate, and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--messages", type=float, action="append", help="a day; may be given more than once")
    arguments.add_argument("--costs", type=Path, help="what `benchmarks.stages --json` printed; measured if left out")
    arguments.add_argument("--json", action="store_true", help="a list of objects on stdout")
    chosen = arguments.parse_args()
    costs = orjson.loads(chosen.costs.read_bytes()) if chosen.costs else stages.measured(postgres=True)
    found = [asdict(needs(messages, costs)) for messages in chosen.messages or (1e9, 1e10)]
    if chosen.json:
        sys.stdout.buffer.write(orjson.dumps(found) + b"\n")
        return
    for name in found[0]:
        print(f"{name:16}", *(f"{each[name]:>16,}" for each in found))


if __name__ == "__main__":
    main()
