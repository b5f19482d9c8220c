"""Replay: every line at its time, every outcome once, and the same bytes every time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator import wire
from orchestrator.app import replay
from orchestrator.civil import rfc3339
from orchestrator.engine import Engine
from orchestrator.reasons import SENTENCES
from orchestrator.replay import read
from tests.support import HI, KAIROS, MARKETS, NEWS, ORDER, consent, material, moment, outcomes, person, told, workspace

AT = "2026-03-02T09:00:00Z"
FILES = material(workspace())


def raw(*lines: bytes) -> tuple[list[dict[str, Any]], list[str]]:
    """The outcomes of a timeline as bytes, and what was reported."""
    faults: list[str] = []
    run = replay(FILES, faults.append)
    return [wire.outcome(draft) for draft in run.run(read(lines, faults.append))], faults


def test_an_outcome_line_has_all_that_the_contract_names() -> None:
    """A message that is sent by SMS."""
    files = workspace(NEWS.replace("[email]", "[sms]"))
    (found,) = outcomes(files, [person(), moment(AT, "m1")])
    trace = found.pop("trace")
    assert found.pop("id")
    assert found == {
        "at": AT,
        "campaign": "news",
        "profile": "a",
        "moment": "m1",
        "outcome": "send",
        "reason": None,
        "send_at": AT,
        "market": "US",
        "locale": "en",
        "channel": "sms",
        "variant": None,
        "content": {"body": "Hello"},
        "sms": {"encoding": "GSM-7", "segments": 1},
    }
    assert trace[0] == {"gate": "profile", "passed": True, "code": "profile.known", "detail": "The person is known."}


def test_every_campaign_that_listens_has_a_line_and_no_other() -> None:
    """Nobody listens to a purchase here, and nobody knows of a sneeze."""
    faults: list[str] = []
    files = workspace(
        NEWS,
        NEWS.replace("news", "more"),
        ORDER.replace("bought", "ping"),
        NEWS.replace("ping", "bought").replace("news", "x") + "paused: true\n",
    )
    lines = [person(), moment(AT, "m1"), moment(AT, "m2", "bought"), moment(AT, "m3", "sneezed")]
    found = outcomes(files, lines, faults=faults)
    assert [(line["moment"], line["campaign"]) for line in found] == [
        ("m1", "more"),
        ("m1", "news"),
        ("m1", "order"),
        ("m2", "x"),
    ]
    assert faults == ["line 4: No moment 'sneezed' is declared in kairos.yaml."]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"17",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"profile": {"id": "x"}}',
        b'{"at": "yesterday", "profile": {"id": "x"}}',
        b'{"at": "2026-03-02T09:00:00", "profile": {"id": "x"}}',
        b'{"at": "0001-01-01T00:00:00+14:00"}',
        b'{"at": "9999-12-31T23:59:59Z"}',
        b'{"at": 17}',
        b'{"at": null}',
        b'{"at": "2026-03-02T09:00:00Z", "profile": {"id": "x"}, "moment": {}}',
        b'{"at": "2026-03-02T09:00:00Z", "profile": {"market": "US"}}',
        b'{"at": "2026-03-02T09:00:00Z", "profile": {"id": 17}}',
        b'{"at": "2026-03-02T09:00:00Z", "profile": []}',
        b'{"at": "2026-03-02T09:00:00Z", "moment": {"id": "m", "name": "ping"}}',
        b'{"at": "2026-03-02T09:00:00Z", "moment": {"id": "m", "profile": "a"}}',
        b'{"at": "2026-03-02T09:00:00Z", "moment": {"id": "", "name": "ping", "profile": "a"}}',
        b'{"at": "2026-03-02T09:00:00Z", "consent": {"profile": "a", "channel": "email", "purpose": "marketing", "state": "yes"}}',
        b'{"at": "2026-03-02T09:00:00Z", "consent": {"profile": "a", "channel": "email", "state": "withdrawn"}}',
        b'{"at": "2026-03-02T09:00:00Z", "receipt": {"profile": "a", "campaign": "news", "channel": "email"}}',
        b'{"at": "2026-03-02T09:00:00Z", "reply": {"channel": "sms", "text": "STOP"}}',
    ],
)
def test_a_line_that_cannot_be_read_is_told_by_number_and_stops_nothing(line: bytes) -> None:
    """What stands before and after it has its effect."""
    found, faults = raw(orjson.dumps(person()), line, orjson.dumps(moment(AT, "m1")))
    assert told(found) == ["send"]
    assert [fault.partition(":")[0] for fault in faults] == ["line 2"]


def test_blank_lines_and_lines_with_a_time_only_are_good_lines() -> None:
    """They say nothing but what time it is."""
    lines = orjson.dumps(person()), b"", b"  \r\n", b'{"at": "2026-03-02T08:00:00Z"}', orjson.dumps(moment(AT, "m1"))
    found, faults = raw(*lines)
    assert (told(found), faults) == (["send"], [])


def test_a_key_that_there_is_not_is_told_and_the_rest_of_its_line_stands() -> None:
    """A moment that is misspelt does not pass for a mere time."""
    misspelt = {"momment" if key == "moment" else key: value for key, value in moment(AT, "m1").items()}
    found, faults = raw(*map(orjson.dumps, [person(), misspelt, moment(AT, "m2") | {"note": "hm"}]))
    assert told(found) == ["send"]
    assert faults == [
        "line 2: There is no key 'momment'. Did you mean 'moment'?",
        "line 3: There is no key 'note'. There is 'at', 'consent', 'moment', 'profile', 'receipt' or 'reply'.",
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"market": None}, "drop market.not_targeted"),
        ({"market": 17}, "drop market.not_targeted"),
        ({"market": ["US"]}, "drop market.not_targeted"),
        ({"timezone": "Mars/X"}, "send"),
        ({"timezone": 17}, "send"),
        ({"timezone": "../../etc/passwd"}, "send"),
        ({"timezone": "UTC\x00"}, "send"),
        ({"locale": 17}, "send"),
        ({"locale": "xx-garbage-!!"}, "send"),
        ({"locale": "en_US\r\nBcc: a@b"}, "send"),
        ({"locale": "../../../etc"}, "send"),
        ({"locale": "e" * 300}, "send"),
        ({"locale": ""}, "send"),
        ({"email": 17}, "drop address.missing"),
        ({"email": ["a@example.com", "b@example.com"]}, "send"),
        ({"email": {"a": 1}}, "drop address.missing"),
        ({"push": [17, None]}, "send"),
        ({"attributes": "none"}, "send"),
        ({"attributes": {"tenure_days": "many", "unheard_of": {"x": [1]}}}, "send"),
        ({"attributes": {"first_name": 17, "tenure_days": True}}, "send"),
        ({"preferences": "none"}, "send"),
        ({"unheard_of": [1]}, "send"),
    ],
)
def test_what_is_wrong_in_a_profile_counts_as_missing_and_the_rest_stands(
    fields: dict[str, Any], expected: str
) -> None:
    """Nothing in it makes the replay fail."""
    faults: list[str] = []
    assert told(outcomes(FILES, [person(**fields), moment(AT, "m1")], faults=faults)) == [expected]


def test_a_profile_line_replaces_what_it_names() -> None:
    """And leaves alone what it does not."""
    second = {"at": AT, "profile": {"id": "a", "locale": "en-GB", "phone": None, "attributes": {"stage": "new"}}}
    both = NEWS.replace("[email]", "[sms, email]") + "segment: {where: \"stage == 'new' and first_name == 'Ann'\"}\n"
    found = outcomes(workspace(both), [person(attributes={"first_name": "Ann"}), second, moment(AT, "m1")])
    assert [(line["outcome"], line["channel"]) for line in found] == [("send", "email")]


LATE = NEWS.replace("on: ping", "on: ping, send: {between: ['12:00-13:00']}")


def test_what_falls_due_at_an_instant_goes_before_what_arrives_at_it() -> None:
    """A withdrawal, a new address and another moment all come too late for it."""
    files = workspace(LATE, ORDER)
    noon = "2026-03-02T12:00:00Z"
    lines = [person(), moment(AT, "m1"), moment(noon, "m2", "bought"), consent(noon, "withdrawn")]
    assert [(line["moment"], line["outcome"]) for line in outcomes(files, lines)] == [
        ("m1", "hold"),
        ("m1", "send"),
        ("m2", "send"),
    ]


def test_what_is_due_after_the_last_line_is_never_told() -> None:
    """The clock stands where the timeline ends; a line with a time only lets it go on."""
    lines = [person(), moment(AT, "m1")]
    assert told(outcomes(workspace(LATE), lines)) == ["hold timing.window"]
    assert told(outcomes(workspace(LATE), [*lines, {"at": "2026-03-02T11:59:59Z"}])) == ["hold timing.window"]
    assert told(outcomes(workspace(LATE), [*lines, {"at": "2026-03-02T12:00:00Z"}])) == ["hold timing.window", "send"]


def test_held_messages_fall_due_one_after_the_other_in_their_own_time() -> None:
    """Three people whose noon is at different instants, in one step of the clock."""
    zones = {"a": "America/New_York", "b": "UTC", "c": "Asia/Tokyo"}
    lines = [person(who, timezone=zone) for who, zone in zones.items()]
    lines += [moment("2026-03-01T18:00:00Z", f"m-{who}", profile=who) for who in zones]
    found = outcomes(workspace(LATE), [*lines, {"at": "2026-03-05T00:00:00Z"}])[3:]
    assert [(line["profile"], line["at"]) for line in found] == [
        ("c", "2026-03-02T03:00:00Z"),
        ("b", "2026-03-02T12:00:00Z"),
        ("a", "2026-03-02T17:00:00Z"),
    ]


def test_the_clock_never_goes_back() -> None:
    """A line of yesterday is taken in when it comes; what it says, it says of yesterday."""
    early = "2026-03-01T09:00:00Z"
    lines = [
        person(),
        moment(AT, "m1"),
        consent(early, "withdrawn"),
        moment(early, "m2"),
        consent(AT, "granted"),
        moment(early, "m3"),
    ]
    found = outcomes(FILES, lines)
    assert told(found) == ["send", "drop consent.withdrawn", "send"]
    assert [line["at"] for line in found] == [AT] * 3


def test_a_moment_without_an_id_cannot_be_a_duplicate() -> None:
    """It is one of its own."""
    line = {"at": AT, "moment": {"name": "ping", "profile": "a"}}
    assert told(outcomes(FILES, [person(), line, line])) == ["send", "send"]


# laws

CROWD = material(
    workspace(
        NEWS.replace("[email]", "[sms, push, email]") + "priority: 3\nholdout: 20%\n",
        LATE.replace("news", "late").replace("[email]", "market"),
        NEWS.replace("news", "talk").replace("[email]", "[whatsapp]") + "identify: [tenure_days]\n",
        NEWS.replace("news", "few").replace("on: ping", 'on: ping, where: "data.n >= 2", expires: 3h')
        + 'segment: {where: "tenure_days < 5"}\n',
        "campaign: dawn\nmoment: {every: 'daily 06:15'}\nchannel: [push]\ntactic: {template: hi}\n",
        ORDER,
        kairos=KAIROS
        + "caps: [{limit: 2, per: 12h}, {limit: 3, per: week}]\nquiet_hours: {from: '22:00', until: '06:00'}\n",
        markets=MARKETS.replace(", quiet_hours: none", "")
        + "DE: {timezone: Europe/Berlin, locales: [en], consent: {email: double-opt-in, sms: opt-in}}\n",
        templates=HI | {"hi/whatsapp.txt": "{% block body %}Hi {{ profile.first_name }}{% endblock %}"},
    )
)
START = datetime(2026, 3, 27, tzinfo=UTC)  # the clocks go forward in Berlin on the 29th
who = st.sampled_from("abc")
channels = st.sampled_from(["email", "sms", "push", "whatsapp"])
bodies = st.one_of(
    st.fixed_dictionaries(
        {"id": who},
        optional={
            "market": st.sampled_from(["US", "DE", "XX", None]),
            "timezone": st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "Mars/X", None]),
            "email": st.sampled_from(["a@example.com", "b@example.com", "none", None]),
            "phone": st.sampled_from(["+12025550123", "+4915112345678", "17", None]),
            "push": st.lists(st.sampled_from(["t1", "t2", " "]), max_size=2),
            "attributes": st.dictionaries(
                st.sampled_from(["first_name", "tenure_days"]), st.sampled_from([1, 9, "Ann", None]), max_size=2
            ),
        },
    ).map(lambda body: {"profile": body}),
    st.fixed_dictionaries(
        {"profile": who, "channel": channels, "purpose": st.just("marketing"), "state": st.sampled_from(wire.STATES)}
    ).map(lambda body: {"consent": body}),
    st.fixed_dictionaries(
        {
            "id": st.integers(0, 30).map(str),
            "name": st.sampled_from(["ping", "ping", "bought", "sneezed"]),
            "profile": who,
        },
        optional={"data": st.sampled_from([{}, {"n": 3}, {"n": 1}, {"n": "x"}, []])},
    ).map(lambda body: {"moment": body}),
    st.fixed_dictionaries(
        {
            "profile": who,
            "campaign": st.sampled_from(["news", "late", "order", "dawn"]),
            "channel": channels,
            "kind": st.sampled_from(wire.KINDS),
            "permanent": st.booleans(),
        }
    ).map(lambda body: {"receipt": body}),
    st.fixed_dictionaries(
        {"profile": who, "channel": channels, "text": st.sampled_from(["STOP", "START", "hello", "stop it"])}
    ).map(lambda body: {"reply": body}),
    st.just({}),
)
timelines = st.lists(st.tuples(st.integers(0, 300), bodies), max_size=40)


def timeline(steps: list[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Lines at these distances in minutes, after three people have become known."""
    at = START
    lines = [person(one, rfc3339(START) or "", push=[f"t-{one}"], market="US" if one != "c" else "DE") for one in "abc"]
    for minutes, body in steps:
        at += timedelta(minutes=minutes)
        lines.append({"at": rfc3339(at), **body})
    return lines


