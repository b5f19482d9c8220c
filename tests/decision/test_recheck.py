"""The last look before a message is handed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.decision.recheck import recheck
from orchestrator.model import Consent, Facts, Finding, Moment, Profile
from orchestrator.ports import Later, Record, Stops
from tests.support import KAIROS, NEWS, material, workspace

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORKSPACE = material(
    workspace(
        NEWS,
        kairos=KAIROS + "quiet_hours: {from: '21:00', until: '08:00'}\n",
        markets="HOME: {consent: {email: opt-out}}\n",
    )
).workspace
PERSON = Profile("a", "HOME", "en", "UTC", {"email": ("a@example.com",)})
WITHDRAWN = Consent("a", "email", "marketing", "withdrawn", NOW, NOW)


def record(at: datetime = NOW, **changed: Any) -> Record:
    """A message that is ready."""
    moment = Moment("m1", "ping", "a", at)
    ready = Record(
        "m", moment, "news", "a", "marketing", "ready", None, at, None, "email", "HOME", "en", None, ("a@example.com",), None, (), None
    )  # fmt: skip
    return replace(ready, **changed)


@pytest.mark.parametrize(
    ("message", "facts", "expected"),
    [
        (record(), Facts(PERSON), None),
        (record(), Facts(PERSON, consents=(WITHDRAWN,)), "consent.withdrawn"),
        (record(purpose="transactional"), Facts(PERSON, consents=(WITHDRAWN,)), None),
        (record(), Facts(PERSON, suppressed=frozenset({("email", "a@example.com")})), "address.suppressed"),
        (record(), Facts(replace(PERSON, addresses={})), "address.missing"),
        (record(), Facts(None), "profile.unknown"),
        (record(), None, "profile.unknown"),
        (record(campaign="gone", at=NOW - timedelta(hours=2)), Facts(PERSON), "campaign.paused"),
        (record(purpose="gone", at=NOW - timedelta(hours=2)), Facts(PERSON), "campaign.paused"),
    ],
)
def test_what_has_become_known_since_is_looked_at(message: Record, facts: Facts | None, expected: str | None) -> None:
    """Consent, suppression and the address, by the very gates that decided."""
    (found,) = recheck([message], {"a": facts} if facts else {}, WORKSPACE, NOW)
    assert (found.code if isinstance(found, Finding) else found) == expected


@pytest.mark.parametrize(
    ("decided", "now", "until"),
    [
        ("20:59", "21:03", None),  # on its way when the evening began
        ("20:00", "21:03", "2026-03-03T08:00"),
        ("20:00", "20:59", None),
    ],
)
def test_a_message_that_is_very_late_waits_for_its_hour(decided: str, now: str, until: str | None) -> None:
    """A few minutes do not matter; an hour does: nobody is disturbed, and nothing is lost."""
    at, then = (datetime.fromisoformat(f"2026-03-02T{clock}:00+00:00") for clock in (decided, now))
    (found,) = recheck([record(at)], {"a": Facts(PERSON)}, WORKSPACE, then)
    assert (f"{found.until:%Y-%m-%dT%H:%M}" if isinstance(found, Later) else found) == until


def test_a_message_of_a_paused_campaign_waits() -> None:
    """It keeps its place until the campaign goes on."""
    (found,) = recheck([record()], {"a": Facts(PERSON)}, WORKSPACE, NOW, Stops(frozenset({record().campaign})))
    assert isinstance(found, Later)


@pytest.mark.parametrize(
    ("attempt", "held"),
    [(0, "timing.paused"), (1, None)],  # what may have arrived is not decided anew
)
def test_what_somebody_wants_a_pause_from_waits_however_fresh_it_is(attempt: int, held: str | None) -> None:
    """And what may not be refused goes on."""
    resting = replace(PERSON, preferences={"pause_until": "2026-03-09T09:00:00Z"})
    (found,) = recheck([record(attempt=attempt)], {"a": Facts(resting)}, WORKSPACE, NOW)
    assert isinstance(found, Later)
    assert (found.until, found.held) == (datetime(2026, 3, 9, 9, tzinfo=UTC), held)
    assert recheck([record(purpose="transactional")], {"a": Facts(resting)}, WORKSPACE, NOW) == [None]
