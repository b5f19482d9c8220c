"""The adapter that measures the others, and the outbox, under the contract."""

from pathlib import Path

import pytest

from channels.contract import AdapterContract
from channels.null import Null
from channels.outbox import Outbox
from channels.testing import outgoing


class TestNull(AdapterContract):
    channel = "push"
    carries_everything = True

    def make(self, url: str, timeout: float) -> Null:
        return Null(self.channel, {})


class TestOutbox(AdapterContract):
    channel = "sms"
    carries_everything = True

    @pytest.fixture(autouse=True)
    def _somewhere(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self, url: str, timeout: float) -> Outbox:
        return Outbox(self.channel, {"directory": str(self.folder)})


def test_null_accepts_all_of_them() -> None:
    """It has no names of its own for them."""
    outcomes = Null("sms", {}).deliver([outgoing("sms", id=name) for name in "abc"])
    assert [(outcome.kind, outcome.provider_id) for outcome in outcomes] == [("accepted", None)] * 3
