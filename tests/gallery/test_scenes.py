"""Which messages a gallery shows, and that they are what people would get."""

from __future__ import annotations

import pytest

from orchestrator.gallery.scenes import Scene, draft, scenes
from orchestrator.material import Material, prepare
from tests.translation.shop import FILES, files


def material(**changed: str) -> Material:
    """The small workspace, made ready."""
    made, problems = prepare(files(**changed), env={}, secret=b"-")
    assert made is not None, problems
    return made


def shown(made: Material, *locales: str) -> list[tuple[str, str, str]]:
    """Channel, locale and market of what is shown, for one person."""
    found = scenes(made, ["shipped"], locales, ["known"])
    return [(scene.channel, scene.locale, scene.market) for scene in found]


def test_each_locale_is_shown_where_it_is_at_home() -> None:
    mails = [place for place in shown(material(), "en", "de") if place[0] == "email"]
    assert mails == [("email", "en", "GB"), ("email", "de", "DE"), ("email", "en", "JP")]


def test_a_market_without_its_own_words_is_shown_in_the_source_language() -> None:
    assert ("email", "en", "JP") in shown(material(), "en")
    assert ("email", "en", "DE") in shown(material(), "en")


def test_a_locale_that_no_market_of_the_campaign_offers_is_left_out_unless_nobody_speaks_it() -> None:
    only = FILES["campaigns/shipped.yaml"] + "markets: [DE]\n"
    assert shown(material(shipped=only), "en", "de", "ja", "en_XA")[:3] == [
        ("email", "en", "DE"),
        ("email", "de", "DE"),
        ("email", "en_XA", "DE"),
    ]


def test_what_is_shown_is_what_would_be_sent() -> None:
    made = material()
    found = draft(Scene("shipped", "email", "de", "DE", "known"), made)
    assert (found.outcome, found.locale, found.channel) == ("send", "de", "email")
    assert found.content is not None
    assert "Vielleicht bei den Nachbarn" in found.content.fields["html"]
    assert draft(Scene("shipped", "email", "de", "DE", "known"), made) == found


@pytest.mark.parametrize(("person", "noted"), [("known", True), ("stranger", False)])
def test_of_a_stranger_only_what_must_be_known_is(person: str, noted: bool) -> None:
    found = draft(Scene("shipped", "email", "en", "GB", person), material())
    assert found.content is not None
    assert ("Note:" in found.content.fields["html"]) is noted
