"""What a message costs to send: the market's price for the channel, times the parts of a text message."""

from __future__ import annotations

from orchestrator.blueprint import Market
from orchestrator.model import Content, Price


def cost(content: Content, market: Market) -> Price | None:
    """What the content costs in the market; None where no price is written for the channel."""
    price = market.prices.get(content.channel)
    if price is None or content.sms is None:
        return price
    return Price(price.amount * content.sms.segments, price.currency)
