"""Consent: what the ledger says today, and whether it is enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.civil import rfc3339
from tests.support import KAIROS, NEWS, consent, material, moment, outcomes, person, told, workspace

DAY = "2026-03-02"
MARKETS = """
IN: {timezone: UTC, quiet_hours: none, locales: [en], consent: {email: opt-in, push: opt-in}}
OUT: {timezone: UTC, quiet_hours: none, locales: [en], consent: {email: opt-out, sms: opt-out}}
TWICE: {timezone: UTC, quiet_hours: none, locales: [en], consent: {email: double-opt-in}}
"""
FILES = material(workspace(NEWS, markets=MARKETS))


def ask(market: str, *lines: dict[str, Any]) -> str:
    """What becomes of a ping at noon, by email, after these lines."""
    return told(outcomes(FILES, [person(market=market), *lines, moment(f"{DAY}T12:00:00Z", "m1")]))[-1]


@pytest.mark.parametrize(
    ("market", "expected"), [("IN", "drop consent.missing"), ("OUT", "send"), ("TWICE", "drop consent.missing")]
)
def test_without_a_word_only_opt_out_allows_it(market: str, expected: str) -> None:
    """Nothing on record is no consent."""
    assert ask(market) == expected


@pytest.mark.parametrize(
    ("state", "market", "expected"),
    [
        *[("granted", market, "send") for market in ("IN", "OUT", "TWICE")],
        *[("withdrawn", market, "drop consent.withdrawn") for market in ("IN", "OUT", "TWICE")],
        *[(state, "IN", "drop consent.missing") for state in ("pending", "unknown")],
        *[(state, "TWICE", "drop consent.missing") for state in ("pending", "unknown")],
        *[(state, "OUT", "send") for state in ("pending", "unknown")],
    ],
)
def test_each_state_under_each_law(state: str, market: str, expected: str) -> None:
    """Pending and unknown are no grants, and no withdrawals either."""
    assert ask(market, consent(f"{DAY}T09:00:00Z", state)) == expected


@pytest.mark.parametrize("state", ["pending", "unknown"])
@pytest.mark.parametrize(("market", "expected"), [("IN", "consent.missing"), ("OUT", "consent.withdrawn")])
def test_what_is_not_granted_takes_no_withdrawal_back(state: str, market: str, expected: str) -> None:
    """A form filled in and never confirmed opens nothing."""
    lines = consent(f"{DAY}T09:00:00Z", "withdrawn"), consent(f"{DAY}T10:00:00Z", state)
    assert ask(market, *lines) == f"drop {expected}"


@pytest.mark.parametrize(
    ("channel", "purpose"),
    [("sms", "marketing"), ("email", "transactional"), ("push", "marketing"), ("email", "other")],
)
def test_a_yes_is_for_one_channel_and_one_purpose(channel: str, purpose: str) -> None:
    """A yes for one is not a yes for another, and neither is a no."""
    at = f"{DAY}T09:00:00Z"
    assert ask("IN", consent(at, "granted", channel, purpose=purpose)) == "drop consent.missing"
    assert ask("OUT", consent(at, "withdrawn", channel, purpose=purpose)) == "send"


def test_a_channel_that_a_market_does_not_name_is_opt_in() -> None:
    """Where nothing is written, the stricter holds."""
    by_push = NEWS.replace("[email]", "[push]")
    found = outcomes(workspace(by_push, markets=MARKETS), [person(market="OUT"), moment(f"{DAY}T12:00:00Z", "m1")])
    assert told(found) == ["drop consent.missing"]


def test_a_late_older_grant_does_not_beat_a_newer_withdrawal() -> None:
    """What counts is when it happened, not when we heard of it."""
    late = {"at": f"{DAY}T11:00:00Z", "consent": {**consent("", "granted")["consent"], "at": f"{DAY}T08:00:00Z"}}
    assert ask("OUT", consent(f"{DAY}T09:00:00Z", "withdrawn"), late) == "drop consent.withdrawn"


def test_of_two_at_one_instant_the_withdrawal_counts() -> None:
    """In whatever order they come."""
    both = [consent(f"{DAY}T09:00:00Z", state) for state in ("granted", "withdrawn")]
    assert ask("IN", *both) == ask("IN", *reversed(both)) == "drop consent.withdrawn"


def test_a_confirmed_grant_is_for_the_address_that_it_confirmed() -> None:
    """A new address must be confirmed anew; the old one in another spelling need not be."""
    granted = consent(f"{DAY}T09:00:00Z", "granted")

    def moved(address: str) -> dict[str, Any]:
        return {"at": f"{DAY}T10:00:00Z", "profile": {"id": "a", "email": address}}

    assert ask("TWICE", granted) == "send"
    assert ask("TWICE", granted, moved("A@Example.COM")) == "send"
    assert ask("TWICE", granted, moved("new@example.com")) == "drop consent.missing"
    assert ask("TWICE", granted, moved("new@example.com"), consent(f"{DAY}T11:00:00Z", "granted")) == "send"
    assert ask("IN", granted, moved("new@example.com")) == "send"


def test_what_belongs_to_a_contract_needs_no_consent() -> None:
    """Neither a missing nor a withdrawn one stops it."""
    order = "campaign: order\npurpose: transactional\nmoment: {on: ping}\nchannel: [email]\ntactic: {template: hi}\n"
    lines = [person(market="IN"), consent(f"{DAY}T09:00:00Z", "withdrawn", purpose="transactional")]
    assert told(outcomes(workspace(order, markets=MARKETS), [*lines, moment(f"{DAY}T12:00:00Z", "m1")])) == ["send"]


@pytest.mark.parametrize(
    ("needs", "market", "expected"),
    [
        ("opt-in", "OUT", "drop consent.missing"),
        ("opt-out", "IN", "send"),
        ("none", "IN", "send"),
        ("market", "IN", "drop consent.missing"),
    ],
)
def test_a_purpose_may_have_a_basis_of_its_own(needs: str, market: str, expected: str) -> None:
    """Else it is the market's."""
    kairos = KAIROS + f"purposes: {{tips: {{consent: {needs}}}}}\n"
    files = workspace(NEWS.replace("marketing", "tips"), kairos=kairos, markets=MARKETS)
    assert told(outcomes(files, [person(market=market), moment(f"{DAY}T12:00:00Z", "m1")])) == [expected]


