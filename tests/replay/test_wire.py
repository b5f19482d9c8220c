"""From JSON to values and back: what is wrong is told with what was found and what was expected."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator import wire
from orchestrator.model import Moment

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def test_a_moment_is_read_as_a_service_writes_it() -> None:
    """Its own time and id where it has them."""
    line = {"id": "m1", "name": "ping", "profile": "a", "at": "2026-03-02T10:00:00+02:00", "data": {"n": 3}}
    assert wire.moment(line, now=NOW, new_id=lambda: "new") == Moment("m1", "ping", "a", NOW.replace(hour=8), {"n": 3})
    assert wire.moment({"name": "ping", "profile": "a"}, now=NOW, new_id=lambda: "new") == Moment(
        "new", "ping", "a", NOW
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"profile": "a"}, "`name` must be a text of 1 to 200 printable characters; found nothing"),
        ({"name": "ping", "profile": 17}, "`profile` must be a text of 1 to 200 printable characters; found 17"),
        ({"name": "ping", "profile": "a\n"}, "`profile` must be a text"),
        ({"name": "x" * 201, "profile": "a"}, "`name` must be a text"),
        ({"name": "ping", "profile": "a", "at": "2026-03-02T10:00:00"}, "does not say its offset from UTC"),
        ({"name": "ping", "profile": "a", "at": "2026-02-30T10:00:00Z"}, "RFC 3339"),
        ({"name": "ping", "profile": "a", "at": 17}, "RFC 3339"),
        ({"name": "ping", "profile": "a", "at": "0001-01-01T00:00:00+14:00"}, "RFC 3339"),
        ({"name": "ping", "profile": "a", "at": "9999-01-01T00:00:00Z"}, "within the years 1970 to 2969"),
    ],
)
def test_a_moment_that_cannot_be_read_says_why(line: dict[str, Any], told: str) -> None:
    """With what was found."""
    with pytest.raises(wire.Malformed) as error:
        wire.moment(line, now=NOW, new_id=lambda: "new")
    assert told in str(error.value)


def test_a_profile_has_addresses_by_channel() -> None:
    """A phone number serves SMS; what is null or empty is taken away, and what is not named is left alone."""
    line = {
        "id": "a",
        "email": "a@example.com",
        "phone": "+12025550123",
        "whatsapp": None,
        "push": ["t1", "", "t2"],
        "market": "",
    }
    update = wire.profile(line | {"addresses": {"telegram": "@ann"}}, at=NOW)
    assert update.addresses == {
        "email": ("a@example.com",),
        "sms": ("+12025550123",),
        "whatsapp": (),
        "push": ("t1", "t2"),
        "telegram": ("@ann",),
    }
    assert update.fields == {"market": None}
    assert update.attributes == {}


@pytest.mark.parametrize("line", [{"email": 17}, {"locale": 17}, {"push": [1]}, {"attributes": []}, {"addresses": "x"}])
def test_a_service_is_told_what_is_wrong_in_a_profile(line: dict[str, Any]) -> None:
    """It can still be mended there."""
    with pytest.raises(wire.Malformed):
        wire.profile({"id": "a", **line}, at=NOW)


@given(st.dictionaries(st.sampled_from([*wire.PROFILE_FIELDS, *wire.SINGLE, "push", "attributes", "addresses"]), json))
def test_a_recorded_profile_is_read_whatever_is_in_it(line: dict[str, Any]) -> None:
    """As a service's would be, with null for each field that is told of; a good one just as it is."""
    faults: list[str] = []
    update = wire.recorded_profile({"id": "a", **line}, at=NOW, complain=faults.append)
    assert update.id == "a"
    try:
        assert update == wire.profile({"id": "a", **line}, at=NOW)
        assert faults == []
    except wire.Malformed:
        assert faults != []


def test_what_a_consent_says_besides_is_its_evidence() -> None:
    """Its own time is when it happened."""
    line = {
        "profile": "a",
        "channel": "email",
        "purpose": "marketing",
        "state": "granted",
        "source": "form",
        "ip": "192.0.2.1",
    }
    entry = wire.consent(line, at=NOW, recorded_at=NOW)
    assert (entry.state, entry.source, entry.evidence) == ("granted", "form", {"ip": "192.0.2.1"})


@given(json)
def test_nothing_on_the_wire_breaks_the_reader(value: Any) -> None:
    """It is read, or it is Malformed."""
    for read in (
        lambda line: wire.moment(wire.mapping(line, "A moment"), now=NOW, new_id=lambda: "new"),
        lambda line: wire.profile(wire.mapping(line, "A profile"), at=NOW),
        lambda line: wire.consent(wire.mapping(line, "A consent"), at=NOW, recorded_at=NOW),
    ):
        with suppress(wire.Malformed):
            read(orjson.loads(orjson.dumps(value)))
