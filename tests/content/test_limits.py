"""What a market puts around advertising: where, once, and without turning what it stands beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from orchestrator.blueprint import Market, default_markets
from tests.content.workbench import market, po, render, renderer

KOREA = market(
    "KR",
    prefix={"sms": "(광고)", "push": "(광고)", "email": "(광고)"},
    suffix={"sms": "080-1", "email": "080-1", "push": "x"},
)
MARKED: Mapping[str, tuple[str, dict[str, str]]] = {
    "sms": ("{% block body %}Hi{% endblock %}", {"body": "(광고) Hi 080-1"}),
    "push": ("{% block title %}Hi{% endblock %}{% block body %}B{% endblock %}", {"title": "(광고) Hi", "body": "B x"}),
}


@pytest.mark.parametrize("channel", MARKED)
def test_a_market_s_prefix_and_suffix_go_on_marketing_only(channel: str) -> None:
    text, expected = MARKED[channel]
    made = renderer({f"hi/{channel}.txt": text})
    assert render(made, channel, where=KOREA, marketing=True).fields == expected
    assert "(광고)" not in str(render(made, channel, where=KOREA).fields)


def test_a_mail_is_marked_in_its_subject_and_at_its_end() -> None:
    made = renderer({"hi/email.html": "{% block subject %}Hi{% endblock %}{% block html %}<p>x</p>{% endblock %}"})
    fields = render(made, "email", where=KOREA, marketing=True).fields
    assert fields["subject"] == "(광고) Hi"
    assert fields["html"].endswith("<p>x</p><p>080-1</p></body></html>")
    assert fields["text"] == "x 080-1"


def test_what_the_template_has_written_already_is_not_put_on_twice() -> None:
    made = renderer({"hi/sms.txt": "{% block body %}(광고) Hi 080-1{% endblock %}"})
    assert render(made, where=KOREA, marketing=True).fields["body"] == "(광고) Hi 080-1"


def subject(text: str, where: Market, **options: Any) -> str:
    mail = f"{{% block subject %}}{text}{{% endblock %}}{{% block text %}}x{{% endblock %}}"
    made = renderer({"hi/email.txt": mail}, po("ar", ""))
    return str(render(made, "email", where=where, **options).fields["subject"])


@pytest.mark.parametrize(
    ("country", "written", "sent"),
    [
        ("KR", "봄 할인", "(광고) 봄 할인"),
        ("KR", "(광고) 봄 할인", "(광고) 봄 할인"),
        ("VN", "Xuân", "[QC] Xuân"),
        ("VN", "[QC]Xuân", "[QC]Xuân"),
        ("CN", "春季特惠", "AD 春季特惠"),
        ("CN", "AD春季特惠", "AD春季特惠"),
        ("CN", "ADVENT", "AD ADVENT"),
        ("JP", "春", "春"),
    ],
)
def test_the_subject_of_advertising_begins_with_the_mark_of_the_country_once(
    country: str, written: str, sent: str
) -> None:
    where = default_markets()[country]
    assert subject(written, where, marketing=True) == sent
    assert subject(written, where) == written


def test_a_mark_does_not_turn_what_runs_the_other_way() -> None:
    """It stands first to the letter, as its law wants it; the words behind it go on from right to left."""
    assert subject("عرض Kairos!", KOREA, marketing=True, locale="ar") == "(광고) \u2067عرض Kairos!\u2069"
    assert subject("(광고) عرض", KOREA, marketing=True, locale="ar") == "(광고) عرض"
    arabic = market("SA", prefix={"email": "إعلان"})
    assert subject("عرض", arabic, marketing=True, locale="ar") == "إعلان عرض"
    assert subject("Offer!", arabic, marketing=True) == "إعلان \u2066Offer!\u2069"


def test_a_mark_stays_on_one_line() -> None:
    where = market("KR", prefix={"email": "(광고)\r\nBcc: a@example.com"})
    assert subject("Hi", where, marketing=True) == "(광고) Bcc: a@example.com Hi"
