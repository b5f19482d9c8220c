"""What is compiled prints what Jinja's own sandbox prints, to the byte, and refuses for the same reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import nodes

from orchestrator.content.bidi import Direction
from orchestrator.content.catalogs import Catalog, read_catalogs, source_catalog
from orchestrator.content.compiler import compiled
from orchestrator.content.contexts import placed
from orchestrator.content.expressions import Expressions
from orchestrator.content.files import Files
from orchestrator.content.formats import FormatError, Formats
from orchestrator.content.glue import glued
from orchestrator.content.linker import Linker
from orchestrator.content.locales import direction, formatting
from orchestrator.content.localise import localise
from orchestrator.content.media import Kind, medium
from orchestrator.content.plaintext import plain_text
from orchestrator.content.refusal import ContentRefused
from orchestrator.content.syntax import EXPRESSIONS
from tests.content.oracle import interpreted
from tests.content.workbench import po, values

ENTRIES = """
msgid "Hello %(name)s"
msgstr "%(name)s: hello, 100% <b>%(name)s</b>"

msgid "fixed & plain"
msgstr "fest & klar"

msgctxt "menu"
msgid "fixed & plain"
msgstr "im %% Menü"
"""
COUNTED = """
msgid "%(n)s file for %(name)s"
msgid_plural "%(n)s files for %(name)s"
"""
FORMS = {"pl": 3, "ja": 1, "ar": 6, "de": 2}


def _catalogs() -> Mapping[str, Catalog]:
    found: dict[str, Catalog] = {"en": source_catalog("en")}
    for locale, count in FORMS.items():
        forms = "".join(f'msgstr[{place}] "{place}: %(n)s {locale} %(name)s"\n' for place in range(count))
        catalogs, problems = read_catalogs(po(locale, ENTRIES.replace("100%", "100 %%") + COUNTED + forms))
        assert not [problem for problem in problems if problem.severity == "error" and "markup" not in problem.code]
        found |= catalogs
    return found


CATALOGS = _catalogs()
PIECES = [
    "plain {{ profile.name }} {{ profile['name'] }} {{ profile.address.city }}",
    "{{ profile.missing }}",
    "{{ profile.nothing }}",
    "{{ profile.missing.deeper|default('none') }} {{ profile.nothing|d(profile.name) }} {{ profile.empty|default('e', true) }}",
    "{% if profile.missing %}a{% elif profile.name %}b{{ profile.name }}{% else %}c{% endif %}",
    "{% if profile.missing == profile.missing %}a{% endif %}{% if profile.missing != 1 %}b{% endif %}",
    "{% if profile.missing is defined %}a{% endif %}{% if profile.name is defined %}b{% endif %}{{ profile.name is none }}",
    "{% if 'a' in profile.missing %}a{% endif %}{% if profile.missing in ['a'] %}b{% endif %}",
    "{% if profile.missing > 1 %}a{% endif %}",
    "{{ profile.missing + 1 }}",
    "{% for x in profile.missing %}a{% endfor %}",
    "{{ profile.missing|upper }}",
    "{{ profile.missing|money }}",
    "{{ profile.name|money }}",
    "{{ profile.n + 1 }} {{ profile.n - 1 }} {{ profile.n * 2 }} {{ profile.n / 2 }} {{ profile.n // 2 }} {{ profile.n % 2 }}",
    "{{ -profile.n }} {{ +profile.n }} {{ not profile.n }} {{ profile.n and profile.name }} {{ profile.n or profile.name }}",
    "{{ profile.name * 3 }}",
    "{{ profile.n / 0 }}",
    "{{ 1 < profile.n < 10 }} {{ profile.n == 1 }} {{ profile.name in 'abc' }} {{ profile.n not in [1, 2] }}",
    "{{ 'yes' if profile.vip }}{{ 'yes' if profile.name else 'no' }}",
    "{% for item in data.lines %}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ item.title }}{{ item.price|money }},{% endfor %}",
    "{% for item in data.lines %}{{ loop.previtem.title|default('-') }}{{ loop.nextitem.title|d('-') }}{{ loop.revindex }}"
    "{{ loop.revindex0 }}{{ loop.index0 }}{{ loop.length }}{{ loop.cycle('odd', 'even') }}{% endfor %}",
    "{% for item in data.lines if item.price > 3 %}{{ loop.index }}{{ item.title }}{% else %}none{% endfor %}",
    "{% for item in data.none %}x{% else %}none{% endfor %}",
    "{% for key, value in profile.address|dictsort %}{{ key }}={{ value }};{% endfor %}",
    "{% for a in [1, 2] %}{% for b in [3, 4] %}{{ loop.index }}{{ a }}{{ b }}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(profile.n) %}{{ i }}{% endfor %}",
    "{% set a = 1 %}{% for x in [1, 2] %}{{ a }}{% set a = x %}{{ a }}{% endfor %}{{ a }}",
    "{% if profile.vip %}{% set c = 1 %}{% endif %}{{ c|default('unset') }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% with a = 3, c = a %}{{ a }}{{ c }}{% set b = 4 %}{{ b }}{% endwith %}{{ a }}{{ b }}",
    "{% set text %}<i>{{ profile.name }}</i>{% endset %}{{ text }}|{{ text|upper }}|{{ text ~ profile.name }}",
    "{% filter upper %}<i>{{ profile.name }}</i>{% endfilter %}",
    "{% macro m(a, b='d', c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=profile.name, a=2) }}{{ m() }}",
    "{% macro m(a) %}<u>{{ a }}</u>{% endmacro %}{{ m(_('fixed & plain')) }}{{ m(profile.name)|lower }}{% set x = m('a') %}{{ x }}",
    "{% macro m() %}({{ caller(profile.n) }}){% endmacro %}{% call(n) m() %}{{ n }}{{ profile.name }}{% endcall %}",
    "{% macro m() %}({{ caller() }}){% endmacro %}{{ m() }}",
    "{% macro m() %}{{ profile.name }}{% endmacro %}{% for x in [1, 2] %}{{ m() }}{% endfor %}",
    "{{ _('fixed & plain') }}|{{ gettext('fixed & plain')|upper }}|{{ pgettext('menu', 'fixed & plain') }}",
    "{{ _('Hello %(name)s', name=profile.name) }} {{ _('Hello %(name)s', name=profile.missing) }}",
    "{% trans name=profile.name %}Hello {{ name }}{% endtrans %}{% trans %}fixed & plain{% endtrans %}",
    "{% trans n=profile.n, name=profile.name %}{{ n }} file for {{ name }}{% pluralize n %}{{ n }} files for {{ name }}{% endtrans %}",
    "{{ ngettext('%(n)s file for %(name)s', '%(n)s files for %(name)s', profile.n, n=profile.n|number, name='x')|title }}",
    "{% trans n=profile.missing, name=profile.name %}{{ n }} file for {{ name }}{% pluralize %}{{ n }} files for {{ name }}{% endtrans %}",
    "{{ profile.name|greeting(_('Hello %(name)s'), _('fixed & plain')) }}{{ profile.blank|greeting(_('Hello %(name)s'), 'x') }}",
    "{{ 'a' ~ profile.name ~ 1 ~ _('fixed & plain') }} {{ ('a' ~ profile.name)|upper }}",
    "{{ profile.name }}{% if profile.vip %}{{ profile.name }}{{ profile.n|money }}{% else %}{{ profile.n|money }}{% endif %}{{ profile.n|money }}",
    "{% for item in data.lines %}{{ profile.name }}{{ item.title }}{{ profile.name }}{% else %}{{ profile.name }}{% endfor %}{{ profile.name }}",
    "{% macro m() %}{{ profile.name }}{{ profile.name }}{% endmacro %}{{ m() }}{{ profile.name }}{{ m() }}",
    "{% set profile = moment %}{{ profile.id }}{% set profile = campaign %}{{ profile.id }}{{ profile.id }}",
    "{% set text %}{{ profile.name }}{{ profile.name }}{% endset %}{{ text }}{{ profile.name }}{{ profile.name|upper }}{{ profile.name|upper }}",
    "{{ profile.address }}",
    "{{ data.lines }}",
    "{{ data.lines|map(attribute='title')|join(', ') }} {{ data.lines|sum(attribute='price') }} {{ data.tags|sort|first }}",
    "{{ data.lines|selectattr('price', 'gt', 3)|map(attribute='title')|list }} {{ data.tags|list }} {{ data.tags|map('upper')|join }}",
    "{{ profile.name|e }} {{ profile.name|urlencode }} {{ profile.name|replace('a', '<') }} {{ profile.name|truncate(3) }}",
    "{{ data.lines[0].title }} {{ data.lines[-1]['title'] }} {{ data.tags[5]|default('-') }} {{ profile.name[:2] }}",
    "{{ profile.n|number }} {{ profile.n|percent }} {{ data.when|date }} {{ data.when|datetime('long') }} {{ data.when|relative }}",
    "{{ 1.5 }} {{ true }} {{ 'x<y' }} {{ [1, 2][0] }} {{ {'a': 1}.a }} {{ {'a': profile.name}['a'] }} {{ (1, 2)|length }}",
    "{{ unknown }}",
    "{{ profile.flag }} {{ profile.ratio }} {{ data.when }}",
]
NAMES = st.one_of(
    st.sampled_from(
        ["Ana", "O'Brien & Søns", "<script>", "שרה", "أحمد ali", "{{7*7}}", "%(name)s", "a\u202eb", "\x00", "", " "]
    ),
    st.text(max_size=12),
)
LINES = st.lists(st.fixed_dictionaries({"title": NAMES, "price": st.integers(0, 9)}), max_size=3)
DATA = st.fixed_dictionaries(
    {"lines": LINES, "tags": st.lists(NAMES, max_size=3), "none": st.just([]), "when": st.just("2026-03-01T12:00:00Z")}
)
PROFILE = st.fixed_dictionaries(
    {
        "name": NAMES, "nothing": st.none(), "empty": st.just(""), "blank": st.just("  "), "flag": st.booleans(),
        "n": st.integers(-3, 130), "vip": st.booleans(), "ratio": st.floats(0, 1), "address": st.fixed_dictionaries({"city": NAMES}),
    }
)  # fmt: skip


class _Pair:
    """One piece of a template, compiled and interpreted."""

    def __init__(self, piece: str, kind: Kind, locale: str) -> None:
        source = "{% set data = moment.data %}" + f"{{% block body %}}{piece}{{% endblock %}}"
        tree = Linker(Files({"x.txt": source.encode()}), ("x.txt",)).field("body")
        way: Direction = direction(locale)
        into = medium(kind, way)
        catalog = CATALOGS[locale]
        self.fast = compiled(localise(tree, catalog, into.html), into, catalog)
        self.slow = interpreted(tree, into, catalog)
        self.formats = Formats(formatting(locale, None, "DE"), "EUR", UTC)

    def agree(self, given: Mapping[str, Any]) -> None:
        assert _outcome(self.fast, given, self.formats) == _outcome(self.slow, given, self.formats)


def _outcome(program: Any, given: Mapping[str, Any], formats: Formats) -> str:
    try:
        return str(program(given, formats))
    except ContentRefused as refused:
        return f"refused: {refused.code}"
    except (FormatError, TypeError, ValueError, ArithmeticError):
        return "refused: content.error"


@pytest.fixture(scope="module")
def pairs() -> list[_Pair]:
    kinds: list[tuple[Kind, str]] = [
        ("html", "de"),
        ("body", "pl"),
        ("html", "ar"),
        ("line", "ar"),
        ("body", "ja"),
        ("html", "en"),
    ]
    return [_Pair(piece, kind, locale) for piece in PIECES for kind, locale in kinds]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(profile=PROFILE, data=DATA)
def test_compiled_and_interpreted_agree(pairs: list[_Pair], profile: dict[str, Any], data: dict[str, Any]) -> None:
    filled = values(profile=profile, data=data)
    for pair in pairs:
        pair.agree(filled)


MARKUP = [
    '<p title="{{ profile.name }}">{{ profile.name }}</p>',
    "<a href=\"{{ profile.site }}/{{ profile.n }}?q={{ profile.name|urlencode }}\">{{ _('fixed & plain') }}</a>",
    '<a href="{{ profile.name }}">{{ profile.n }}</a>',
    "{% for item in data.lines %}<li><img alt='{{ item.title }}' src=\"{{ profile.site }}/{{ item.price }}\"></li>{% else %}<hr>{% endfor %}",
    "{% macro b(url, words) %}<td><a href='{{ url }}'>{{ words }}</a></td>{% endmacro %}{{ b(profile.site, profile.name) }}{{ b('/x', 1) }}",
    "{% trans name=profile.name %}Hello {{ name }}{% endtrans %}<br>{{ profile.n|money }}<p>{{ data.tags|list }}</p>",
]


@pytest.fixture(scope="module")
def prepared() -> list[tuple[Any, Any]]:
    """HTML with its values in their places, and the text that is derived from it; each compiled and interpreted."""
    found = []
    for locale in ("de", "ar"):
        catalog, way = CATALOGS[locale], direction(locale)
        for piece in MARKUP:
            source = "{% set data = moment.data %}" + f"{{% block html %}}{piece}{{% endblock %}}"
            tree = Linker(Files({"x.html": source.encode()}), ("x.html",)).field("html")
            html, text = medium("html", way), medium("body", way)
            pages = placed(localise(tree, catalog, html=True)), glued(plain_text(localise(tree, catalog, html=False)))
            for page, into in zip(pages, (html, text), strict=True):
                found.append((compiled(page, into, catalog), interpreted(page, into, catalog)))
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(profile=PROFILE, data=DATA, site=st.sampled_from(["https://e.com", "javascript:x", "", None]))
def test_prepared_trees_agree_too(
    prepared: list[tuple[Any, Any]], profile: dict[str, Any], data: dict[str, Any], site: str | None
) -> None:
    filled = values(profile={**profile, "site": site}, data=data)
    for fast, slow in prepared:
        assert _outcome(fast, filled, _formats()) == _outcome(slow, filled, _formats())


def test_whole_messages_agree_as_their_pieces_do() -> None:
    printing = [
        piece
        for piece in PIECES
        if _outcome(_Pair(piece, "body", "de").fast, _full(), _formats()).count("refused:") == 0
    ]
    assert len(printing) > 30
    _Pair("\n".join(printing), "html", "de").agree(_full())


def _full() -> dict[str, Any]:
    line = {"title": "one & two", "price": 5}
    profile = {"name": "Ana", "n": 2, "vip": True, "address": {"city": "Łódź"}, "flag": True, "ratio": 0.5, "blank": ""}
    return values(
        profile=profile, data={"lines": [line, line], "tags": ["b", "a"], "none": [], "when": "2026-03-01T12:00:00Z"}
    )


def _formats() -> Formats:
    return Formats(formatting("de", None, "DE"), "EUR", UTC)


class _Counting:
    """Formats that count how often they are asked to write an amount."""

    def __init__(self) -> None:
        self.count = 0

    def money(self, value: object) -> str:
        self.count += 1
        return f"{value} EUR"


@pytest.mark.parametrize(
    ("piece", "times"),
    [
        ("{{ profile.n|money }} {{ profile.n|money }} {{ profile.m|money }}", 2),
        ("{{ profile.n|money }}{% if profile.n %}{{ profile.n|money }}{% endif %}{{ profile.n|money }}", 1),
        ("{% if profile.n %}{{ profile.n|money }}{% else %}{{ profile.n|money }}{% endif %}{{ profile.n|money }}", 2),
        ("{% for x in [1, 2] %}{{ profile.n|money }}{{ profile.n|money }}{{ x|money }}{% endfor %}", 4),
        ("{{ profile.n|money }}{% for x in [1, 2] %}{{ profile.n|money }}{% endfor %}", 1),
        (
            "{{ profile.n|money }}{% macro m(n) %}{{ n|money }}{{ profile.n|money }}{% endmacro %}{{ m(1) }}{{ m(2) }}",
            5,
        ),
    ],
)
def test_what_is_printed_again_is_written_once(piece: str, times: int) -> None:
    """As long as it cannot have changed, and was written on whatever way led here."""
    counting: Any = _Counting()
    _Pair(piece, "body", "de").fast(values(profile={"n": 1, "m": 2}), counting)
    assert counting.count == times


def test_every_expression_that_is_allowed_can_be_compiled() -> None:
    helpers = {nodes.Pair, nodes.Keyword, nodes.Operand}
    into = medium("html", "ltr")
    make = Expressions(into, {}, frozenset())
    lacking = [kind.__name__ for kind in EXPRESSIONS - helpers if make.get_visitor(object.__new__(kind)) is None]
    assert lacking == []


def test_nothing_of_a_template_becomes_code() -> None:
    piece = "{{ profile['\"); import os; (\"'] }}{{ profile.name }}'''\"\"\"\\ {\x7f}"
    pair = _Pair(piece, "body", "de")
    assert (
        _outcome(pair.fast, values(profile={'"); import os; ("': "x", "name": "y"}), pair.formats)
        == "xy'''\"\"\"\\ {\x7f}"
    )
