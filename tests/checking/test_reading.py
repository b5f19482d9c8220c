"""What a template looks up, and where it can cope without: read from its tree, whatever the values."""

from __future__ import annotations

import pytest

from orchestrator.checking.reading import read
from orchestrator.checking.uses import Misuse, Reading
from orchestrator.checking.values import written
from orchestrator.content.catalogs import source_catalog
from orchestrator.content.files import Files
from orchestrator.content.localise import localise
from orchestrator.content.messages import link
from orchestrator.content.syntax import LINES


def reading(body: str) -> Reading:
    """What is read in a text field."""
    files = Files({"a/sms.txt": f"{{% block body %}}{body}{{% endblock %}}".encode()})
    linked = link(files, "sms", ("a/sms.txt",))
    return read(localise(linked.fields["body"], source_catalog("en"), html=False))


def needs(body: str) -> list[str]:
    """What has to be there, by path."""
    return sorted({written(use.path) for use in reading(body).uses if not use.sure})


ETA = "moment.data.eta"


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ("{{ moment.data.eta }}", [ETA]),
        ("{{ moment.data.eta|date }}", [ETA]),
        ("{{ moment['data']['eta'] }}", [ETA]),
        ("{{ moment.data.eta|default('soon') }}", []),
        ("{{ moment.data.eta|default(moment.data.day) }}", ["moment.data.day"]),
        ("{{ moment.data.eta|default(moment.data.day)|default('soon') }}", []),
        ("{{ moment.data.eta or 'soon' }}", []),
        ("{{ moment.data.eta or moment.data.day }}", ["moment.data.day"]),
        ("{{ moment.data.eta if moment.data.eta else 'soon' }}", []),
        ("{{ moment.data.eta if moment.data.day else 'soon' }}", [ETA]),
        ("{% if moment.data.eta %}{{ moment.data.eta }}{% endif %}", []),
        ("{% if moment.data.eta %}x{% else %}{{ moment.data.eta }}{% endif %}", [ETA]),
        ("{% if not moment.data.eta %}x{% else %}{{ moment.data.eta }}{% endif %}", []),
        ("{% if moment.data.a and moment.data.eta %}{{ moment.data.eta }}{% endif %}", []),
        ("{% if moment.data.a or moment.data.eta %}{{ moment.data.eta }}{% endif %}", [ETA]),
        ("{% if moment.data.eta and moment.data.eta > 3 %}x{% endif %}", []),
        ("{% if not moment.data.eta or moment.data.eta > 3 %}x{% endif %}", []),
        ("{% if moment.data.eta > 3 %}x{% endif %}", [ETA]),
        ("{% if moment.data.eta == 3 %}{{ moment.data.eta }}{% endif %}", []),
        ("{% if moment.data.eta != 3 %}{{ moment.data.eta }}{% endif %}", [ETA]),
        ("{% if moment.data.eta in [1, 2] %}{{ moment.data.eta }}{% endif %}", []),
        ("{% if moment.data.eta is defined %}{{ moment.data.eta }}{% endif %}", []),
        ("{% if moment.data.eta is none %}x{% else %}{{ moment.data.eta }}{% endif %}", []),
        ("{% if moment.data.a %}x{% elif moment.data.eta %}{{ moment.data.eta }}{% endif %}", []),
        ("{% set day = moment.data.eta %}{% if day %}{{ day|date }}{% endif %}", []),
        ("{% set day = moment.data.eta %}{{ day|date }}", [ETA]),
        ("{% set day = 'soon' %}{% if moment.data.eta %}{% set day = moment.data.eta %}{% endif %}{{ day }}", []),
        ("{% with day = moment.data.eta %}{{ day }}{% endwith %}", [ETA]),
        ("{% set known = moment.data.eta is defined %}{% if known %}{{ moment.data.eta }}{% endif %}", []),
        ("{% set known = true %}{% if known %}{{ moment.data.eta }}{% endif %}", [ETA]),
        ("{{ moment.data.eta and moment.data.eta|date }}", [ETA]),
        ("{% if 'x' in moment.data.eta %}{{ moment.data.eta|list }}{% endif %}", []),
        ("{% if moment.data.eta == moment.data.day %}{{ moment.data.day }}{% endif %}", []),
        ("{% for item in moment.data.eta %}{{ item.name }}{% endfor %}", [ETA]),
        ("{% for item in moment.data.eta|default([]) %}{{ item }}{% endfor %}", []),
        ("{% if moment.data.eta %}{% for item in moment.data.eta %}{{ item.a|default('') }}{% endfor %}{% endif %}", []),
        ("{% macro day(at) %}{{ at|date }}{% endmacro %}{{ day(moment.data.eta) }}", [ETA]),
        ("{% macro day(at=moment.data.eta) %}{{ at|date }}{% endmacro %}{{ day(moment.at) }}", ["moment.at"]),
        ("{% macro box() %}[{{ caller() }}]{% endmacro %}{% call box() %}{{ moment.data.eta }}{% endcall %}", [ETA]),
        ("{% trans day=moment.data.eta %}On {{ day }}{% endtrans %}", [ETA]),
        ("{% trans n=moment.data.eta %}{{ n }} day{% pluralize n %}{{ n }} days{% endtrans %}", [ETA]),
        ("{{ moment.data.eta|greeting(_('Hello %(name)s'), _('Hello')) }}", []),
        ("{{ moment.data.eta ~ '!' }}", [ETA]),
        ("{{ moment.data.eta|length > 2 }}", [ETA]),
    ],
)  # fmt: skip
def test_what_is_needed_depends_on_the_way_there(body: str, needed: list[str]) -> None:
    """Behind a guard it is there; where it is only asked for, or has a substitute, it need not be."""
    assert needs(body) == needed


