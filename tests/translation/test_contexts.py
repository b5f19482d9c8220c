"""Translators see each string as readers do."""

from __future__ import annotations

from orchestrator.content.catalogs import String, read_catalogs
from orchestrator.translation.contexts import Seen, marked, shown

HELLO, WAY, LABEL = String("Hello %(name)s,"), String("On its way"), String("Note", context="label")
STRINGS = (HELLO, WAY, LABEL, String("never seen"))


def wrapped(place: int, text: str) -> str:
    """A text between the marks of its place."""
    return f"{chr(0xF0000 + place)}{text}{chr(0x100000 + place)}"


def test_a_marked_catalog_translates_every_string_into_itself() -> None:
    path = "locales/en/LC_MESSAGES/messages.po"
    catalogs, problems = read_catalogs({path: marked((*STRINGS, String("%(n)s day", "%(n)s days")), "en")})
    assert problems == ()
    assert catalogs["en"].singular(HELLO) == wrapped(0, "Hello %(name)s,")
    assert catalogs["en"].forms(String("%(n)s day", "%(n)s days")) == (
        wrapped(4, "%(n)s day"),
        wrapped(4, "%(n)s days"),
    )


def test_a_string_is_shown_within_the_words_around_it() -> None:
    mail = {
        "subject": wrapped(1, "On its way"),
        "html": f"<style>p {{}}</style><h1>{wrapped(1, 'On its way')}</h1><p>{wrapped(0, 'Hello <b>Zo&amp;</b>,')} here</p>",
    }
    found = shown(STRINGS, [Seen("shipped", "email", mail)])
    assert found[None, "On its way"] == ('Shown in: shipped, email subject: "On its way"',)
    assert found[None, "Hello %(name)s,"] == ('Shown in: shipped, email html: "On its way ⟦Hello Zo& ,⟧ here"',)
    assert (None, "never seen") not in found


def test_long_surroundings_are_cut_at_words() -> None:
    text = f"{'before ' * 10}{wrapped(2, 'Note')}: {'after ' * 10}{wrapped(1, 'On its way')}{'x' * 99}"
    found = shown(STRINGS, [Seen("shipped", "sms", {"body": text})])
    assert found["label", "Note"] == (
        'Shown in: shipped, sms body: "…before before before before ⟦Note⟧: after after after after…"',
    )
    assert found[None, "On its way"][0].endswith(f'⟦On its way⟧{"x" * 30}…"')


def test_two_places_are_enough_and_each_campaign_is_one() -> None:
    message = {"body": wrapped(1, "On its way")}
    seen = [Seen(name, "sms", message) for name in ("a", "a", "b", "c")]
    assert shown(STRINGS, seen)[None, "On its way"] == (
        'Shown in: a, sms body: "On its way"',
        'Shown in: b, sms body: "On its way"',
    )


def test_entries_of_a_list_are_looked_through_too() -> None:
    found = shown(STRINGS, [Seen("a", "whatsapp", {"buttons": ["one", wrapped(2, "Note")]})])
    assert found["label", "Note"] == ('Shown in: a, whatsapp buttons: "one ⟦Note⟧"',)