PERSON_GATES = [
    "profile",
    "moment",
    "duplicate",
    "campaign",
    "moment.where",
    "market",
    "segment",
    "identify",
    "experiment",
]
CHANNEL_GATES = ["template", "address", "consent", "suppression", "window", "timing", "caps", "locale", "content"]


def in_order(gates: list[str]) -> bool:
    """Whether a trace asks the person's gates once, and then those of each channel, from the first on without a gap."""
    person, rest = gates[: len(PERSON_GATES)], gates[len(PERSON_GATES) :]
    while rest[:1] == ["template"]:
        length = next((n for n, gate in enumerate(rest) if n and gate == "template"), len(rest))
        if rest[:length] != CHANNEL_GATES[:length]:
            return False
        rest = rest[length:]
    return person == PERSON_GATES[: len(person)] and not rest


@settings(max_examples=60, deadline=None)
@given(timelines)
def test_a_timeline_gives_the_same_bytes_every_time(steps: list[tuple[int, dict[str, Any]]]) -> None:
    """Whatever happens in it; and every refusal is one of the reasons there are, told in the order of the gates."""
    lines = timeline(steps)
    found = outcomes(CROWD, lines, faults=[])
    assert orjson.dumps(found) == orjson.dumps(outcomes(CROWD, lines, faults=[]))
    for line in found:
        assert (line["reason"] is None) == (line["outcome"] == "send")
        assert line["reason"] is None or line["reason"] in SENTENCES
        assert (line["content"] is not None) == (line["outcome"] == "send")
        assert (line["send_at"] is None) == (line["outcome"] == "drop")
        refusals = [entry["code"] for entry in line["trace"] if not entry["passed"]]
        assert set(refusals) <= set(SENTENCES)
        assert line["reason"] in refusals or not line["reason"]
        assert in_order([entry["gate"] for entry in line["trace"]])


