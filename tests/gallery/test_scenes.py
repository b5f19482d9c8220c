"""Which messages a gallery shows, and that they are what people would get."""

from __future__ import annotations

import pytest

from orchestrator.content.catalogs import read_catalogs
from orchestrator.gallery.scenes import Scene, Stage
from orchestrator.material import prepare
from tests.translation.shop import FILES, files


def stage(**changed: str) -> Stage:
    """The small workspace, where it is shown."""
    found = files(**changed)
    made, problems = prepare(found, env={}, secret=b"-")
    assert made is not None, problems
    return Stage(found, made, read_catalogs(found)[0])


def shown(made: Stage, *locales: str) -> list[tuple[str, str, str]]:
    """Channel, locale and market of what is shown, for one person."""
    found = made.scenes(["shipped"], locales, ["known"])
    return [(scene.channel, scene.locale, scene.market) for scene in found]


def test_each_locale_is_shown_where_it_is_at_home() -> None:
    mails = [place for place in shown(stage(), "en", "de") if place[0] == "email"]
    assert mails == [("email", "en", "GB"), ("email", "de", "DE"), ("email", "en", "JP")]


def test_a_market_without_its_own_words_is_shown_in_the_source_language() -> None:
    assert ("email", "en", "JP") in shown(stage(), "en")
    assert ("email", "en", "DE") in shown(stage(), "en")


def test_a_locale_that_no_market_of_the_campaign_offers_is_left_out_unless_nobody_speaks_it() -> None:
    only = FILES["campaigns/shipped.yaml"] + "markets: [DE]\n"
    assert shown(stage(shipped=only), "en", "de", "ja", "en_XA")[:3] == [
        ("email", "en", "DE"),
        ("email", "de", "DE"),
        ("email", "en_XA", "DE"),
    ]


def test_what_is_shown_is_what_would_be_sent() -> None:
    made = stage()
    found = made.draft(Scene("shipped", "email", "de", "DE", "known"))
    assert (found.outcome, found.locale, found.channel) == ("send", "de", "email")
    assert found.content is not None
    assert "Vielleicht bei den Nachbarn" in found.content.fields["html"]
    assert made.draft(Scene("shipped", "email", "de", "DE", "known")) == found


@pytest.mark.parametrize(("person", "noted"), [("known", True), ("stranger", False)])
def test_of_a_stranger_only_what_must_be_known_is(person: str, noted: bool) -> None:
    found = stage().draft(Scene("shipped", "email", "en", "GB", person))
    assert found.content is not None
    assert ("Note:" in found.content.fields["html"]) is noted