@pytest.mark.parametrize(
    ("body", "uses"),
    [
        ("{{ moment.data.total|money }}", {("moment.data.total", "money")}),
        ("{{ moment.data.lines|length|number }}", {("moment.data.lines", "length")}),
        ("{{ moment.data.lines|first }}", {("moment.data.lines", "first"), ("moment.data.lines.…", "print")}),
        ("{{ moment.data.lines[0].title|upper }}", {("moment.data.lines.….title", "upper")}),
        ("{{ moment.data.lines|sort|join(', ') }}", {("moment.data.lines", "sort"), ("moment.data.lines", "join")}),
        ("{{ moment.data.total * 2 }}", {("moment.data.total", "calculate")}),
        ("{{ market.terms.pay == 'monthly' }}", {("market.terms.pay", "equal")}),
        ("{% for i in range(moment.data.n) %}{{ loop.index }}{% endfor %}", {("moment.data.n", "range")}),
    ],
)
def test_what_is_done_with_a_value(body: str, uses: set[tuple[str, str]]) -> None:
    """The filter, or what a template does by itself."""
    assert {(written(use.path), use.role) for use in reading(body).uses} == uses


@pytest.mark.parametrize(
    ("body", "role", "kind"),
    [
        ("{{ 'a'|money }}", "money", "text"),
        ("{{ moment.data.lines|length|date }}", "date", "integer"),
        ("{{ [1, 2] }}", "print", "list"),
        ("{{ moment.data.x|default('')|number }}", "number", "text"),
        ("{% for a in 3 %}{{ a }}{% endfor %}", "each", "integer"),
    ],
)
def test_what_a_template_makes_itself_is_used_as_what_it_is(body: str, role: str, kind: str) -> None:
    """Else it is a mistake whatever the values are."""
    assert Misuse(LINES + 1, role, kind) in reading(body).misuses


def test_what_a_value_is_compared_with_is_kept() -> None:
    """So that samples can go all ways."""
    (use,) = {use for use in reading("{{ moment.data.a in ['x', 'y'] }}").uses if use.path[-1] == "a"}
    assert use.literals == ("x", "y")
