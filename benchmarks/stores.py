"""What a row costs in the stores, in batches of 500: `python -m benchmarks.stores [--people 20000] [--html 6000]`.

Each step is timed over several batches; shown is the median, as microseconds of wall time and of this process's CPU
for each row. Beside it stands what `orjson` needs for the same message, to compare machines by.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import orjson

from orchestrator.model import Consent, Content, Draft, Facts, Finding, Moment, Touch
from orchestrator.ports import Change, ProfileUpdate, Record, Records, Settlement, Touches
from orchestrator.stores.embedded import postgres_server, redis_server
from orchestrator.stores.memory import MemoryRecords, MemoryTouches
from orchestrator.stores.redis_touches import RedisTouches, connect
from orchestrator.stores.sql import SqlRecords

BATCH, ROUNDS = 500, 11
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE, HORIZON = timedelta(seconds=60), timedelta(days=30)
GATES = ("consent", "suppression", "window", "timing", "caps", "locale", "content", "template", "address")
TRACE = tuple(Finding(gate, True, f"{gate}.passed", "The message may pass this gate.", "email") for gate in GATES)


class Costs:
    """Timings by step, in microseconds a row."""

    def __init__(self) -> None:
        self.wall: dict[str, list[float]] = defaultdict(list)
        self.cpu: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Time one batch."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[step].append((time.perf_counter() - wall) / BATCH * 1e6)
        self.cpu[step].append((time.process_time() - cpu) / BATCH * 1e6)

    def show(self, title: str) -> None:
        """Print the medians."""
        print(f"\n{title:24}{'wall':>10}{'cpu':>10}   µs a row")
        for step in self.wall:
            print(f"  {step:22}{statistics.median(self.wall[step]):10.1f}{statistics.median(self.cpu[step]):10.1f}")


def people(start: int, number: int = BATCH) -> list[str]:
    """Ids of people."""
    return [f"person-{n:08}" for n in range(start, start + number)]


def profile(id: str) -> ProfileUpdate:
    """A person with some ten attributes."""
    attributes = {f"attribute_{n}": n * 3 for n in range(8)} | {"first_name": "Ani", "favourite_genre": "jazz"}
    fields = {"market": "ID", "locale": "id-ID", "timezone": "Asia/Jakarta"}
    return ProfileUpdate(id, NOW, fields, {"email": (f"{id}@example.com",), "push": (f"token-{id}",)}, attributes)


def draft(id: str, person: str, html: str) -> Draft:
    """A message that is to be sent."""
    return Draft(
        id=id,
        at=NOW,
        campaign="day3-playlist",
        profile=person,
        moment=Moment(f"m-{id}", "playlist.ready", person, NOW, {"tracks": 12, "title": "Monday mix"}),
        outcome="send",
        reason=None,
        purpose="marketing",
        market="ID",
        locale="id",
        channel="email",
        trace=TRACE,
        content=Content("email", {"subject": "Your mix", "html": html, "text": html[: len(html) // 4]}),
        addresses=(f"{person}@example.com",),
        touch=Touch(id, NOW, "email", "marketing", "day3-playlist"),
    )


def allow(records: Sequence[Record], facts: Mapping[str, Facts]) -> list[None]:
    """Everything may go."""
    return [None for _ in records]


def measure_records(records: Records, audience: int, html: str, costs: Costs) -> None:
    """One moment and one message for each of a batch of people, from acceptance to outcome."""
    for start in range(0, audience, BATCH):
        with costs.of("update_profiles"):
            records.update_profiles([profile(id) for id in people(start)])
        with costs.of("record_consents"):
            records.record_consents(
                [Consent(id, "email", "marketing", "granted", NOW, NOW, "form") for id in people(start)]
            )
    numbers = count()
    for round in range(ROUNDS):
        batch = people(round * BATCH % audience)
        drafts = [draft(f"d{next(numbers):08}", id, html) for id in batch]
        ids = [one.id for one in drafts]
        with costs.of("accept"):
            records.accept([one.moment for one in drafts], now=NOW, lease=LEASE)
        with costs.of("gather"):
            records.gather(batch, history={"playlist.ready": timedelta(days=7)}, now=NOW)
        with costs.of("record"):
            records.record(drafts, settled=[one.moment.id for one in drafts], now=NOW)
        with costs.of("claim"):
            claimed = records.claim(ids, now=NOW, lease=LEASE, recheck=allow)
        assert len(claimed) == BATCH
        with costs.of("settle"):
            records.settle([Settlement(id, 1, "sent", "null", f"p-{id}") for id in ids], now=NOW)
        with costs.of("touches (rebuild)"):
            assert all(records.touches(batch, since=NOW - HORIZON).values())


def measure_touches(touches: Touches, costs: Costs) -> None:
    """Snapshots and claims of a batch of people."""
    for round in range(ROUNDS):
        batch = people(0)
        with costs.of("snapshot"):
            found = touches.snapshot(batch, now=NOW)
        added = Touch(f"d{round}", NOW, "email", "marketing", "day3-playlist")
        with costs.of("swap"):
            made = touches.swap([Change(id, found[id].version, (*found[id].touches, added)) for id in batch], now=NOW)
        assert all(made)


def yardstick(html: str) -> float:
    """Microseconds that orjson needs for one message's content, there and back."""
    content = draft("d", "p", html).content
    began = time.perf_counter()
    for _ in range(BATCH):
        orjson.loads(orjson.dumps(content))
    return (time.perf_counter() - began) / BATCH * 1e6


def measured(title: str, run: Callable[[Costs], None]) -> None:
    """Run and show."""
    costs = Costs()
    run(costs)
    costs.show(title)


def main() -> None:
    """Measure all stores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--html", type=int, default=6_000, help="characters of HTML in a message")
    options = parser.parse_args()
    html = ("<p>Hello</p>" * options.html)[: options.html]
    print(f"orjson, one message there and back: {yardstick(html):.1f} µs")

    def records(store: Records) -> Callable[[Costs], None]:
        return lambda costs: measure_records(store, options.people, html, costs)

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        measured("memory", records(MemoryRecords()))
        sqlite = SqlRecords.open(f"sqlite:///{folder}/kairos.db")
        measured("SQLite", records(sqlite))
        sqlite.close()
        with postgres_server(folder / "postgres") as server:
            postgres = SqlRecords.open(server.url)
            measured("PostgreSQL", records(postgres))
            postgres.close()
        measured("touches in memory", lambda costs: measure_touches(MemoryTouches(), costs))
        with redis_server(folder / "redis", persistent=False) as redis, connect(redis.url) as client:
            touches = RedisTouches(client, lambda people, since: {}, HORIZON)
            measured("touches in Redis", lambda costs: measure_touches(touches, costs))


if __name__ == "__main__":
    main()
