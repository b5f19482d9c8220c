"""Accepted moments in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from orchestrator.model import Moment
from orchestrator.ports import COMPANY
from orchestrator.stores.lifecycle import LONGEST_LEASE


class Moments:
    """Moments by id; those not yet settled with the instant until which somebody has them."""

    def __init__(self) -> None:
        self.repeats: Counter[str] = Counter()
        self._moments: dict[str, Moment] = {}
        self._accepted: dict[str, datetime] = {}
        self._leased: dict[str, datetime] = {}
        self._taken: Counter[str] = Counter()
        self._history: dict[str, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))

    def accept(self, moment: Moment, now: datetime, until: datetime) -> bool:
        """Take a moment in; False if its id is known."""
        if moment.id in self._moments:
            self.repeats[moment.id] += 1
            return False
        self._moments[moment.id] = moment
        self._accepted[moment.id] = now
        self._leased[moment.id] = until
        self._history[moment.profile][moment.name].append(moment.at)
        return True

    def take(self, ids: Iterable[str] | None, now: datetime, lease: timedelta, limit: int) -> list[Moment]:
        """Lease what is nobody's, oldest first; what was taken before, before all else and in small company."""
        free = self._free(self._leased if ids is None else dict.fromkeys(ids), now)
        for times, most in COMPANY.items() if ids is None else [(0, None)]:
            taken = [moment for moment in free if self._taken[moment.id] == times][: min(limit, most or limit)]
            if taken:
                break
        self._leased.update((moment.id, now + lease) for moment in taken)
        self._taken.update(moment.id for moment in taken)
        return taken

    def _free(self, ids: Iterable[str], now: datetime) -> list[Moment]:
        free = (id for id in ids if id in self._leased and not now < self._leased[id] <= now + LONGEST_LEASE)
        return sorted((self._moments[id] for id in free), key=lambda moment: (moment.at, moment.id))

    def put_back(self, ids: Iterable[str], until: datetime) -> None:
        """These are free from then on, as if never taken."""
        for id in ids:
            if id in self._leased:
                self._leased[id] = until
                self._taken[id] = max(0, self._taken[id] - 1)

    def leased(self, ids: Iterable[str], until: datetime) -> list[str]:
        """Those of these that are leased until then."""
        return [id for id in ids if self._leased.get(id) == until]

    def prolong(self, ids: Iterable[str], then: datetime) -> None:
        """These are leased until then."""
        self._leased.update(dict.fromkeys(ids, then))

    def leave(self, ids: Iterable[str], accepted_after: datetime, until: datetime) -> frozenset[str]:
        """As `put_back`, for those of them that were accepted later than an instant; returns their ids."""
        left = frozenset(id for id in ids if id in self._leased and self._accepted[id] > accepted_after)
        self.put_back(left, until)
        return left

    def spent(self, now: datetime, limit: int) -> list[Moment]:
        """Those that were taken as often as they may be."""
        return [moment for moment in self._free(self._leased, now) if self._taken[moment.id] > max(COMPANY)][:limit]

    def settle(self, ids: Iterable[str]) -> None:
        """These are decided."""
        for id in ids:
            self._leased.pop(id, None)

    def settled(self) -> int:
        """How many are decided."""
        return len(self._moments) - len(self._leased)

    def happened(self, profile: str, name: str, since: datetime, until: datetime) -> bool:
        """Whether a moment happened to a person behind one instant, and not behind another."""
        return any(since < at <= until for at in self._history.get(profile, {}).get(name, ()))

    def history(self, profile: str, spans: Mapping[str, timedelta], now: datetime) -> dict[str, tuple[datetime, ...]]:
        """When these moments happened to a person, as far back as asked, in order."""
        mine = self._history.get(profile, {})
        found = {name: _since(mine.get(name, ()), now - span) for name, span in spans.items()}
        return {name: instants for name, instants in found.items() if instants}


def _since(instants: Sequence[datetime], start: datetime) -> tuple[datetime, ...]:
    return tuple(sorted(at for at in instants if at >= start))
