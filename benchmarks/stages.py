"""What the bare stages cost, and what the whole adds to them: in one process, for one batch after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Any

from orchestrator.app import App
from orchestrator.claims import Claims, rebuilt
from orchestrator.courier import Courier
from orchestrator.engine import Engine
from orchestrator.model import Moment
from orchestrator.settings import Settings
from orchestrator.stores.redis_touches import RedisTouches, connect

BATCH, ROUNDS = 500, 12


class Timed:
    """Something whose every call is timed, together with those of its kind."""

    spent = 0.0

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return found(*args, **kwargs)
            finally:
                Timed.spent += time.perf_counter() - began

        return timed


def overhead(settings: Settings, people: Iterable[dict[str, Any]]) -> float:
    """The share of the whole that is neither rendering, nor SQL, nor Redis: deciding, and the glue between the stages."""
    ids = iter([person["id"] for person in people])
    with App(settings) as app:
        material = replace(app.material, renderer=Timed(app.material.renderer))  # type: ignore[arg-type]
        records: Any = Timed(app.records)
        touches = RedisTouches(
            connect(settings.redis),
            lambda people, since: rebuilt(app.records, people, since),
            material.horizon,
            enter=app.records.enter,
        )
        claims = Claims(Timed(touches), app.clock)  # type: ignore[arg-type]
        engine = Engine(material, records, claims, app.clock)
        courier = Courier(material.workspace, records, claims, app.dispatcher, app.clock)
        _batch(engine, courier, ids, "warm")
        Timed.spent, began = 0.0, time.perf_counter()
        for number in range(ROUNDS):
            _batch(engine, courier, ids, f"stage-{number}")
        whole = time.perf_counter() - began
        touches.close()
    return (whole - Timed.spent) / whole


def _batch(engine: Engine, courier: Courier, ids: Any, name: str) -> None:
    now = engine._clock()
    moments = [Moment(f"{name}:{id_}", "schedule:text", id_, now) for id_ in islice(ids, BATCH)]
    express = courier.express()
    drafts = engine.decide_new(engine.accept(moments).new, express)
    assert all(map(express.takes, drafts)) and express.depart() == []