BY_BOTH = material(workspace(NEWS.replace("[email]", "[push, email]"), markets=MARKETS))
START = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
hours = st.integers(0, 5)
ledgers = st.lists(
    st.tuples(
        st.sampled_from(["email", "push"]),
        st.sampled_from(["marketing", "other"]),
        st.sampled_from(["granted", "withdrawn", "pending", "unknown"]),
        hours,
    ),
    max_size=8,
)


def plain_fold(entries: list[tuple[str, str, str, int]], channel: str) -> str | None:
    """The state by the words of the contract: the latest, and of those at one instant a withdrawal, or else a grant."""
    mine = [(hour, state) for where, purpose, state, hour in entries if (where, purpose) == (channel, "marketing")]
    last = max((hour for hour, _ in mine), default=None)
    states = [state for hour, state in mine if hour == last]
    return next((state for state in ("withdrawn", "granted") if state in states), None)


@settings(max_examples=60, deadline=None)
@given(ledgers, st.sampled_from(["IN", "TWICE"]), st.randoms(use_true_random=False))
def test_nothing_is_sent_without_consent(entries: list[tuple[str, str, str, int]], market: str, chance: Any) -> None:
    """Whatever stands in the ledger and in whatever order it came, by every channel."""
    arrived = list(entries)
    chance.shuffle(arrived)
    lines = [person(market=market)]
    for channel, purpose, state, hour in arrived:
        entry = consent(rfc3339(START + timedelta(hours=6)) or "", state, channel, purpose=purpose)
        entry["consent"]["at"] = rfc3339(START + timedelta(hours=hour))
        lines.append(entry)
    (found,) = outcomes(BY_BOTH, [*lines, moment(f"{DAY}T12:00:00Z", "m1")])
    allowed = [channel for channel in ("push", "email") if plain_fold(arrived, channel) == "granted"]
    assert found["outcome"] == ("send" if allowed else "drop")
    assert found["channel"] == (allowed[0] if allowed else found["channel"])
