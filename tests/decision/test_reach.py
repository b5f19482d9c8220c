"""The way to a person: templates, addresses, suppression, conversation windows; and which refusal is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import HI, KAIROS, MARKETS, NEWS, consent, material, moment, outcomes, person, told, workspace

AT = "2026-03-02T09:00:00Z"


def by(*channels: str) -> str:
    """A campaign on these channels."""
    return NEWS.replace("[email]", f"[{', '.join(channels)}]")


def ask(campaign: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The outcome of a ping to somebody with these fields, after these lines."""
    return outcomes(workspace(campaign), [person(**fields), *lines, moment(AT, "m1")])[-1]


@pytest.mark.parametrize(
    ("fields", "channel", "expected"),
    [
        ({"email": None}, "email", "address.missing"),
        ({"email": ""}, "email", "address.missing"),
        ({"email": "not an address"}, "email", "address.invalid"),
        ({"email": "a@b.com, evil@x.com"}, "email", "address.invalid"),
        ({"email": "alice@example.org)bob@example.com"}, "email", "address.invalid"),
        ({"email": "a@example.com\nBcc: b@example.com"}, "email", "address.invalid"),
        ({"phone": "12025550123"}, "sms", "address.invalid"),
        ({"phone": "911"}, "sms", "address.invalid"),
        ({"phone": "+1 900 555 0123"}, "sms", "address.invalid"),
        ({"phone": None, "whatsapp": "+12025550123"}, "sms", "address.missing"),
        ({"whatsapp": None}, "whatsapp", "address.missing"),
        ({"push": []}, "push", "address.missing"),
        ({"push": None}, "push", "address.missing"),
        ({"push": ["with a space"]}, "push", "address.invalid"),
        ({"push": [""]}, "push", "address.missing"),
    ],
)
def test_an_address_must_be_there_and_be_one(fields: dict[str, Any], channel: str, expected: str) -> None:
    """Each channel has its own; a phone number is none for WhatsApp unless it says so."""
    assert ask(by(channel), **fields)["reason"] == expected


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({"email": "käthe@bücher.example"}, "email"),
        ({"email": "a+b@example.com"}, "email"),
        ({"phone": "+1 (202) 555-0123"}, "sms"),
        ({"push": ["with a space", "good"]}, "push"),
        ({"push": "only-one"}, "push"),
    ],
)
def test_addresses_have_more_spellings_than_one(fields: dict[str, Any], channel: str) -> None:
    """What is an address is used."""
    assert ask(by(channel), **fields)["outcome"] == "send"


def test_channels_are_tried_in_the_campaigns_order() -> None:
    """The first that lets the message pass is taken, and the trace tells of those before it."""
    found = ask(by("push", "sms", "email"), push=[], phone="911")
    assert (found["outcome"], found["channel"]) == ("send", "email")
    refusals = [(entry["channel"], entry["code"]) for entry in found["trace"] if not entry["passed"]]
    assert refusals == [("push", "address.missing"), ("sms", "address.invalid")]


@pytest.mark.parametrize("wish", ["market", "auto"])
def test_a_market_has_habits_of_its_own(wish: str) -> None:
    """`market` takes them as they are written, and so does `auto` until there is something to learn from."""
    markets = MARKETS.replace("[email, sms, push, whatsapp]", "[sms, email]")
    files = workspace(NEWS.replace("[email]", wish), markets=markets)
    lines = [person(), moment(AT, "m1"), person(at=AT, phone=None), moment(AT, "m2")]
    assert [line["channel"] for line in outcomes(files, lines)] == ["sms", "email"]


def test_a_channel_without_a_template_is_passed_over() -> None:
    """It is the least of all reasons."""
    templates = {"hi/email.html": HI["hi/email.html"]}
    for order in ("[sms, email]", "[email, sms]"):
        files = workspace(NEWS.replace("[email]", order), templates=templates)
        found = outcomes(files, [person(), moment(AT, "m1"), person(at=AT, email=None), moment(AT, "m2")])
        assert told(found) == ["send", "drop address.missing"]
        assert [line["channel"] for line in found] == ["email", "email"]
    only = outcomes(workspace(by("sms"), templates=templates), [person(), moment(AT, "m1")])
    assert told(only) == ["drop channel.no_template"]


def test_a_channel_that_nobody_knows_has_no_template() -> None:
    """A mistake in a campaign stops that channel, and not the next."""
    assert told([ask(by("fax")), ask(by("fax", "email"))]) == ["drop channel.no_template", "send"]


@pytest.mark.parametrize("order", [("email", "sms", "push"), ("push", "email", "sms"), ("sms", "push", "email")])
def test_the_reason_is_that_of_the_channel_that_came_furthest(order: tuple[str, ...]) -> None:
    """Whatever the order: no address is less far than no consent, which is less far than a full cap."""
    kairos = KAIROS + "caps: [{limit: 0, per: day, channel: push}]\n"
    files = workspace(by(*order), kairos=kairos)
    no_consent = consent(AT, "withdrawn", "sms")
    found = outcomes(
        files, [person(email=None), no_consent, moment(AT, "m1"), person(at=AT, email=None, push=[]), moment(AT, "m2")]
    )
    assert told(found) == ["drop caps.exceeded", "drop consent.withdrawn"]
    assert [line["channel"] for line in found] == ["push", "sms"]


