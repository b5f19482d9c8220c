"""What single markets ask for besides: daily limits in Viet Nam, a consent of its own for nights in Korea."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.blueprint import default_markets
from orchestrator.decision.caps import horizon
from tests.support import KAIROS, NEWS, ORDER, consent, material, moment, outcomes, person, told, workspace

TEXTS = NEWS.replace("[email]", "[sms]")
BOTH = NEWS.replace("[email]", "[sms, email]")
FILES = material(workspace(TEXTS, ORDER, markets="VN: {}\nKR: {}\nID: {nights: true}\nTH: {}\n"))
GRANTED = "2026-03-01T00:00:00Z"
NIGHT = "2026-03-02T14:00:00Z"  # 23:00 in Seoul, 21:00 in Jakarta and Bangkok
NIGHTLY = "marketing:night"


def somebody(market: str, **fields: Any) -> list[dict[str, Any]]:
    """A person who has agreed to marketing by text message and email."""
    known = person(at=GRANTED, market=market, timezone=None, **fields)
    return [known, consent(GRANTED, "granted", "sms"), consent(GRANTED, "granted")]


def pings(*hours: int, name: str = "ping") -> list[dict[str, Any]]:
    """A moment at each of these hours in Viet Nam."""
    return [moment(f"2026-03-02T{hour - 7:02}:00:00Z", f"{name}{hour}", name) for hour in hours]


def test_a_fourth_text_message_a_day_is_too_many_in_viet_nam() -> None:
    """Email has a limit of its own; what is owed is neither counted nor stopped; and the next day is another."""
    found = outcomes(FILES, [*somebody("VN"), *pings(8, 9, 10, 11), *pings(12, name="bought")])
    assert told(found) == ["send", "send", "send", "drop caps.exceeded", "send"]
    assert "3 sms promotional messages per day" in found[3]["trace"][-1]["detail"]
    both = material(workspace(BOTH, markets="VN: {}"))
    found = outcomes(both, [*somebody("VN"), *pings(*range(8, 15)), moment("2026-03-03T01:00:00Z", "next")])
    assert [line["channel"] for line in found if line["outcome"] == "send"] == ["sms"] * 3 + ["email"] * 3 + ["sms"]


def test_a_workspace_may_be_stricter() -> None:
    strict = material(workspace(TEXTS, markets="VN: {daily: {sms: 1, email: 0}}"))
    assert told(outcomes(strict, [*somebody("VN"), *pings(8, 9)])) == ["send", "drop caps.exceeded"]


def test_touches_are_kept_for_as_long_as_a_markets_day_may_be() -> None:
    """Though the workspace has no caps."""
    assert horizon(material(workspace(markets="VN: {}")).workspace).days >= 2
    assert default_markets()["VN"].daily == {"sms": 3, "email": 3}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], "hold timing.quiet_hours"),
        ([consent(GRANTED, "granted", "sms", purpose=NIGHTLY)], "send"),
        ([consent(GRANTED, "granted", "email", purpose=NIGHTLY)], "hold timing.quiet_hours"),
        ([consent(GRANTED, "pending", "sms", purpose=NIGHTLY)], "hold timing.quiet_hours"),
        ([consent(GRANTED, "granted", "sms", purpose="*")], "hold timing.quiet_hours"),
        (
            [consent(GRANTED, "granted", "sms", purpose=NIGHTLY), consent(NIGHT, "withdrawn", "sms", purpose=NIGHTLY)],
            "hold timing.quiet_hours",
        ),
        (  # it ended with the consent that it came with
            [
                consent(GRANTED, "granted", "sms", purpose=NIGHTLY),
                consent("2026-03-02T01:00:00Z", "withdrawn", "sms"),
                consent("2026-03-02T02:00:00Z", "granted", "sms"),
            ],
            "hold timing.quiet_hours",
        ),
    ],
)
def test_nights_need_a_consent_of_their_own_in_korea(entries: list[dict[str, Any]], expected: str) -> None:
    assert told(outcomes(FILES, [*somebody("KR"), *entries, moment(NIGHT, "m1")])) == [expected]


@pytest.mark.parametrize(("market", "expected"), [("ID", "send"), ("TH", "hold timing.quiet_hours")])
def test_whether_nights_can_be_agreed_to_is_the_markets_to_say(market: str, expected: str) -> None:
    agreed = consent(GRANTED, "granted", "sms", purpose=NIGHTLY)
    assert told(outcomes(FILES, [*somebody(market), agreed, moment(NIGHT, "m1")])) == [expected]


def test_a_consent_to_nights_is_none_to_anything_else() -> None:
    """And the workspace's own quiet hours stand."""
    only = [person(market="KR", timezone=None), consent(GRANTED, "granted", "sms", purpose=NIGHTLY)]
    assert told(outcomes(FILES, [*only, moment(NIGHT, "m1")])) == ["drop consent.missing"]
    quiet = material(
        workspace(TEXTS, kairos=KAIROS + "quiet_hours: {from: '22:00', until: '08:00'}\n", markets="KR: {}")
    )
    agreed = consent(GRANTED, "granted", "sms", purpose=NIGHTLY)
    assert told(outcomes(quiet, [*somebody("KR"), agreed, moment(NIGHT, "m1")])) == ["hold timing.quiet_hours"]
