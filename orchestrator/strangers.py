"""Strangers: known by nothing but an address from which they wrote, which belongs to nobody whom services have reported.

    stop       everything that needs consent is over at the address, for whoever will be reached there
    start      what a stop ended there is back

Each has an id of their own in the ledger, a keyed hash of the address. Nothing else is kept of them, and nothing is sent to
them. A reply that is reported once more changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from orchestrator.addresses import normalised
from orchestrator.blueprint import Workspace
from orchestrator.decision import keywords
from orchestrator.decision.consent import START, STOP, latest
from orchestrator.model import Consent, Receipt
from orchestrator.ports import Records

NAMED = "stranger:"  # before the hash in an id


class Strangers:
    """Takes in what strangers write. `secrets` keep addresses out of their ids, the newest first."""

    def __init__(
        self, workspace: Workspace, records: Records, clock: Callable[[], datetime], secrets: Sequence[bytes]
    ) -> None:
        self._purposes = [purpose.name for purpose in workspace.purposes.values() if purpose.consent != "none"]
        self._records = records
        self._clock = clock
        self._secrets = secrets

    def hear(self, receipt: Receipt) -> None:
        """Take in what was written from an address that is nobody's."""
        channel, address, reading = (
            receipt.channel,
            receipt.address,
            keywords.reading(receipt.text, (), receipt.taken_for),
        )
        if channel and address and reading == "stop":
            said = Consent("", channel, "", "withdrawn", receipt.at, self._clock(), STOP, address)
            self._say(said, self.ids(channel, address)[:1])
        elif channel and address and reading == "start":
            self.start(channel, address, receipt.at)

    def start(self, channel: str, address: str, at: datetime) -> None:
        """Take back what a STOP from this address ended while it was nobody's."""
        said = Consent("", channel, "", "granted", at, self._clock(), START, address)
        self._say(said, self.ids(channel, address))

    def ids(self, channel: str, address: str) -> list[str]:
        """Those of the stranger at an address: one for each secret, the newest first."""
        place = f"{channel}\0{normalised(channel, address)}".encode()
        return [NAMED + blake2b(place, key=secret[:64], digest_size=12).hexdigest() for secret in self._secrets]

    def _say(self, said: Consent, ids: Sequence[str]) -> None:
        facts = self._records.gather(ids, history={}, now=said.recorded_at)
        new = [
            replace(said, profile=id_, purpose=purpose)
            for id_ in ids
            for purpose in self._purposes
            if _changes(said, latest(one for one in facts[id_].consents if one.purpose == purpose))
        ]
        if new:
            self._records.record_consents(new)


def _changes(said: Consent, before: Consent | None) -> bool:
    """Whether an entry changes anything behind the one that decided so far; a START does only behind a STOP."""
    if before is None or before.state == "granted" == said.state:
        return said.state == "withdrawn"
    return (said.at, said.state == "withdrawn") > (before.at, before.state == "withdrawn")


def is_stranger(id_: str) -> bool:
    """Whether an id in the ledger is a stranger's."""
    return id_.startswith(NAMED)