@pytest.mark.parametrize("order", [("email", "sms"), ("sms", "email")])
def test_among_equals_the_first_channel_of_the_campaign_is_told(order: tuple[str, ...]) -> None:
    """Both have no address: the one that was wanted more."""
    found = ask(by(*order), email=None, phone=None)
    assert (found["reason"], found["channel"]) == ("address.missing", order[0])


GATES = ["template", "address", "consent", "suppression", "window", "timing", "caps", "locale", "content"]


def test_the_trace_follows_the_order_of_the_gates() -> None:
    """First those about the person, then those of the channel, each with a code and plain words."""
    found = ask(by("email"))
    gates = [entry["gate"] for entry in found["trace"]]
    assert gates == [
        "profile",
        "moment",
        "duplicate",
        "campaign",
        "moment.where",
        "market",
        "segment",
        "identify",
        "experiment",
        *GATES,
    ]
    assert all(entry["passed"] and entry["code"] and entry["detail"] for entry in found["trace"])


def test_a_gate_that_refuses_is_the_last_of_its_channel() -> None:
    """Nothing is asked behind it, and the next channel begins anew."""
    found = ask(by("sms", "email"), consent(AT, "withdrawn", "sms"))
    assert [entry["gate"] for entry in found["trace"][9:]] == ["template", "address", "consent", *GATES]


def test_every_device_gets_a_push_but_those_that_are_dead() -> None:
    """One suppressed token leaves the others; with all of them gone, the channel is."""
    bounced = {"profile": "a", "campaign": "news", "channel": "push", "kind": "bounced", "permanent": True}
    lines = [person(push=["one", "two"]), moment(AT, "m1")]
    lines += [{"at": AT, "receipt": {**bounced, "address": "one"}}, moment(AT, "m2")]
    lines += [{"at": AT, "receipt": bounced}, moment(AT, "m3")]
    assert told(outcomes(workspace(by("push")), lines)) == ["send", "send", "drop address.suppressed"]


def whatsapp(*, approved: bool) -> dict[str, str]:
    """A template for WhatsApp: free text, or one that the provider has approved."""
    name = "{% block template %}hello{% endblock %}" if approved else ""
    return {"hi/whatsapp.txt": name + "{% block body %}Hello{% endblock %}"}


def wrote(at: str, channel: str = "whatsapp") -> dict[str, Any]:
    """A timeline line: the person writes."""
    return {"at": at, "reply": {"profile": "a", "channel": channel, "text": "Is there more?"}}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "drop channel.window_closed"),
        ([wrote("2026-03-01T09:00:00Z")], "drop channel.window_closed"),
        ([wrote("2026-03-01T09:00:01Z")], "send"),
        ([wrote("2026-02-01T09:00:00Z"), wrote("2026-03-02T09:00:00Z")], "send"),
        ([wrote("2026-03-02T08:00:00Z", "sms")], "drop channel.window_closed"),
    ],
)
def test_free_text_by_whatsapp_answers_what_was_written_within_a_day(
    lines: list[dict[str, Any]], expected: str
) -> None:
    """The window is half-open, and every message opens it anew."""
    files = workspace(by("whatsapp"), templates=whatsapp(approved=False))
    found = outcomes(files, [person(at="2026-01-01T00:00:00Z"), *lines, moment(AT, "m1")])
    assert told(found) == [expected]


def test_an_approved_template_by_whatsapp_may_be_sent_at_any_time() -> None:
    """It needs no open conversation."""
    files = workspace(by("whatsapp"), templates=whatsapp(approved=True))
    (found,) = outcomes(files, [person(), moment(AT, "m1")])
    assert (found["outcome"], found["content"]["template"]) == ("send", "hello")


@pytest.mark.parametrize(("lines", "expected"), [([], "drop channel.window_closed"), ([wrote(AT)], "send")])
def test_a_template_whose_name_comes_out_empty_is_free_text(lines: list[dict[str, Any]], expected: str) -> None:
    name = "{% block template %}{% if moment.data.vip %}hello{% endif %}{% endblock %}"
    files = workspace(by("whatsapp"), templates={"hi/whatsapp.txt": name + "{% block body %}Hello{% endblock %}"})
    assert told(outcomes(files, [person(), *lines, moment(AT, "m1")])) == [expected]


def test_whatsapps_window_binds_what_belongs_to_a_contract_too() -> None:
    """It is the platform's rule, not the law's; and the next channel is tried."""
    templates = whatsapp(approved=False) | {"hi/sms.txt": HI["hi/sms.txt"]}
    order = by("whatsapp", "sms").replace("marketing", "transactional")
    found = outcomes(material(workspace(order, templates=templates)), [person(), moment(AT, "m1")])
    assert (found[0]["outcome"], found[0]["channel"]) == ("send", "sms")
