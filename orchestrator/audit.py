"""The audit trail: who did what that matters to people's rights, to campaigns and to access; in ids, and nothing else.

What people agree to by replies and providers' reports is in the consent ledger, with its evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from getpass import getuser
from typing import Any

from orchestrator.app import App
from orchestrator.ports import Deed

ACTIONS: Mapping[str, str] = {
    "consents.recorded": "Entries were appended to the consent ledger by a service.",
    "consents.imported": "Entries were appended to the consent ledger from a file.",
    "consents.chosen": "A person changed what they get, on a page of their own.",
    "consents.confirmed": "A person confirmed a consent that was pending.",
    "profile.exported": "Everything on record of a person was read out.",
    "profile.forgotten": "A person was erased.",
    "campaign.paused": "A campaign was stopped.",
    "campaign.resumed": "A campaign was let go on.",
    "campaign.cancelled": "A campaign, or one run of it, was ended for good.",
    "reply.settled": "Somebody said what a reply in free words means.",
    "suppression.lifted": "An address that was not written to any more is written to again.",
    "messages.retried": "Messages that were given up were taken up again.",
    "key.created": "An API key was made.",
    "key.revoked": "An API key was revoked.",
    "retention.ran": "What had been kept long enough was removed.",
}
"""What can be done: codes are stable, sentences may improve."""

PERSON = "person"
SCHEDULER = "scheduler"


def operator() -> str:
    """Whoever runs this program."""
    try:
        return f"operator:{getuser()}"
    except (KeyError, OSError):  # a container may run as a user that has no name
        return "operator"


def service(key: str) -> str:
    """A service, by the id of its key."""
    return f"key:{key}"


def note(
    app: App, actor: str, action: str, *, people: Iterable[str] = (), subjects: Iterable[str] = (), **details: Any
) -> None:
    """Append to the trail that somebody did something, now: to these people, to these other ids.

    Raises:
        KeyError: there is no such action.
    """
    assert ACTIONS[action]
    app.desk.note(Deed(app.clock(), actor, action, tuple(dict.fromkeys(people)), tuple(subjects), details))
