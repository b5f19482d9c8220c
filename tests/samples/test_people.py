"""Sample people: whom a campaign means, at a moment that it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator import wire
from orchestrator.blueprint import check_moment, check_value
from orchestrator.checking.shapes import shapes_in
from orchestrator.compose import Ask
from orchestrator.material import Material, prepare
from orchestrator.model import Draft
from orchestrator.preview import composed
from orchestrator.samples import sample
from orchestrator.stores.memory import MemoryRecords
from tests.starter.workspace import files

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
KAIROS = """
attributes:
  age: {type: integer}
  city: {type: string}
  tags: {type: list}
  member: {type: boolean}
  home: {type: geo}
  seen: {type: date}
  secret: {type: string, sensitive: true}
moments:
  order.placed: {data: {total: money, eta: datetime, items: integer, paid: {type: number, required: true}, place: geo}}
  visited: {}
"""
MARKETS = "DE: {locales: [de]}\nUS: {locales: [en], terms: {pay: weekly}}\nFR: {locales: [fr]}\n"


def material(contents: Mapping[str, bytes]) -> Material:
    """A workspace, ready."""
    found, _ = prepare(contents, env={}, secret=b"secret")
    assert found is not None
    return found


def asking(where: str, more: str = "") -> Material:
    """A workspace whose only campaign asks for this."""
    moment = f'moment: {{on: order.placed, where: "{where}"}}'
    campaign = f"campaign: one\n{moment}\nchannel: [email]\ntactic: {{template: one}}\n{more}"
    contents = {"kairos.yaml": KAIROS, "markets.yaml": MARKETS, "campaigns/one.yaml": campaign}
    return material({name: text.encode() for name, text in contents.items()})


def answered(about: Material, name: str) -> Draft:
    """What becomes of the message for the sample."""
    campaign = about.workspace.campaigns[name]
    found, records = sample(campaign, about.workspace, NOW), MemoryRecords()
    records.update_profiles([wire.profile(found.profile, at=NOW)])
    records.accept([*found.past, found.moment], now=NOW, lease=timedelta(0))
    return composed(about, records, Ask(found.moment, campaign), NOW)


@pytest.mark.parametrize(
    "where",
    [
        "data.total > 5000",
        "data.items >= 7 and data.items <= 9",
        "data.paid * 2 > 900.5",
        "data.eta > '2031-01-01T00:00:00Z'",
        "distance_km(home, data.place) <= 10 and data.items == 0",
        "distance_km(home, data.place) > 500",
        "distance_km(home, 48.1, 11.6) < 5",
        "age < 18 or age > 64",
        "not (age >= 18)",
        "city in ['Ghent', 'Bruges'] and city != 'Ghent'",
        "'vip' in tags and 'blocked' not in tags",
        "not member",
        "seen < '2020-05-01'",
        "home is not defined",
        "market.terms.pay == 'weekly'",
        "market.name == 'FR'",
        "count('visited', '3d') >= 3",
        "count('order.placed', '30d') >= 2",
        "count('visited', '30d') >= 2 and since('visited') > 604800",
        "since('visited') < 3600",
        "age > 30 and data.paid < age and count('visited', '7d') == 0",
    ],
)
def test_a_sample_is_whom_the_campaign_means(where: str) -> None:
    """Its condition holds, on the moment or on the person, and what it carries is of its type."""
    about = asking(where)
    draft = answered(about, "one")
    assert "moment.matched" in {finding.code for finding in draft.trace}, draft.trace
    declared = about.workspace.moments["order.placed"]
    assert check_moment(declared, draft.moment.data) == ()
    values = sample(about.workspace.campaigns["one"], about.workspace, NOW).profile["attributes"]
    types = about.workspace.attributes
    assert [name for name, value in values.items() if check_value(types[name].type, value)] == []


def test_what_holds_for_nobody_is_tried_and_given_up() -> None:
    """Then the sample is somebody likely."""
    draft = answered(asking("data.items > 3 and data.items < 2"), "one")
    assert draft.reason == "moment.not_matched"


def test_a_sensitive_attribute_is_not_looked_at() -> None:
    """Unless the campaign names it, a condition on it holds for nobody."""
    assert answered(asking("secret == 'x'"), "one").reason == "moment.not_matched"
    named = answered(asking("secret == 'x'", "identify: [secret]"), "one")
    assert "moment.matched" in {finding.code for finding in named.trace}


def test_nobody_in_a_sample_is_held_out() -> None:
    """Whatever the share is."""
    draft = answered(asking("true", "holdout: 90%"), "one")
    assert "experiment.included" in {finding.code for finding in draft.trace}


def test_every_starter_campaign_means_its_sample() -> None:
    """Who lives where the templates' own language is read."""
    about = material(files())
    for name in about.workspace.campaigns:
        draft = answered(about, name)
        codes = {finding.code for finding in draft.trace}
        assert {"moment.matched", "market.targeted"} <= codes, draft.trace
        assert codes & {"segment.matched", "segment.everybody"}, draft.trace
        assert draft.market == "US"


def test_items_have_what_templates_read_of_them() -> None:
    """Nobody declares what is in a list."""
    about = material(files())
    digest = about.workspace.campaigns["weekly-digest"]
    shapes = shapes_in(about.renderer, digest.template)
    stories = sample(digest, about.workspace, NOW, shapes).profile["attributes"]["stories"]
    assert [set(story) for story in stories] == [{"title", "link", "topic", "minutes"}] * 3
