"""The starter workspace, loaded once, and a person and moments to try it with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator import links
from orchestrator.blueprint import Campaign, Market, Workspace, load
from orchestrator.content.catalogs import Catalog, read_catalogs
from orchestrator.content.render import Renderer
from orchestrator.content.templates import Templates
from orchestrator.model import Content

ROOT = Path(__file__).parents[2]
PLACES = ("kairos.yaml", "markets.yaml", "segments.yaml", "campaigns/*", "templates/**/*", "locales/**/*")

HOME = {
    "en": "US", "de": "DE", "fr": "FR", "es_419": "MX", "pt_BR": "BR",
    "pl": "PL", "ar": "SA", "ja": "JP", "th": "TH", "id": "ID",
}  # fmt: skip
"""Each locale of the starter, and a market where it is at home."""

NAMES = {
    "en": ("Amelia", "Brooks"), "de": ("Jonas", "Körner"), "fr": ("Zoé", "Lefèvre"), "es_419": ("Íñigo", "Peña"),
    "pt_BR": ("Conceição", "Araújo"), "pl": ("Łucja", "Wiśniewska"), "ar": ("ليلى", "الحسن"), "ja": ("美咲", "佐藤"),
    "th": ("นภัสสร", "ศรีสุข"), "id": ("Dewi", "Lestari"),
}  # fmt: skip

STORIES = [
    {"title": "The night the piano stayed closed", "link": "https://example.com/1", "topic": "concerts", "minutes": 4},
    {"title": "Ten pressings worth the dust", "link": "https://example.com/2", "topic": "records", "minutes": 7},
    {"title": "What the road is for", "link": "https://example.com/3", "topic": "cars", "minutes": 1},
    {"title": "Letters", "link": "https://example.com/4"},
]

KNOWN = {
    "tenure_days": 3,
    "favourite_artist": "Nina Simone",
    "weekly_minutes": 312,
    "interests": ["concerts", "records"],
    "stories": STORIES,
    "points": 1340,
    "balance": 134.5,
    "location": {"lat": 52.52, "lon": 13.4},
}

ADDRESSES = {"email": "a@example.com", "sms": "+4915112345678", "whatsapp": "+4915112345678", "push": "device"}

DATA: Mapping[str, Mapping[str, Any]] = {
    "order.shipped": {
        "order_id": "A-10427",
        "lines": [{"title": "Blue Train (LP)", "quantity": 1}, {"title": "Record brush", "quantity": 2}],
        "total": 1054.9,
        "eta": "2026-09-30T12:00:00Z",
    },
    "playlist.ready": {"tracks": 24, "artists": ["Miles Davis", "上原ひろみ", "فيروز"]},
    "rating.given": {"stars": 2, "order_id": "A-10427", "agent": "Marta", "answer_by": "2026-10-01T12:00:00Z"},
    "tyres.inspected": {
        "plate": "B KA 2026",
        "tread_mm": 3.2,
        "garage": "Garage Nord",
        "garage_location": {"lat": 52.5, "lon": 13.41},
    },
}
"""What a moment carries when it carries everything."""


@cache
def files() -> dict[str, bytes]:
    """The workspace's files by path, as they stand at the root of the repository."""
    found = (path for place in PLACES for path in ROOT.glob(place) if path.is_file())
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}


@cache
def workspace() -> Workspace:
    """The workspace, loaded."""
    loaded = load(files()).workspace
    assert loaded is not None
    return loaded


@cache
def catalogs() -> Mapping[str, Catalog]:
    """The starter's catalogs by locale."""
    return read_catalogs(files())[0]


@cache
def renderer() -> Renderer:
    """What renders the starter's templates, with the starter's limits."""
    space = workspace()
    templates = Templates(files(), space.markets)
    return Renderer(templates, catalogs(), space.locale, sms=space.sms)


@cache
def messages() -> tuple[tuple[str, str], ...]:
    """Every campaign with every channel that it has a template for."""
    campaigns = sorted(workspace().campaigns.items())
    return tuple((name, channel) for name, each in campaigns for channel in sorted(renderer().channels(each.template)))


def market_for(campaign: Campaign, locale: str) -> Market:
    """The locale's home market, or another one that the campaign addresses."""
    home = HOME[locale]
    chosen = home if campaign.markets is None or home in campaign.markets else min(campaign.markets)
    return workspace().markets[chosen]


def values(campaign: Campaign, market: Market, locale: str, data: Mapping[str, Any], **known: Any) -> dict[str, Any]:
    """What a template sees of a person called as people are in the locale."""
    first, last = NAMES[locale]
    purpose = workspace().purposes[campaign.purpose]
    return {
        "profile": {**KNOWN, "first_name": first, "last_name": last, "id": "u1", "market": market.name, **known},
        "moment": {"id": "m1", "name": campaign.moment.on, "at": "2026-09-28T09:00:00Z", "data": data},
        "market": {"name": market.name, "currency": market.currency, "terms": market.terms},
        "campaign": {"name": campaign.name, "purpose": campaign.purpose},
        "sender": workspace().sender.values(),
        "links": links.of("https://kairos.example.com", b"secret", "0" * 32, promotional=purpose.promotional),
    }


def render(name: str, channel: str, locale: str, market: Market | None = None, **changed: Any) -> Content:
    """The content that a campaign has for a person; `data` and attributes may be changed."""
    campaign = workspace().campaigns[name]
    market = market or market_for(campaign, locale)
    purpose = workspace().purposes[campaign.purpose]
    data = changed.pop("data", DATA.get(campaign.moment.on or "", {}))
    return renderer().render(
        campaign.template,
        channel,
        market,
        locale,
        locale,
        ZoneInfo(market.timezones[0]),
        values(campaign, market, locale, data, **changed),
        marketing=purpose.promotional,
    )
