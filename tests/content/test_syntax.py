"""The template language has nothing in it that could harm: what is not allowed is told, and never run."""

from __future__ import annotations

import pytest

from orchestrator.content.syntax import EXPRESSIONS, REFUSED, RULES, STATEMENTS, Source
from tests.content.workbench import html, problems, refusal, sms

ESCAPES = [
    "{{ ''.__class__.__mro__ }}",
    "{{ ''|attr('__class__') }}",
    "{{ '{0.__class__}'.format(profile) }}",
    "{% set f = '{0.__class__}'|attr('format') %}{{ f(profile) }}",
    "{{ '{x.__class__}'.format_map({'x': profile}) }}",
    "{{ ('{0.__class__}'|safe).format(profile) }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ lipsum.__globals__ }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.body() }}",
    "{{ profile.f.__globals__ }}",
    "{{ (x for x in y).gi_frame }}",
    "{{ profile.e.__traceback__ }}",
    "{{ profile['__class__'] }}",
    "{{ [profile]|map(attribute='__class__')|join }}",
    "{{ [profile]|sum(attribute='__class__') }}",
    "{{ [profile]|groupby('__class__') }}",
    "{{ [profile]|selectattr('a.__class__') }}",
    "{{ [profile]|map(attribute=profile.x)|join }}",
    "{{ ['x']|map('attr', '__class__')|join }}",
    "{{ ['x']|map('format', 1)|join }}",
    "{{ [profile]|map(profile.x)|join }}",
    "{{ profile.items() }}",
    "{{ profile.first_name.upper() }}",
    "{{ profile.update({'a': 1}) }}",
    "{{ joiner(', ') }}",
    "{{ namespace(a=1) }}",
    "{% set ns.x = 1 %}",
    "{{ lipsum(n=10**8) }}",
    "{{ dict(a=1) }}",
    "{{ range(1001)|list }}",
    "{{ range(10**9)|list }}",
    "{{ 'a' * 10000000000 }}",
    "{{ 10000000000 * 'a' }}",
    "{{ [1] * 1000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ '%9999999999d' % 1 }}",
    "{{ 'a'|center(10000000) }}",
    "{{ [1]|batch(100000000, 'x')|list }}",
    "{{ [1]|slice(profile.n)|list }}",
    "{{ 1.5|round(100000000) }}",
    "{{ profile|pprint }}",
    "{{ profile.x|safe }}",
    "{{ {'a': 1}|xmlattr }}",
    "{{ 'x'|tojson|safe }}",
    "{% autoescape false %}{{ profile.x }}{% endautoescape %}",
    "{% for x in [1] recursive %}{{ loop([x]) }}{% endfor %}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% macro a() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ a(1) }}",
    "{% import 'nowhere.txt' as x %}{{ x.y() }}",
    "{% include 'nowhere.txt' %}",
    "{% include profile.x %}",
    "{% include '../kairos.yaml' %}",
    "{% from 'hi/sms.txt' import nothing %}{{ nothing() }}",
    "{{ _(profile.x) }}",
    "{{ ngettext('a', profile.x, 2) }}",
    "{{ f(*profile.x) }}",
    "{{ profile.x|default(**profile.y) }}",
    "{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}x{% endfor %}{% endfor %}{% endfor %}",
    "{% for i in range(profile.n) %}{% for j in range(profile.n) %}x{% endfor %}{% endfor %}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
    "{% set x %}aaaaaaaaaa{% endset %}" + "{% set x %}{{ x }}{{ x }}{{ x }}{% endset %}" * 40 + "{{ x }}",
    "{% set x = 'aaaaaaaaaaaaaaaaaaaa' %}" + "{% set x = x|replace('a', x) %}" * 6 + "{{ x }}",
    "{% debug %}",
    "{% do profile.x %}",
    "{{ undefined_function() }}",
    "{{ unclosed",
    "{% if %}",
    "{{ x|nofilter }}",
    "{% if x is notest %}{% endif %}",
]


@pytest.mark.parametrize("payload", ESCAPES)
def test_what_could_harm_is_told_and_never_run(payload: str) -> None:
    found = problems(payload)
    assert {(problem.severity, problem.file) for problem in found} == {("error", "templates/hi/sms.txt")}
    code, _ = refusal(payload, profile={"x": "1", "n": 10})
    assert code == "content.error"


LITERAL = [
    "{{7*7}}",
    "{% for x in y %}",
    "${7*7}",
    "#{7*7}",
    "%(x)s",
    "%s",
    "{0.__class__}",
    "{x!r}",
    "{{ profile }}",
    "{# no #}",
]


@pytest.mark.parametrize("text", LITERAL)
def test_what_looks_like_code_in_data_stays_text(text: str) -> None:
    given = {"profile": {"first_name": text}, "data": {"x": "never"}}
    body = "{{ profile.first_name }}|{% trans n=profile.first_name %}Hi {{ n }}{% endtrans %}"
    assert sms(body, **given) == f"{text}|Hi {text}"
    assert html(body, **given) == f"{text}|Hi {text}"


def test_every_kind_of_node_is_allowed_or_has_its_reason() -> None:
    assert set(RULES) <= STATEMENTS | EXPRESSIONS
    assert not set(REFUSED) & (STATEMENTS | EXPRESSIONS)


def test_a_problem_stands_at_its_line_and_column() -> None:
    (found,) = problems("Hello\n  {{ profile.first_name.upper() }}")
    assert (found.file, found.line, found.column, found.code) == ("templates/hi/sms.txt", 2, 25, "template.unsafe")
    assert "upper" in found.message
    assert "value|upper" in found.message


def test_a_slip_of_the_pen_is_recognised() -> None:
    (found,) = problems("{{ profile.total|mony }}")
    assert found.code == "template.filter"
    assert "Did you mean 'money'?" in found.message


def test_jinja_speaks_where_the_syntax_is_wrong() -> None:
    (found,) = problems("line one\n{% if profile.x %}")
    assert found.code == "template.syntax"


def test_a_file_that_is_no_text_is_told() -> None:
    (found,) = Source("hi/sms.txt", b"\xff\xfe\x00", 1).problems
    assert "UTF-8" in found.message


def test_a_byte_order_mark_does_no_harm() -> None:
    assert Source("hi/sms.txt", b"\xef\xbb\xbf{% block body %}x{% endblock %}", 1).tree is not None
