"""Takes everything and does nothing with it: what the rest of the house costs is measured against it."""

from __future__ import annotations

from collections.abc import Sequence

from channels.base import ANY, AdapterBase, Capabilities
from channels.settings import Settings
from orchestrator.model import Delivery, Outgoing


class Null(AdapterBase[Settings]):
    """Accepts every message on every channel."""

    name = "null"
    channels = (ANY,)
    capabilities = Capabilities(bulk=1000, idempotent=True)
    model = Settings

    def request(self, message: Outgoing) -> str:
        """The message's id is all that is looked at."""
        return message.id

    def hand_over(self, request: str, message: Outgoing) -> Delivery:
        """Accepted, under the message's own id."""
        return Delivery("accepted", provider_id=request)

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """Accepted, all of them."""
        return [Delivery("accepted", provider_id=message.id) for message in batch]
