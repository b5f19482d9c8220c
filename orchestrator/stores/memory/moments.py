"""Accepted moments in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from orchestrator.model import Moment


class Moments:
    """Moments by id; those not yet settled with the instant until which somebody has them."""

    def __init__(self) -> None:
        self.repeats: Counter[str] = Counter()
        self._moments: dict[str, Moment] = {}
        self._leased: dict[str, datetime] = {}
        self._history: dict[str, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))

    def accept(self, moment: Moment, until: datetime) -> bool:
        """Take a moment in; False if its id is known."""
        if moment.id in self._moments:
            self.repeats[moment.id] += 1
            return False
        self._moments[moment.id] = moment
        self._leased[moment.id] = until
        self._history[moment.profile][moment.name].append(moment.at)
        return True

    def take(self, ids: Iterable[str] | None, now: datetime, lease: timedelta, limit: int) -> list[Moment]:
        """Lease what is nobody's, oldest first."""
        wanted = self._leased if ids is None else dict.fromkeys(ids)
        free = [self._moments[id] for id in wanted if id in self._leased and self._leased[id] <= now]
        taken = sorted(free, key=lambda moment: (moment.at, moment.id))[:limit]
        self._leased.update((moment.id, now + lease) for moment in taken)
        return taken

    def settle(self, ids: Iterable[str]) -> None:
        """These are decided."""
        for id in ids:
            self._leased.pop(id, None)

    def settled(self) -> int:
        """How many are decided."""
        return len(self._moments) - len(self._leased)

    def history(self, profile: str, spans: Mapping[str, timedelta], now: datetime) -> dict[str, tuple[datetime, ...]]:
        """When these moments happened to a person, as far back as asked, in order."""
        mine = self._history.get(profile, {})
        found = {name: _since(mine.get(name, ()), now - span) for name, span in spans.items()}
        return {name: instants for name, instants in found.items() if instants}


def _since(instants: Sequence[datetime], start: datetime) -> tuple[datetime, ...]:
    return tuple(sorted(at for at in instants if at >= start))
