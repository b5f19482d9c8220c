"""What every endpoint works with: the app, the pace of callers, and a look at what is waiting."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from orchestrator.api import keys
from orchestrator.api.metrics import Metrics
from orchestrator.api.problems import Problem
from orchestrator.app import App
from orchestrator.ports import Backlog, Rates
from orchestrator.settings import UNSIGNED
from orchestrator.watch.status import Status, look

FRESH = 1.0  # seconds for which a count of what is waiting is good enough
GLANCE = 3.0  # seconds for which a look at everything is good enough
SOON = 5.0  # seconds after which it is worth trying again


@dataclass
class House:
    """One app over HTTP. Beyond `room` waiting moments, or while one has waited longer than `patience`, no more are taken on."""

    app: App
    rates: Rates
    room: int
    metrics: Metrics = field(default_factory=Metrics)
    patience: timedelta | None = None
    _seen: tuple[float, Backlog] | None = None
    _looked: tuple[float, Status] | None = None

    def admit(self, authorization: str | None, scope: str) -> str:
        """The id of the key with which somebody asks for this scope.

        Raises:
            Problem: there is none, it is not honoured or not made for this, or its requests come too fast.
        """
        presented = keys.named(authorization)
        if presented is None:
            raise Problem(
                "key.missing", "Send a key as `Authorization: Bearer kairos_…`; `kairos keys create` makes one."
            )
        id_, secret = presented
        key = self.app.desk.key(id_)
        if key is None or not keys.is_genuine(key, secret):
            raise Problem("key.unknown")
        if not key.scopes & {scope, "admin"}:
            raise Problem("scope.missing", f"The key has {', '.join(sorted(key.scopes))}; this needs {scope}.")
        if wait := self.rates.take(id_):
            raise Problem("rate.exceeded", f"The next request may come in {max(wait, 0.1):.1f} s.", retry_after=wait)
        return id_

    @property
    def secrets(self) -> list[bytes]:
        """Those whose links are honoured: never the one that signs previews where nothing was ever started."""
        return [secret for secret in self.app.settings.secrets if secret != UNSIGNED]

    def backlog(self) -> Backlog:
        """What is waiting to be decided, counted not longer than a second ago."""
        seen = self._seen
        if seen is None or time.monotonic() - seen[0] > FRESH:
            seen = self._seen = time.monotonic(), self.app.desk.backlog(self.room)
        return seen[1]

    def status(self) -> Status:
        """How everything stands, looked up not longer than a few seconds ago."""
        looked = self._looked
        if looked is None or time.monotonic() - looked[0] > GLANCE:
            looked = self._looked = time.monotonic(), look(self.app)
        return looked[1]

    def assert_room(self) -> None:
        """Make sure that what is taken on can be decided in reasonable time.

        Raises:
            Problem: too much is waiting already.
        """
        backlog = self.backlog()
        if backlog.waiting >= self.room:
            raise Problem("backlog.full", f"{self.room} moments are waiting; nothing was taken.", retry_after=SOON)
        age = self.app.clock() - backlog.oldest if backlog.oldest else timedelta(0)
        if self.patience is not None and age > self.patience:
            told = f"The oldest moment has been waiting for {age.total_seconds():.0f} s; nothing was taken."
            raise Problem("backlog.full", told, retry_after=SOON)


def house_of(request: Request) -> House:
    """The house that a request came to."""
    house: House = request.app.state.house
    return house


TheHouse = Annotated[House, Depends(house_of)]
