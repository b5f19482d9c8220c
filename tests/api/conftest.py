"""A house over HTTP: a small workspace, real SQLite, real Redis, and a clock that goes only when it is told to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from orchestrator import links, wire
from orchestrator.api import keys
from orchestrator.api.house import House
from orchestrator.api.service import create
from orchestrator.app import App
from orchestrator.decision.message_ids import message_id
from orchestrator.model import Consent, Draft
from orchestrator.settings import Settings
from tests.support import HI, KAIROS, NEWS, ORDER, consent, person, workspace

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MORE = """
purposes:
  transactional: {consent: none, caps: exempt, quiet_hours: exempt}
  marketing: {consent: market}
  newsletter: {consent: opt-in}
links: {base: "https://kairos.example.com"}
sender: {name: "Example Records"}
providers:
  email: [{adapter: webhook, url: "http://127.0.0.1:9/out", secret: "webhook-secret"}]
  sms:
    - {adapter: twilio, account_sid: "AC00000000000000000000000000000000", auth_token: "twilio-secret", from: "+12025550100"}
"""
PLACES = """
US: {locales: [en], currency: USD, timezone: UTC, channels: [email, sms, push, whatsapp],
     consent: {email: opt-out, sms: opt-in, push: opt-out, whatsapp: opt-out}, quiet_hours: none}
DE: {locales: [de, en], currency: EUR, timezone: Europe/Berlin, channels: [email, sms],
     consent: {email: double-opt-in, sms: double-opt-in, push: opt-in, whatsapp: opt-in}, quiet_hours: none}
"""


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def forward(self, **by: float) -> None:
        """Move on."""
        self.now += timedelta(**by)


@dataclass
class Place:
    """One installation, seen from within and from without."""

    app: App
    clock: Clock
    client: TestClient
    hints: list[str] = field(default_factory=list)

    def key(self, *scopes: str) -> dict[str, str]:
        """The headers of a service with a key for these scopes."""
        written, kept = keys.mint("a service", scopes, self.clock())
        self.app.desk.add_key(kept)
        return {"authorization": f"Bearer {written}"}

    def know(self, id_: str = "a", **fields: Any) -> None:
        """Let somebody be known."""
        self.app.records.update_profiles([wire.profile(person(id_, **fields)["profile"], at=self.clock())])

    def agree(self, state: str = "granted", channel: str = "email", id_: str = "a", **more: Any) -> None:
        """Let somebody have agreed to marketing, a day ago."""
        line = consent("2026-03-01T09:00:00Z", state, channel, id_, **more)["consent"]
        at = self.clock() - timedelta(days=1)
        self.app.records.record_consents([wire.consent(line, at=at, recorded_at=at)])

    def write(self, moment: str = "m1", name: str = "ping", id_: str = "a") -> Draft:
        """Let something happen to somebody, and the message be decided on."""
        happened = wire.moment({"id": moment, "name": name, "profile": id_}, now=self.clock(), new_id=str)
        return self.app.engine.process([happened])[0]

    def token(self, moment: str = "m1", campaign: str = "news") -> str:
        """The token of a message's links."""
        happened = wire.moment({"id": moment, "name": "ping", "profile": "a"}, now=self.clock(), new_id=str)
        return links.token(self.app.settings.secret, message_id(happened, campaign))

    def close(self) -> None:
        """Give everything back."""
        self.client.close()
        self.app.close()

    def look_anew(self) -> None:
        """Forget what was looked up, which is good for a second or three."""
        self.house._seen = self.house._looked = None

    @property
    def house(self) -> House:
        """What its endpoints work with."""
        house: House = self.client.app.state.house  # type: ignore[attr-defined]
        return house

    def ledger(self, id_: str = "a") -> list[Consent]:
        """A person's entries in the order in which they were recorded."""
        facts = self.app.records.gather([id_], history={}, now=self.clock())[id_]
        return sorted((entry for entry in facts.consents if entry.profile == id_), key=lambda entry: entry.recorded_at)


Build = Callable[..., Place]
Files = Mapping[str, bytes]


def installed(folder: Path, database: Path, redis_url: str, files: Files | None, limits: Mapping[str, Any]) -> Place:
    """An installation of a workspace's files, in a folder of its own."""
    made = files or workspace(NEWS, ORDER, kairos=KAIROS + MORE, markets=PLACES, templates=HI, locales=LOCALES)
    for path, data in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    state = folder / ".kairos"
    state.mkdir()
    shutil.copy(database, state / "kairos.db")
    clock = Clock()
    app = App(Settings.read(folder, {"KAIROS_REDIS_URL": redis_url}), clock=clock)
    place = Place(app, clock, TestClient(create(app, **limits), raise_server_exceptions=False))
    app.decide_later = place.hints.extend  # type: ignore[method-assign]
    return place


@pytest.fixture
def build(tmp_path: Path, sqlite_template: Path, redis_url: str) -> Iterator[Build]:
    """Makes an installation of a workspace's files."""
    opened: list[Place] = []

    def new(files: Files | None = None, **limits: float) -> Place:
        folder = tmp_path / f"workspace{len(opened)}"
        opened.append(installed(folder, sqlite_template, redis_url, files, limits))
        return opened[-1]

    yield new
    for place in opened:
        place.close()


@pytest.fixture
def place(build: Build, redis_client: object) -> Place:
    """An installation with nobody in it."""
    return build()


@pytest.fixture(scope="session")
def still(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, redis_url: str) -> Iterator[Place]:
    """An installation in which nothing ever happens: for requests that must change nothing."""
    limits = {"rate": 1e6, "burst": 10**6}
    place = installed(tmp_path_factory.mktemp("still") / "workspace", sqlite_template, redis_url, None, limits)
    yield place
    place.close()


LOCALES = {
    "de": 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n',
    "ar": 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n',
}
