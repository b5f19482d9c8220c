"""What a campaign moved, counted in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from orchestrator.model import Receipt
from orchestrator.ports import BURST, Aim, Group, Record, State, Tally
from orchestrator.reasons import PERSON

HOLDOUT = "experiment.holdout"
HANDED: frozenset[State] = frozenset({"sent", "delivered", "unknown"})
Happened = Callable[[str, str, datetime, datetime], bool]
"""Whether a moment of this name happened to this person behind one instant and not behind another."""


class Count:
    """One campaign's messages, with what came back, and what happened afterwards."""

    def __init__(self, aim: Aim, happened: Happened, about: Callable[[str], Sequence[Receipt]]) -> None:
        self._aim = aim
        self._happened = happened
        self._about = about

    def tally(self, records: Iterable[Record]) -> Tally:
        """What became of them."""
        ours = [one for one in records if one.campaign == self._aim.campaign]
        handed = [one for one in ours if one.handed_over and one.state in HANDED]
        over = [one for one in ours if one.at <= self._aim.now - self._aim.within]
        people, scanned, after_click = self._clicks(handed)
        return Tally(
            len(handed),
            self._group(handed, _handed_over),
            len(people),
            len(scanned - people),
            len(after_click),
            self._group([one for one in over if one.reason is None or one.reason not in PERSON], _decided),
            self._group([one for one in over if one.reason == HOLDOUT], _decided),
        )

    def _group(self, chosen: Sequence[Record], begin: Callable[[Record], datetime]) -> Group:
        converted = {one.profile for one in chosen if self._converted(one, begin(one), begin(one))}
        return Group(len({one.profile for one in chosen}), len(converted))

    def _converted(self, record: Record, since: datetime, begin: datetime) -> bool:
        name = self._aim.moment
        return name is not None and self._happened(record.profile, name, since, begin + self._aim.within)

    def _clicks(self, handed: Iterable[Record]) -> tuple[set[str], set[str], set[str]]:
        people, scanned, after_click = set[str](), set[str](), set[str]()
        for record in handed:
            clicks = [one for one in self._about(record.id) if one.kind == "clicked"]
            for click in clicks:
                (scanned if _by_machine(click, clicks) else people).add(record.profile)
                if not _by_machine(click, clicks) and self._converted(record, click.at, _handed_over(record)):
                    after_click.add(record.profile)
        return people, scanned, after_click


def _handed_over(record: Record) -> datetime:
    return record.handed_over or record.at


def _decided(record: Record) -> datetime:
    return record.at


def _by_machine(click: Receipt, clicks: Iterable[Receipt]) -> bool:
    if click.machine or click.link is None:
        return bool(click.machine)
    return any(o.link not in (None, click.link) and abs(o.at - click.at) <= BURST for o in clicks)
