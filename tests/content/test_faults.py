"""What can be wrong with a translation beside its source text."""

from __future__ import annotations

import pytest

from orchestrator.content.faults import faults
from orchestrator.content.po import Entry, Text


def found(msgid, *forms, plural=None):
    entry = Entry(1, msgid, plural, None, tuple(Text(line, form) for line, form in enumerate(forms, 2)), False)
    return [(fault.line, fault.code) for fault in faults(entry)]


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("Hello", "Hallo"),
        ("Hello %(name)s", "%(name)s, hallo"),
        ("%(n)s of %(m)s", "%(m)s, davon %(n)s, %(n)s"),
        ("100%% off", "100 %% weniger"),
        ("Save <b>%(n)s</b> now", "Jetzt <b>%(n)s</b> sparen"),
        ("Save <b>now</b>", "Jetzt sparen"),
        ('<a href="%(url)s">Go</a>', '<a href="%(url)s">Los</a>'),
        ('<img src="a.png" alt="A cat">', '<img src="a.png" alt="Eine Katze">'),
        ("a<br>b", "a<br>b"),
        ("a &amp; b", "a &amp; b"),
        ("AT&T", "AT&T; ja"),
        ("a<br><b>b</b>", "a <b>b</b>"),
        ("</b>a", "b</b>"),
        ("5 < 6", "5 < 6, 7 > 3"),
        ("I <3 you", "Ich <3 dich"),
        ("100% wrong", "100% falsch"),  # the source itself is no format; the template's author is told
    ],
)
def test_a_faithful_translation_has_no_faults(source, translation):
    assert found(source, translation) == []


@pytest.mark.parametrize(
    ("source", "translation", "code"),
    [
        ("Hello %(name)s", "Hallo %(nmae)s, %(name)s", "catalog.placeholder"),
        ("Hello %(name)s", "Hallo", "catalog.placeholder"),
        ("Hello %(name)s", "Hallo %(name)d", "catalog.placeholder"),
        ("Hello", "Hallo %(name)s", "catalog.placeholder"),
        ("100%% off", "100 % weniger", "catalog.percent"),
        ("Hello", "100%", "catalog.percent"),
        ("Hello", "Hallo %s", "catalog.percent"),
        ("Hello %(name)s", "Hallo %(name)s %(name)", "catalog.percent"),
        ("Hello %(name)s", "Hallo %(name)s %(name)99999999s", "catalog.percent"),
        ("<b>a</b>", "<b>a", "catalog.markup"),
        ("a<br><b>b</b>", "a<br>b</b>", "catalog.markup"),
        ("</b>a", "a", "catalog.markup"),
        ("<b>a</b>", "a</b>", "catalog.markup"),
        ("Hello", "<b>Hallo</b>", "catalog.markup"),
        ("Hello", "<script>x()</script>", "catalog.markup"),
        ("Hello", "Hallo <img src=x onerror=x() ", "catalog.markup"),
        ("Hello", "Hallo <!-- ", "catalog.markup"),
        ('<a href="/a">b</a>', '<a href="https://elsewhere.example">b</a>', "catalog.markup"),
        ('<a href="/a">b</a>', '<a href="/a" onclick="x()">b</a>', "catalog.markup"),
        ('<i title="a">b</i>', '<i title="a" style="x">b</i>', "catalog.markup"),
        ("Hello", "Hallo&nbsp;", "catalog.markup"),
        ("Hello", "Hallo \u202e", "catalog.markup"),
        ("Hello", "Hallo {{ profile.first_name }}", "catalog.placeholder"),
    ],
)
def test_a_translation_that_would_break_the_message_has_a_fault(source, translation, code):
    assert code in [kind for _, kind in found(source, translation)]


def test_a_plural_form_may_leave_the_number_out():
    assert found("%(n)s file", "ein Ordner", "%(n)s Ordner", plural="%(n)s files") == []
    assert found("One file", "%(n)s Datei", "%(n)s Dateien", plural="%(n)s files") == []
    assert found("%(who)s has %(n)s", "%(who)s hat einen", "%(who)s hat %(n)s", plural="%(who)s have %(n)s") == []


def test_a_plural_form_may_leave_out_nothing_else():
    source, plural = "%(who)s has %(n)s", "%(who)s have %(n)s"
    assert found(source, "einer", "%(who)s hat %(n)s", plural=plural) == [(2, "catalog.placeholder")] * 2
    assert found(source, "%(who)s einen", "hat %(n)s", plural=plural) == [
        (2, "catalog.placeholder"),
        (3, "catalog.placeholder"),
    ]


def test_a_fault_is_on_the_line_of_its_form():
    assert found("%(n)s file", "%(n)s Datei", "%(m)s Dateien %(n)s", plural="%(n)s files") == [
        (3, "catalog.placeholder")
    ]


def test_a_near_name_is_proposed():
    entry = Entry(1, "%(name)s", None, None, (Text(2, "%(nmae)s %(name)s"),), False)
    assert [fault.message for fault in faults(entry)] == [
        "`%(nmae)s` is not in the source text; did you mean `%(name)s`?"
    ]


def test_one_slip_is_one_fault():
    """A placeholder in another's place is not lacking besides, nor is one that a lone `%` is left of."""
    assert found("Hello %(name)s", "Hallo %(nom)s") == [(2, "catalog.placeholder")]
    assert found("Hello %(name)s", "Hallo % (name)s") == [(2, "catalog.percent")]
