"""What is wrong, in words, with what to do. Pure: from a status to its alarms, the gravest first.

`docs/operations.md` has a section for each code. Codes are stable; Prometheus is told of them, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from orchestrator.watch.status import Account, Status

LATE = timedelta(minutes=5)  # that a moment or message may wait beyond its time
ABANDONED = timedelta(minutes=1)  # that a hand-over may be left lying once its lease ran out
LATELY = timedelta(hours=1)  # that messages came to wait for a person
TROUBLED = 0.2  # of the whole taken from an account's share


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong, and what to do about it."""

    code: str
    sentence: str
    remedy: str


Rule = Callable[[Status], Iterator[Alarm]]


def alarms(status: Status) -> list[Alarm]:
    """Everything that is wrong."""
    return [alarm for rule in RULES for alarm in rule(status)]


def _away(status: Status) -> Iterator[Alarm]:
    if "database" in status.away:
        yield Alarm(
            "database.away",
            "The database does not answer: nothing is accepted, decided or handed over.",
            "Bring it back. Nothing that was accepted is lost; workers go on by themselves.",
        )
    if "redis" in status.away:
        yield Alarm(
            "redis.away",
            "Redis does not answer: moments are accepted, but nothing that counts against caps is decided.",
            "Bring it back, empty or not. Touches are rebuilt from the database, and sweeps find what is due.",
        )


def _workspace(status: Status) -> Iterator[Alarm]:
    if status.broken:
        yield Alarm(
            "workspace.broken",
            f"The workspace here cannot be loaded: {status.broken}",
            "See `kairos check`. What runs goes on with what it has loaded; nothing can be started.",
        )
    if status.others:
        yield Alarm(
            "workspace.differs",
            f"{len(status.others)} of {len(status.workers)} worker processes work with another workspace than this one.",
            "Start those anew that have the older one. What they do not know they leave to others, for an hour.",
        )


def _scheduler(status: Status) -> Iterator[Alarm]:
    if "database" not in status.away and not status.leads:
        yield Alarm(
            "scheduler.gone",
            "No scheduler leads: nothing that is held falls due, no run starts, nothing forgotten is found.",
            "Start `kairos scheduler`. Runs missed for up to an hour are caught up.",
        )


def _lanes(status: Status) -> Iterator[Alarm]:
    for lane in status.silent if "database" not in status.away else ():
        seconds = int(status.patience.total_seconds())
        yield Alarm(
            "lane.silent",
            f"No canary came through the {lane} lane within {seconds} s: nobody serves it, or everybody is busy.",
            f"See whether workers with --lane {lane} (or all) run and whether they log errors; start more, or start them anew.",
        )


def _moments(status: Status) -> Iterator[Alarm]:
    backlog = status.backlog
    if backlog and backlog.oldest and status.age(backlog.oldest) > LATE:
        yield Alarm(
            "moments.late",
            f"{backlog.waiting} moments wait to be decided, the oldest for {_words(status.age(backlog.oldest))}.",
            "Start more workers of the urgent lane. `kairos api --room` says when intake answers 429.",
        )


def _messages(status: Status) -> Iterator[Alarm]:
    late = [queue for queue in status.queues if queue.state != "sending" and status.age(queue.due) > LATE]
    for queue in late:
        yield Alarm(
            "messages.late",
            f"{queue.count} messages of {queue.campaign} on {queue.channel or 'no channel yet'} are {queue.state}, "
            f"the first overdue for {_words(status.age(queue.due))}.",
            "See `kairos messages list`, the accounts below, and whether the campaign is paused; start more workers.",
        )


def _stuck(status: Status) -> Iterator[Alarm]:
    for one in (one for one in status.stuck if status.age(one.last) <= LATELY):
        yield Alarm(
            "messages.stuck",
            f"{one.count} messages of {one.campaign or 'no campaign'} on {one.channel or 'no channel'} are {one.state}, "
            f"the last for {_words(status.age(one.last))}: they wait for a person.",
            f"See `kairos messages list --state {one.state}`; `kairos messages retry ID` sends one after all.",
        )


def _hand_overs(status: Status) -> Iterator[Alarm]:
    left = sum(q.count for q in status.queues if q.state == "sending" and status.age(q.due) > ABANDONED)
    if left:
        yield Alarm(
            "handovers.left",
            f"Up to {left} hand-overs were begun by workers that are gone, and nobody has settled them.",
            "A sweep does within seconds where a scheduler leads and the urgent lane is served: see to these.",
        )


def _providers(status: Status) -> Iterator[Alarm]:
    for account in status.accounts:
        if account.is_open:
            yield _broken(account)
        elif account.lowered >= TROUBLED:
            yield Alarm(
                "provider.troubled",
                f"{account.name} fails or is slow: {account.lowered:.0%} of the whole was taken from its share.",
                "Look at the provider's status page. The share comes back by itself, a point a minute.",
            )


def _broken(account: Account) -> Alarm:
    return Alarm(
        "provider.broken",
        f"{account.name} gets no messages: its breaker is open.",
        "Look at its credentials and its status page. It is tried once more by itself, every minute at the latest.",
    )


def _redis(status: Status) -> Iterator[Alarm]:
    for risk in status.redis.get("risks", ()):
        yield Alarm("redis.at_risk", f"Redis: {risk.partition(';')[0]}.", f"{risk.partition(';')[2].strip()}.")


RULES: tuple[Rule, ...] = (
    _away,
    _workspace,
    _scheduler,
    _lanes,
    _moments,
    _messages,
    _hand_overs,
    _stuck,
    _providers,
    _redis,
)


def _words(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
