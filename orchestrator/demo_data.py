"""An audience and moments for the demo, generated: the same seed gives the same people."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from orchestrator.blueprint import Workspace
from orchestrator.civil import rfc3339

FIRST_NAMES = {
    "en": ("Emma", "Noah", "Olivia", "Liam"),
    "de": ("Jürgen", "Änne", "Lukas", "Mia"),
    "fr": ("Zoé", "Théo", "Inès", "Loïc"),
    "es": ("José", "María", "Íñigo", "Lucía"),
    "pt": ("João", "Conceição", "Luís", "Ana"),
    "pl": ("Łukasz", "Żaneta", "Zofia", "Jan"),
    "ar": ("محمد", "ليلى", "سارة", "يوسف"),
    "ja": ("陽翔", "さくら", "蓮", "結衣"),
    "th": ("สมชาย", "มาลี", "ปรีชา", "ดาว"),
    "id": ("Budi", "Siti", "Agus", "Dewi"),
}
PHONES = {
    "US": "+1202555{:04d}",
    "DE": "+4915112{:06d}",
    "FR": "+336120{:05d}",
    "MX": "+52551234{:04d}",
    "BR": "+55119612{:05d}",
    "PL": "+48512{:06d}",
    "SA": "+9665012{:05d}",
    "JP": "+819012{:06d}",
    "TH": "+66812{:06d}",
    "ID": "+62812345{:05d}",
}
GARAGE = {"lat": 52.5200, "lon": 13.4050}
ARTISTS = ("Bach", "Fela Kuti", "Mercedes Sosa", "坂本龍一", "أم كلثوم")
STORIES = [
    {"title": "How a record is pressed", "link": "https://example.com/stories/1", "topic": "records", "minutes": 4},
    {"title": "Five small stages", "link": "https://example.com/stories/2", "topic": "concerts", "minutes": 6},
]


class Audience:
    """People over all markets of a workspace, and what happens to them."""

    def __init__(self, workspace: Workspace, size: int, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self._markets = [market for name, market in sorted(workspace.markets.items()) if name in PHONES]
        self.size = size
        self.ids = [f"person-{number:05d}" for number in range(size)]

    def profiles(self) -> Iterator[dict[str, Any]]:
        """Profile lines."""
        for number, id_ in enumerate(self.ids):
            yield self._profile(number, id_)

    def _profile(self, number: int, id_: str) -> dict[str, Any]:
        pick = self._random
        market = self._markets[number % len(self._markets)]
        locale = pick.choice(market.locales)
        phone = PHONES[market.name].format(number % 10_000)
        known: dict[str, Any] = {
            "first_name": pick.choice(FIRST_NAMES[locale.partition("_")[0]]),
            "tenure_days": pick.randrange(1, 40),
            "favourite_artist": pick.choice(ARTISTS),
            "weekly_minutes": pick.randrange(0, 400),
            "interests": pick.sample(["concerts", "records", "radio"], k=2),
            "points": pick.randrange(0, 900),
            "balance": round(pick.uniform(1, 90), 2),
            "stories": STORIES,
            "location": {"lat": GARAGE["lat"] + pick.uniform(-0.4, 0.4), "lon": GARAGE["lon"]},
        }
        for name in pick.sample(sorted(known), k=1):  # nobody is known completely
            del known[name]
        line = {
            "id": id_,
            "market": market.name,
            "locale": locale,
            "timezone": pick.choice(market.timezones),
            "attributes": known,
        }
        reachable = {
            "email": f"{id_}@example.com",
            "phone": phone,
            "whatsapp": phone,
            "push": [f"device-{id_}"],
        }
        return line | {key: value for key, value in reachable.items() if pick.random() < 0.8}

    def consents(self) -> Iterator[dict[str, Any]]:
        """Ledger lines: most agreed to most, some withdrew."""
        for id_ in self.ids:
            for channel in ("email", "sms", "whatsapp", "push"):
                for purpose in ("marketing", "newsletter"):
                    chance = self._random.random()
                    if chance < 0.85:
                        state = "granted" if chance < 0.8 else "withdrawn"
                        yield {
                            "profile": id_,
                            "channel": channel,
                            "purpose": purpose,
                            "state": state,
                            "source": "signup-form",
                        }

    def moments(self, count: int, now: datetime) -> Iterator[dict[str, Any]]:
        """What services report, some of it twice, and some of it wrong."""
        pick = self._random
        for number in range(count):
            name, data = self._moment(number, now)
            yield {"id": f"demo-{number:06d}", "name": name, "profile": pick.choice(self.ids), "data": data}
        yield {"id": "demo-000000", "name": "account.created", "profile": self.ids[0], "data": {}}
        yield {"id": "demo-nobody", "name": "account.created", "profile": "nobody", "data": {}}
        yield {"id": "demo-invalid", "name": "playlist.ready", "profile": self.ids[0], "data": {"tracks": "many"}}
        yield {"id": "demo-undeclared", "name": "order.shiped", "profile": self.ids[0], "data": {}}

    def _moment(self, number: int, now: datetime) -> tuple[str, dict[str, Any]]:
        pick = self._random
        lines = [
            {"title": "Turntable mat", "quantity": pick.choice((1, 2, 5))},
            {"title": "Record brush", "quantity": 1},
        ]
        order = {
            "order_id": f"A-{number:05d}",
            "total": round(pick.uniform(5, 500), 2),
            "lines": lines[: pick.randrange(1, 3)],
            "eta": rfc3339(now + timedelta(days=2)),
        }
        return pick.choice(
            (
                ("account.created", {}),
                ("session.started", {}),
                ("order.shipped", order),
                ("order.shipped", order),
                ("playlist.ready", {"tracks": pick.randrange(5, 40), "artists": list(pick.sample(ARTISTS, k=3))}),
                ("playlist.ready", {"tracks": pick.randrange(5, 40), "artists": list(pick.sample(ARTISTS, k=3))}),
                ("rating.given", {"stars": pick.randrange(1, 6), "order_id": order["order_id"]}),
                (
                    "tyres.inspected",
                    {"plate": "B KA 2026", "tread_mm": pick.uniform(1, 8), "garage": "Nord", "garage_location": GARAGE},
                ),
            )
        )