@settings(max_examples=40, deadline=None)
@given(timelines, st.lists(st.integers(0, 3000), max_size=10))
def test_letting_the_clock_go_on_in_between_changes_nothing(
    steps: list[tuple[int, dict[str, Any]]], stops: list[int]
) -> None:
    """What falls due falls due at its own time, however the clock gets there."""
    lines = timeline(steps)
    clock = [{"at": rfc3339(START + timedelta(minutes=minutes))} for minutes in stops]
    mixed = sorted([*lines, *clock], key=lambda line: str(line["at"]))
    last = {"at": max(str(line["at"]) for line in mixed)}
    assert outcomes(CROWD, [*mixed, last], faults=[]) == outcomes(CROWD, [*lines, last], faults=[])


@settings(max_examples=40, deadline=None)
@given(timelines)
def test_a_preview_is_what_is_sent(steps: list[tuple[int, dict[str, Any]]]) -> None:
    """Asked just before each moment is decided, in the same state: the same decision, and byte for byte the same content."""
    shown: list[dict[str, Any]] = []
    run = replay(CROWD, lambda fault: None)
    engine: Engine = run._engine
    decide = engine.decide_new

    def show_first(moments: Any, until: datetime, **known: Any) -> Any:
        asks = [ask for moment in moments for ask in engine.asks(moment)]
        shown.extend(map(wire.outcome, engine.compose(asks, show=True)))
        return decide(moments, until, **known)

    engine.decide_new = show_first  # type: ignore[method-assign]
    found = [wire.outcome(draft) for draft in run.run(read(map(orjson.dumps, timeline(steps)), lambda fault: None))]
    fresh = [line for line in found if line["reason"] != "moment.duplicate"]
    by_key = {(line["moment"], line["campaign"]): line for line in reversed(fresh)}
    for line in shown:
        if line["campaign"].startswith("kairos."):  # what the house says is no outcome of a campaign
            continue
        decided = by_key[line["moment"], line["campaign"]]
        if decided["content"] is None:
            line["content"], line["locale"] = None, decided["locale"]
            line.pop("sms", None)
        assert line == decided
