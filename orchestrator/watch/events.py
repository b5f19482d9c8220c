"""Every event that is logged, in one place: its stable name, its level, its sentence, and so the fields it carries.

Fields are ids, names of things in the workspace, numbers, instants and kinds of errors: never an address, a text, a
name of a person, or the words of an error, which may quote anything.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

KAIROS = "kairos"


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of line. `sentence` has its fields as `%(name)s`; `name` is stable, sentences may improve."""

    name: str
    level: int
    sentence: str
    logger: str = KAIROS


STARTED = Event("started", logging.INFO, "%(part)s started, process %(pid)d")
ACCEPTED = Event("accepted", logging.DEBUG, "%(moments)d moments accepted, %(repeated)d repeated: %(ids)s")
DECIDED = Event(
    "decided", logging.INFO, "%(moments)d moments decided: %(send)d to send, %(hold)d held, %(drop)d refused"
)
MESSAGE_DECIDED = Event(
    "message.decided", logging.DEBUG, "message %(message)s of moment %(moment)s: %(outcome)s %(reason)s"
)
HANDED_OVER = Event("handed_over", logging.INFO, "%(messages)d messages %(outcome)s at %(provider)s")
MESSAGE_SETTLED = Event("message.settled", logging.DEBUG, "message %(message)s is %(outcome)s at %(provider)s")
MESSAGE_STUCK = Event("message.stuck", logging.WARNING, "message %(message)s is %(outcome)s after %(provider)s")
LEASES_EXPIRED = Event(
    "leases_expired", logging.WARNING, "%(messages)d hand-overs were left by a worker that is gone: %(ids)s"
)
LEFT = Event(
    "left",
    logging.WARNING,
    "%(moments)d moments and %(messages)d held messages are of campaigns that this worker's workspace has not: "
    "they are left to workers whose workspace is newer",
)
RUN_LEFT = Event(
    "run_left",
    logging.WARNING,
    "the run %(run)s is of a campaign that this worker's workspace has not: it is left to others",
)
BROKEN_OFF = Event("broken_off", logging.WARNING, "%(task)s was broken off (%(error)s); a sweep goes on with it")
MOMENTS_WAIT = Event("moments_wait", logging.WARNING, "moments wait in their queue (%(error)s)")
MOMENT_REFUSED = Event(
    "moment_refused", logging.ERROR, "moment %(number)d of a list of %(count)d was refused: %(expected)s"
)
REPORTS_SPOILT = Event(
    "reports_spoilt", logging.ERROR, "%(reports)d reports could not be applied (%(error)s), and are done with"
)
TASK_REFUSED = Event(
    "task_refused", logging.ERROR, "%(tasks)d in the queue %(queue)s were no tasks; they are kept in %(aside)s"
)
HINT_REFUSED = Event(
    "hint_refused", logging.WARNING, "the broker did not take %(task)s (%(error)s); a sweep will find what it was about"
)
RUN_STARTED = Event("run_started", logging.INFO, "run %(run)s of %(campaign)s is due")
RUNS_MISSED = Event("runs_missed", logging.ERROR, "runs between %(since)s and %(until)s were missed and are left out")
PROVIDER_UNUSABLE = Event(
    "provider_unusable", logging.ERROR, "the provider %(provider)s on %(channel)s cannot send: %(fault)s"
)
TRACES_NOT_DRAWN = Event(
    "traces_not_drawn", logging.WARNING, "%(variable)s is set, but OpenTelemetry is not installed: add the extra `otel`"
)
STORES_AWAY = Event("stores_away", logging.WARNING, "a store is away (%(error)s); %(part)s goes on when it is back")
STORES_BACK = Event("stores_back", logging.INFO, "the stores answer again; %(part)s goes on")
REDIS_AT_RISK = Event("redis_at_risk", logging.WARNING, "Redis: %(warning)s")
REQUEST = Event("request", logging.INFO, "%(method)s %(route)s %(status)d %(milliseconds).1f ms", f"{KAIROS}.api")
WENT_AWAY = Event("went_away", logging.INFO, "somebody went away before the answer", f"{KAIROS}.api")
UNFORESEEN = Event("unforeseen", logging.ERROR, "%(error)s at %(way)s", f"{KAIROS}.api")
STORE_AWAY = Event("store_away", logging.ERROR, "a store is away (%(error)s)", f"{KAIROS}.api")


def tell(event: Event, **fields: object) -> None:
    """Log one event."""
    logger = logging.getLogger(event.logger)
    if logger.isEnabledFor(event.level):
        logger.log(event.level, event.sentence, fields, extra={"event": event.name})


def is_told(event: Event) -> bool:
    """Whether anybody would hear of it, where its fields are dear to gather."""
    return logging.getLogger(event.logger).isEnabledFor(event.level)
