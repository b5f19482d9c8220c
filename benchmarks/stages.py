"""What each stage costs, and what the whole adds to them: `python -m benchmarks.stages [--json] [--postgres] [--mail]`.

In one process, for one batch of 500 after the other, handed to a provider that does nothing:

    accept ─► gather ─► touches ─► decide ─► render ─► claim ─► record ─► settle

`decide` is all that is neither rendering, nor SQL, nor Redis: gates, routing, and the glue between the stages; not what
timing takes itself.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import orjson

from benchmarks import setting
from benchmarks.importing import know
from benchmarks.processes import worked
from benchmarks.servers import addresses, started
from orchestrator import heap
from orchestrator.app import App
from orchestrator.claims import Claims, rebuilt
from orchestrator.courier import Courier
from orchestrator.engine import Engine
from orchestrator.model import Moment
from orchestrator.settings import Settings
from orchestrator.stores.redis_touches import RedisTouches, connect

BATCH, ROUNDS = 500, 12
STAGES = {
    "accept": "accept",
    "gather": "gather",
    "outlook": "gather",
    "snapshot": "touches",
    "choose": "render",
    "render": "render",
    "swap": "claim",
    "record": "record",
    "settle": "settle",
}


class Meter:
    """Seconds spent by stage; and how often something was timed, which takes a while by itself."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.calls = 0

    def timed(self, work: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """The same work, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                self.calls += 1
                self.spent[stage] += time.perf_counter() - began  # type: ignore[assignment]

        return timed

    @staticmethod
    def own(calls: int = 100_000) -> float:
        """Seconds that timing takes for each call, beside what it says of it."""
        meter = Meter()
        timed = meter.timed(lambda: None, "nothing")
        began = time.perf_counter()
        for _ in range(calls):
            timed()
        return (time.perf_counter() - began - meter.spent["nothing"]) / calls


class Timed:
    """Something whose every call is timed, by its name."""

    def __init__(self, inner: Any, meter: Meter) -> None:
        self._inner = inner
        self._meter = meter

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found
        self.__dict__[name] = timed = self._meter.timed(found, STAGES.get(name, "others"))
        return timed


def costs(settings: Settings, ids: Iterable[str], campaign: str = "text") -> dict[str, float]:
    """Microseconds per message, by stage."""
    meter, own = Meter(), Meter.own()
    people = cycle(ids)  # a small audience is written to again
    with App(settings) as app:
        engine, courier = _timed(app, meter)
        _batch(engine, courier, people, campaign, "warm")
        heap.settle_in()
        meter.spent.clear()
        meter.calls = 0
        began = time.perf_counter()
        for number in range(ROUNDS):
            _batch(engine, courier, people, campaign, f"stage-{number}")
        whole = time.perf_counter() - began - meter.calls * own
    spent = {**meter.spent, "decide": whole - meter.spent.total()}
    return {name: seconds / (ROUNDS * BATCH) * 1e6 for name, seconds in spent.items()}


def overhead(costs: dict[str, float]) -> float:
    """The share of the whole that is neither rendering, nor SQL, nor Redis."""
    return costs["decide"] / sum(costs.values())


def _timed(app: App, meter: Meter) -> tuple[Engine, Courier]:
    material = replace(app.material, renderer=Timed(app.material.renderer, meter))  # type: ignore[arg-type]
    records: Any = Timed(app.records, meter)
    touches: Any = RedisTouches(
        connect(app.settings.redis),
        lambda people, since: rebuilt(app.records, people, since),
        material.horizon,
        enter=app.records.enter,
    )
    claims = Claims(Timed(touches, meter), app.clock)
    engine = Engine(material, records, claims, app.clock)
    return engine, Courier(material, records, claims, app.dispatcher, app.clock)


def _batch(engine: Engine, courier: Courier, ids: Iterator[str], campaign: str, name: str) -> None:
    now = engine._clock()
    moments = [Moment(f"{name}:{id_}", f"schedule:{campaign}", id_, now) for id_ in islice(ids, BATCH)]
    express = courier.express()
    accepted = engine.accept(moments)
    drafts = engine.decide_new(accepted.new, accepted.until, express)
    assert all(map(express.takes, drafts)), "not all of them leave at once"
    assert len(drafts) == BATCH
    assert express.depart() == []


def measured(*, postgres: bool, campaign: str = "text") -> dict[str, float]:
    """Microseconds per message by stage on servers of their own, with what these servers work themselves."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kairos-stages-")))
        servers = stack.enter_context(started(folder, postgres=postgres))
        setting.write(folder / "workspace", "http://127.0.0.1:1", calls=False, mail=setting.NULL)
        settings = Settings.read(folder / "workspace", env=addresses(servers))
        settings.prepare()
        count = (ROUNDS + 1) * BATCH
        know(settings, setting.people(count))
        before = {name: worked(server.pid) for name, server in servers.items()}
        found = costs(settings, (person["id"] for person in setting.people(count)), campaign)
        return found | {name: (worked(servers[name].pid) - before[name]) / count for name in servers}


def main() -> None:
    """Measure, and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="one object on stdout")
    arguments.add_argument("--postgres", action="store_true", help="PostgreSQL instead of SQLite")
    arguments.add_argument("--mail", action="store_true", help="email of 6 KB instead of text messages")
    chosen = arguments.parse_args()
    found = measured(postgres=chosen.postgres, campaign="mail" if chosen.mail else "text")
    if chosen.json:
        sys.stdout.buffer.write(orjson.dumps(found) + b"\n")
        return
    for name, micros in found.items():
        print(f"{name:15} {micros:8.1f} µs")
    ours = {name: micros for name, micros in found.items() if not name.endswith("server")}
    print(
        f"{'in all':15} {sum(ours.values()):8.1f} µs of a worker, of which {overhead(ours):.0%} between the bare stages"
    )


if __name__ == "__main__":
    main()
