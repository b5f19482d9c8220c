"""What is said: the content of messages, from the timeline to the outcome line."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support import HI, KAIROS, MARKETS, NEWS, moment, outcomes, person, told, workspace

AT = "2026-03-02T09:00:00Z"
HELLO = {
    "hi/email.html": "{% block subject %}{{ _('Hello') }}{% endblock %}{% block html %}<p>{{ _('Hello') }}</p>{% endblock %}",
    "hi/sms.txt": "{% block body %}{{ _('Hello') }}{% endblock %}",
}


def catalog(**strings: str) -> str:
    """A PO file with these strings."""
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    return header + "".join(f'\nmsgid "{text}"\nmsgstr "{translated}"\n' for text, translated in strings.items())


def say(
    body: str,
    *,
    by: str = "sms",
    markets: str = MARKETS,
    campaign: str = NEWS,
    locales: dict[str, str] | None = None,
    data: dict[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """The outcome of a ping whose message has this body."""
    files = workspace(
        campaign.replace("[email]", f"[{by}]"),
        markets=markets,
        templates={"hi/sms.txt": f"{{% block body %}}{body}{{% endblock %}}"},
        locales=locales,
    )
    return outcomes(files, [person(**fields), moment(AT, "m1", **(data or {}))])[0]


@pytest.mark.parametrize(
    ("asked", "catalogs", "chosen"),
    [
        ("pt-MZ", ["pt_BR", "pt_PT", "pt"], "pt_PT"),
        ("zh-HK", ["zh_Hant", "zh"], "zh_Hant"),
        ("zh-HK", ["zh", "zh_Hans"], "en"),
        ("zh-TW", ["zh"], "en"),
        ("es-MX", ["es_419", "es"], "es_419"),
        ("en-IN", ["en_001", "fr"], "en_001"),
        ("sr-Latn", ["sr"], "en"),
        ("hi-Latn", ["hi"], "en"),
        ("nb-NO", ["no"], "no"),
        ("iw", ["he"], "he"),
        ("uk", ["ru"], "en"),
        ("fr-CA", ["fr"], "fr"),
        ("th-TH-u-ca-buddhist", ["th"], "th"),
        ("xx", ["fr"], "en"),
        (None, ["fr"], "en"),
    ],
)
def test_a_locale_leads_to_a_catalog(asked: str | None, catalogs: list[str], chosen: str) -> None:
    """Along the chain that CLDR gives, never across scripts or languages, to the source language at last."""
    files = workspace(NEWS, templates=HELLO, locales={name: catalog(Hello=f"in {name}") for name in catalogs})
    (found,) = outcomes(files, [person(locale=asked), moment(AT, "m1")])
    assert (found["locale"], found["content"]["subject"]) == (chosen, "Hello" if chosen == "en" else f"in {chosen}")


@pytest.mark.parametrize(
    "incomplete",
    [
        catalog(Hello="Hola"),
        catalog(Hello="Hola", Bye=""),
        catalog(Hello="Hola") + '\n#, fuzzy\nmsgid "Bye"\nmsgstr "Adios"\n',
    ],
)
def test_no_message_is_in_two_languages(incomplete: str) -> None:
    """What is not complete in one locale is said in the next; the trace says what was lacking."""
    words = "{{ _('Hello') }} {{ _('Bye') }}"
    market = MARKETS.replace("[en]", "[fr, en]")
    found = say(
        words, locale="es-ES", locales={"es": incomplete, "fr": catalog(Hello="Salut", Bye="Adieu")}, markets=market
    )
    assert (found["locale"], found["content"]) == ("fr", {"body": "Salut Adieu"})
    assert "es lacks 'Bye'" in str(found["trace"])
    assert say(words, locale="es-ES", locales={"es": incomplete})["content"] == {"body": "Hello Bye"}


def test_a_message_without_strings_is_complete_in_every_catalog() -> None:
    """Its values are written as that locale has them."""
    found = say("{{ moment.data.amount|number }}", locale="de-AT", locales={"de": catalog()}, data={"amount": 1234.5})
    assert (found["locale"], found["content"]["body"]) == ("de", "1.234,5")


def test_words_are_the_catalogs_and_formats_the_persons_own() -> None:
    """English words for somebody in India."""
    found = say("{{ _('Hello') }} {{ moment.data.amount|number }}", locale="en-IN", data={"amount": 1234567})
    assert (found["locale"], found["content"]["body"]) == ("en", "Hello 12,34,567")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hi {{ profile.first_name }}", "drop content.missing_data"),
        ("Hi {{ profile.first_name|default('you') }}", "send"),
        ("{% if profile.first_name %}Hi {{ profile.first_name }}{% else %}Hi{% endif %}", "send"),
        ("{{ market.terms.pay }}", "drop content.missing_data"),
        ("{{ market.terms.pay|default('weekly') }}", "send"),
        ("{{ moment.data.n + 1 }}", "drop content.missing_data"),
        ("{{ 1 / 0 }}", "drop content.error"),
        ("{{ moment.data.amount|money }}", "drop content.missing_data"),
        ("", "drop content.missing_data"),
        ("a" * 918, "send"),
        ("a" * 919, "drop content.too_long"),
    ],
)
def test_what_cannot_be_said_is_not_sent(body: str, expected: str) -> None:
    """A missing value stops the message, unless the template handles it."""
    assert told([say(body)]) == [expected]


def test_a_channel_on_which_it_cannot_be_said_makes_room_for_the_next() -> None:
    """And where none can say it, the furthest is told."""
    templates = {
        "hi/sms.txt": "{% block body %}{{ profile.first_name }}{% endblock %}",
        "hi/email.html": HI["hi/email.html"],
    }
    both = NEWS.replace("[email]", "[sms, email]")
    lines = [person(), moment(AT, "m1"), person(at=AT, email="none"), moment(AT, "m2")]
    found = outcomes(workspace(both, templates=templates), lines)
    assert told(found) == ["send", "drop content.missing_data"]
    assert [line["channel"] for line in found] == ["email", "sms"]


def test_what_is_sensitive_is_missing_to_templates_of_those_who_do_not_name_it() -> None:
    """A campaign that says so may write it."""
    kairos = KAIROS.replace("stage: {type: string}", "stage: {type: string, sensitive: true}")
    templates = {"hi/email.html": "{% block subject %}{{ profile.stage }}{% endblock %}{% block html %}x{% endblock %}"}
    named = NEWS.replace("news", "named") + "identify: [stage]\n"
    found = outcomes(
        workspace(NEWS, named, kairos=kairos, templates=templates),
        [person(attributes={"stage": "new"}), moment(AT, "m1")],
    )
    assert {line["campaign"]: line["reason"] for line in found} == {"named": None, "news": "content.missing_data"}


@pytest.mark.parametrize(
    "value", ["{{ 7 * 7 }}", "{% for x in y %}", "${7*7}", "%(x)s", "{0.__class__}", "100%", "O'Brien & <b>"]
)
def test_what_people_are_called_is_never_run(value: str) -> None:
    """It is text, in every field."""
    email = "{% block subject %}{{ moment.data.text }}{% endblock %}{% block html %}<p>{{ moment.data.text }}</p>{% endblock %}"
    files = workspace(NEWS, templates={"hi/email.html": email})
    (found,) = outcomes(files, [person(), moment(AT, "m1", text=value)])
    assert found["content"]["subject"] == value
    assert "49" not in found["content"]["html"]
    assert "<b>" not in found["content"]["html"]
    assert say("{{ moment.data.text }}", data={"text": value})["content"] == {"body": value}


@pytest.mark.parametrize("value", ["Ann\r\nBcc: e@example.com", "=?utf-8?q?Ann=0ABcc:_e@example.com?="])
def test_a_header_field_stays_one_field(value: str) -> None:
    """The message is sent, and says nothing to a mail server."""
    email = "{% block subject %}Hi {{ moment.data.text }}{% endblock %}{% block html %}x{% endblock %}"
    (found,) = outcomes(workspace(NEWS, templates={"hi/email.html": email}), [person(), moment(AT, "m1", text=value)])
    assert found["outcome"] == "send"
    assert not re.search(r"[\x00-\x1f\x7f]|=\?", found["content"]["subject"])


@pytest.mark.parametrize(
    ("body", "encoding", "segments"),
    [
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 159 + "€", "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),
        ("я" * 70, "UCS-2", 1),
        ("я" * 71, "UCS-2", 2),
        ("😀" * 36, "UCS-2", 2),
        ("“Hi” – it’s…", "GSM-7", 1),
    ],
)
def test_an_sms_says_what_it_costs(body: str, encoding: str, segments: int) -> None:
    """After typography was made plain."""
    assert say(body)["sms"] == {"encoding": encoding, "segments": segments}


@pytest.mark.parametrize(("purpose", "body"), [("marketing", "[AD] Hello STOP"), ("transactional", "Hello")])
def test_what_a_market_puts_around_a_message_goes_on_marketing_only(purpose: str, body: str) -> None:
    """In front and behind."""
    markets = MARKETS.replace("quiet_hours:", "prefix: {sms: '[AD] '}, suffix: {sms: ' STOP'}, quiet_hours:")
    assert say("Hello", markets=markets, campaign=NEWS.replace("marketing", purpose))["content"] == {"body": body}


@pytest.mark.parametrize(("locale", "attributes"), [("en-US", 'lang="en" dir="ltr"'), ("ar-EG", 'lang="ar" dir="rtl"')])
def test_html_says_its_language_and_direction(locale: str, attributes: str) -> None:
    """Those of the words, not of the person."""
    files = workspace(NEWS, templates=HELLO, locales={"ar": catalog(Hello="مرحبا")})
    (found,) = outcomes(files, [person(locale=locale), moment(AT, "m1")])
    assert f"<html {attributes}>" in found["content"]["html"]


@pytest.mark.parametrize(
    ("locale", "value", "isolated"),
    [
        ("ar-EG", "John (VIP)!", True),
        ("ar-EG", "محمد", False),
        ("ar-EG", "123", False),
        ("en-US", "محمد", True),
        ("en-US", "John", False),
    ],
)
def test_a_value_is_isolated_where_it_runs_the_other_way(locale: str, value: str, isolated: bool) -> None:
    """And nowhere else: isolates make a text message dear."""
    found = say(
        "{{ _('Hello') }} {{ moment.data.text }}",
        locale=locale,
        locales={"ar": catalog(Hello="مرحبا")},
        data={"text": value},
    )
    assert (f"\u2068{value}\u2069" in found["content"]["body"]) == isolated
    assert value in found["content"]["body"]


@pytest.mark.parametrize(
    ("market", "locale", "body"),
    [("US", "en-US", "in"), ("DE", "en-US", "DE"), ("US", "pt-BR", "BR"), ("DE", "pt-BR", "BR")],
)
def test_a_template_varies_by_market_and_by_locale(market: str, locale: str, body: str) -> None:
    """A variation overrides blocks, and the locale's stands above the market's."""
    templates = {
        "hi/sms.txt": "{% block body %}{% block inner %}in{% endblock %}{% endblock %}",
        "hi/sms@DE.txt": "{% block inner %}DE{% endblock %}",
        "hi/sms@pt_BR.txt": "{% block inner %}BR{% endblock %}",
    }
    markets = MARKETS + "DE: {consent: {sms: opt-out}, timezone: UTC, quiet_hours: none}\n"
    files = workspace(
        NEWS.replace("[email]", "[sms]"), markets=markets, templates=templates, locales={"pt_BR": catalog()}
    )
    (found,) = outcomes(files, [person(market=market, locale=locale), moment(AT, "m1")])
    assert found["content"] == {"body": body}


@pytest.mark.parametrize("asked", ["klingon!", "xx", "../../etc/passwd"])
def test_what_is_no_locale_is_told_and_falls_to_the_markets(asked: str) -> None:
    found = say("{{ _('Hello') }}", locale=asked, locales={"de": catalog(Hello="Hallo")})
    assert (found["outcome"], found["locale"]) == ("send", "en")
    (chosen,) = [line for line in found["trace"] if line["code"] == "locale.chosen"]
    assert f"{asked[:40]!r}, which is no locale" in chosen["detail"]
