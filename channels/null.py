"""Takes everything and does nothing with it: what the rest of the house costs is measured against it."""

from __future__ import annotations

from collections.abc import Sequence

from channels.base import ANY, AdapterBase, Capabilities
from channels.settings import Settings
from orchestrator.model import Delivery, Outgoing

ACCEPTED = Delivery("accepted")


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
        """Accepted; it has no name of its own for it."""
        return ACCEPTED

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """Accepted, all of them."""
        return [ACCEPTED] * len(batch)
