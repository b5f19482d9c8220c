"""A message costs what the market says; a text message, that for each of its parts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.blueprint import default_markets
from orchestrator.content.costs import cost
from orchestrator.content.sms import segments
from orchestrator.model import Content, Price

MARKET = replace(
    default_markets()["DE"], prices={"sms": Price(Decimal("0.075"), "EUR"), "whatsapp": Price(Decimal("0.11"), "USD")}
)


@pytest.mark.parametrize(("text", "amount"), [("a" * 160, "0.075"), ("a" * 161, "0.150"), ("я" * 71, "0.150")])
def test_a_text_message_is_paid_by_the_part(text: str, amount: str) -> None:
    content = Content("sms", {"body": text}, sms=segments(text))
    assert cost(content, MARKET) == Price(Decimal(amount), "EUR")


def test_other_messages_are_paid_as_a_whole_and_what_has_no_price_is_not_known() -> None:
    assert cost(Content("whatsapp", {"body": "a" * 1000}), MARKET) == Price(Decimal("0.11"), "USD")
    assert cost(Content("email", {"subject": "a"}), MARKET) is None
