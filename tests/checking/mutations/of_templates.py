"""Mistakes in templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from tests.checking.mutations.texts import Files, Kind, Mutation, line_at, matches, misspelt, replaced, texts

TRANS = re.compile(r"\{%-? trans\b.*?endtrans -?%\}", re.DOTALL)
TAG = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
OPTIONAL = r"moment\.data\.(?:eta|lines|total|artists|agent and moment\.data\.answer_by|order_id)|profile\.last_name"
DANGEROUS = (
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
    "{{ profile['__class__'] }}",
    "{{ [profile]|map(attribute='__class__')|list }}",
    "{{ [profile]|sum(attribute='__class__') }}",
    "{{ profile.update({}) }}",
    "{{ 'a' * 10 ** 10 }}",
    "{{ 'a' * 10000000 }}",
    "{{ '%9999999999d' % 1 }}",
    "{% for a in range(100000000) %}{{ a }}{% endfor %}",
    "{{ 'x'|center(99999999) }}",
    "{% autoescape false %}{{ profile.first_name }}{% endautoescape %}",
    "{{ market.name|safe }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ namespace(x=1) }}",
    "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% include market.name %}",
    "{% include 'welcome/nowhere.html' %}",
    "{% import 'welcome/nowhere.html' as n %}",
    "{{ range(0, 10, 0) }}",
    "{{ _(market.name) }}",
    "{{ [1]|map('attr', 'real')|list }}",
)
UNSAFE_HTML = (
    "<a href={{ market.terms.site }}>x</a>",
    '<p style="color: {{ market.name }}">x</p>',
    '<p onclick="go({{ market.name }})">x</p>',
    "<script>{{ market.name }}</script>",
    "<style>p { color: {{ market.name }}; }</style>",
    "<{{ market.name }}>",
    '<p {{ market.name }}="x">',
    '<a href="javascript:{{ market.name }}">x</a>',
    '<a href="java{{ market.name }}">x</a>',
    '{% if market.name == "US" %}<a href="{% endif %}',
)
WRONG_KIND = (
    "{{ market.name|money }}",
    "{{ market.locales }}",
    "{{ market.terms }}",
    "{% for a in market.name|length %}{{ a }}{% endfor %}",
    "{{ campaign.name|number }}",
    "{{ moment.at|money }}",
    "{{ market.name|date }}",
    "{{ campaign.name - 1 }}",
    "{{ moment.at|list }}",
    "{% trans n=market.name %}{{ n }} a{% pluralize n %}{{ n }} b{% endtrans %}",
    "{{ moment.at|date('fuul') }}",
    "{{ 3|unit('kilometre-ish') }}",
    "{{ moment.data }}",
    "{{ 'a'|round }}",
    "{{ market.name|list }}",
    "{{ market.locales|number }}",
    "{{ links }}",
    "{{ market.name|percent }}",
)

BROKEN_BRANCHES = (
    "{% if profile.points and profile.points > 99 %}{{ moment.at|date('fuul') }}{% endif %}",
    "{% if profile.points is defined %}{{ 100 / profile.points }}{% endif %}",
    "{{ 7 % (profile.weekly_minutes|default(7)) }}",
    "{% if not profile.first_name %}{{ profile.first_name }}{% endif %}",
    "{% if profile.points == 7 %}{{ 3|unit('kilometre-ish') }}{% endif %}",
    "{% for each in profile.interests|default([]) %}{{ each|number }}{% endfor %}",
    "{% if profile.balance %}{{ profile.balance }}{% else %}0{% endif %}",
    "{% if profile.interests %}{% for each in profile.interests|length %}{{ each }}{% endfor %}{% endif %}",
    "{% if market.territory == 'JP' %}{{ moment.at|time('fuul') }}{% endif %}",
    "{% if moment.data.never %}{{ moment.data.never }}{% endif %}",
    "{% if 1 > 2 %}{{ profile.nickname }}{% endif %}",
    "{% if profile.tenure_days is defined %}{% trans n=profile.tenure_days / 0 %}{{ n }} day{% pluralize n %}{{ n }} days{% endtrans %}{% endif %}",
)
"""What fails for some people only."""
TOO_LONG = {"sms.txt": 40, "whatsapp.txt": 80, "push.txt": 320}
"""How often a sentence has to be said for the channel not to take it."""


def extent(text: str, offset: int) -> range:
    """The lines of the construct around a place: a {% trans %} with its text, or a tag."""
    for pattern in (TRANS, TAG):
        for found in pattern.finditer(text):
            if found.start() <= offset < found.end():
                return range(line_at(text, found.start()), line_at(text, found.end()) + 1)
    return range(line_at(text, offset), line_at(text, offset) + 1)


def in_tags(text: str, pattern: str, group: int | str = 0) -> Iterator[tuple[int, int, str]]:
    """Matches inside of tags that are no comments."""
    for start, stop, found in matches(pattern, text, group):
        inside = [tag for tag in TAG.finditer(text) if tag.start() <= start < tag.end()]
        if inside and not inside[0].group().startswith("{#"):
            yield start, stop, found


def misspellings(pattern: str, files: Files, random: Random, group: int | str = 1) -> Iterator[Mutation]:
    """Every match of a pattern with a slip of the pen."""
    for file, text in texts(files, "templates/"):
        there = set(re.findall(r"\w+", text))
        for start, stop, word in in_tags(text, pattern, group):
            yield replaced(file, text, start, stop, misspelt(word, random, there), extent(text, start))


def misspelt_root(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"\b(profile|moment|market|links)\.", files, random)


def misspelt_attribute(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"\bprofile\.(\w+)", files, random)


def misspelt_field(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"\bmoment\.data\.(\w+)", files, random)


def misspelt_data(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"\b(?:moment|market)\.(data|terms)", files, random)


def misspelt_term(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"\bmarket\.terms\.(\w+)", files, random)


def misspelt_link(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"\blinks\.(\w+)", files, random)


def misspelt_filter(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"\|(\w+)", files, random)


def misspelt_statement(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"\{%-? (if|else|elif|endif|for|endfor|trans|endtrans|block|extends)\b", files, random)


def misspelt_function(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"(?<!\w)(pgettext|super)\(", files, random)


def misspelt_block(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"\{%-? block (\w+)", files, random)


def misspelt_file(files: Files, random: Random) -> Iterator[Mutation]:
    yield from misspellings(r"extends \"(?:\w+/)?(\w+)\.", files, random)


def misspelt_placeholder(files: Files, random: Random) -> Iterator[Mutation]:
    """A name in the text of a {% trans %} that its head does not give."""
    for file, text in texts(files, "templates/"):
        for block in TRANS.finditer(text):
            for start, stop, name in matches(r"\{\{ (\w+) \}\}", block.group(), 1):
                at = block.start() + start
                slip = misspelt(name, random, set(re.findall(r"\w+", text)))
                yield replaced(file, text, at, at + stop - start, slip, extent(text, at))


def changed_text(files: Files, random: Random) -> Iterator[Mutation]:
    """A text that no translator has seen."""
    for file, text in texts(files, "templates/"):
        for start, stop, word in in_tags(text, r"(?:_\(|, )'([^']*?\w{4,}[^']*)'\)", 1):
            yield replaced(file, text, start, stop, f"{word} Indeed.", extent(text, start))
        for block in TRANS.finditer(text):
            at = block.start() + block.group().index("%}") + 2
            yield replaced(file, text, at, at, " Indeed: ", extent(text, block.start()))


def forgotten_plural(files: Files, random: Random) -> Iterator[Mutation]:
    """A {% trans %} whose plural was taken out."""
    for file, text in texts(files, "templates/"):
        for block in TRANS.finditer(text):
            for start, stop, _ in matches(r"\{%-? pluralize[\s\S]*?(?=\{%-? endtrans)", block.group()):
                at = block.start() + start
                yield replaced(file, text, at, block.start() + stop, "", extent(text, block.start()))


def wrong_filter(files: Files, random: Random) -> Iterator[Mutation]:
    """A filter that is there, on a value of another kind."""
    others = {
        "money": ("date", "list"),
        "date": ("money", "number"),
        "list": ("number", "date"),
        "length": ("money",),
        "number": ("date", "list"),
    }
    for file, text in texts(files, "templates/"):
        for start, stop, name in in_tags(text, r"(?:profile|moment\.data)\.\w+\|(\w+)", 1):
            for other in others.get(name, ()):
                yield replaced(file, text, start, stop, other, extent(text, start))


def wrong_value(files: Files, random: Random) -> Iterator[Mutation]:
    """Something that cannot be used as it is used, in a line of its own."""
    yield from _inserted(files, random, WRONG_KIND)


def dangerous(files: Files, random: Random) -> Iterator[Mutation]:
    """What must never run."""
    yield from _inserted(files, random, DANGEROUS)


def unsafe_html(files: Files, random: Random) -> Iterator[Mutation]:
    """Values where no escaping makes them safe."""
    for file, text in texts(files, "templates/", ".html"):
        for start, _, _ in matches(r"^ *<p", text):
            for piece in UNSAFE_HTML:
                line = line_at(text, start)
                yield replaced(file, text, start, start, f"{piece}\n", (line, line + 1))


def _inserted(files: Files, random: Random, pieces: tuple[str, ...]) -> Iterator[Mutation]:
    """Each piece at the beginning of a field of each file; the gaps of a layout are filled by others."""
    for file, text in texts(files, "templates/"):
        gaps = "" if file.startswith("templates/_") else "|message|content|title|subject"
        for _, stop, _ in matches(rf"\{{% block (?:body{gaps})\b[^%]*%\}}", text):
            for piece in pieces:
                yield replaced(file, text, stop, stop, f"\n{piece}\n", [line_at(text, stop) + 1])


def forgotten_guard(files: Files, random: Random) -> Iterator[Mutation]:
    """A value that may be missing, with nothing said for when it is."""
    for file, text in texts(files, "templates/"):
        for found in re.finditer(rf"\{{%-? if ({OPTIONAL}) ", text):
            used = _uses(text, found)
            if used:
                yield replaced(
                    file, text, *found.span(1), "true", [found.string.count("\n", 0, found.start()) + 1, *used]
                )


def _uses(text: str, guard: re.Match[str]) -> list[int]:
    """The lines behind a guard that use what it guards, up to its end."""
    names = [part.strip() for part in guard[1].split(" and ")]
    stop = re.compile(r"\{%-? (?:else|endif)").search(text, guard.end())
    end = stop.start() if stop else len(text)
    return [
        line
        for name in names
        for start, _, _ in matches(re.escape(name), text)
        if guard.end() <= start < end
        for line in extent(text, start)
    ]


def forgotten_greeting(files: Files, random: Random) -> Iterator[Mutation]:
    """A name that is used whether it is known or not."""
    for file, text in texts(files, "templates/"):
        for start, stop, _ in matches(r"\|greeting\(.*?\)\)", text):
            yield replaced(file, text, start, stop, "", extent(text, start))


def unguarded(files: Files, random: Random) -> Iterator[Mutation]:
    """A value that may be missing, used once more."""
    values = {
        "order_shipped": ("moment.data.eta|date", "moment.data.total|money", "moment.data.lines|length"),
        "service_recovery": ("moment.data.agent", "moment.data.answer_by|date", "moment.data.order_id"),
        "day3_playlist": ("moment.data.artists|list", "profile.first_name", "profile.points|number"),
        "welcome": ("profile.first_name", "profile.favourite_artist", "links.unsubscribe", "market.terms.imprint"),
        "monday_mix": ("profile.first_name|upper", "profile.balance|money", "market.terms.stop"),
        "loyalty_balance": ("profile.last_name", "profile.weekly_minutes|number", "market.terms.tyres"),
        "weekly_digest": ("profile.interests|list", "profile.points|number", "market.terms.stop"),
        "tyres_inspected": ("profile.first_name", "market.terms.imprint", "links.unsubscribe"),
    }
    for file, text in texts(files, "templates/"):
        for value in values.get(file.split("/")[1], ()):
            for _, stop, _ in matches(r"\{% block (?:body|message|content|title|subject)\b[^%]*%\}", text):
                yield replaced(file, text, stop, stop, f"\n{{{{ {value} }}}}\n", [line_at(text, stop) + 1])


def unclosed(files: Files, random: Random) -> Iterator[Mutation]:
    """A tag without its end, or a block without its own: that shows where something else ends, or the file."""
    for file, text in texts(files, "templates/"):
        for start, stop, _ in in_tags(text, r"[%}]\}"):
            ends = re.compile(r"\{%-? end|\Z").search(text, stop)
            yield replaced(
                file,
                text,
                start,
                stop,
                "",
                range(line_at(text, start), line_at(text, ends.end() if ends else stop) + 1),
            )
        for start, stop, _ in matches(r"\{%-? end(?:if|for|block|trans) -?%\}", text):
            yield replaced(file, text, start, stop, "", range(line_at(text, start), text.count("\n") + 2))


def wrong_scheme(files: Files, random: Random) -> Iterator[Mutation]:
    """A link that leads nowhere."""
    for file, text in texts(files, "templates/", ".html"):
        for start, stop, _ in matches(r'href="(\{\{[^"]*\}\}[^"]*)"', text, 1):
            for scheme in (
                "javascript:alert(1)",
                "htps://example.com",
                "data:text/html,x",
                "vbscript:x",
                "htttp://example.com/",
            ):
                yield replaced(file, text, start, stop, scheme, extent(text, start))


def repeated_block(files: Files, random: Random) -> Iterator[Mutation]:
    """A field that is written twice."""
    for file, text in texts(files, "templates/"):
        for _, _, name in matches(r"^\{% block (\w+)", text, 1):
            line = line_at(text, len(text.rstrip())) + 1
            yield replaced(
                file, text, len(text.rstrip()), len(text), f"\n{{% block {name} %}}x{{% endblock %}}\n", (line,)
            )


def stray_text(files: Files, random: Random) -> Iterator[Mutation]:
    """A sentence that stands in no field."""
    for file, text in texts(files, "templates/"):
        end = len(text.rstrip())
        if not file.startswith("templates/_"):
            yield replaced(file, text, end, len(text), "\n\n<p>Yours, Kairos</p>\n", (line_at(text, end) + 2,))


def broken_branch(files: Files, random: Random) -> Iterator[Mutation]:
    """A branch in which nothing can be said."""
    yield from _inserted(files, random, BROKEN_BRANCHES)


def too_long(files: Files, random: Random) -> Iterator[Mutation]:
    """A message that its channel does not take, or that would be paid for many times."""
    for channel, times in TOO_LONG.items():
        for file, text in texts(files, "templates/", channel):
            for start, _, _ in matches(r"\{% block (?:body|message)\b[\s\S]*?(?<!%\})(\{%-? endblock)", text, 1):
                where = extent(text, start)
                yield replaced(file, text, start, start, "Come and see. " * times, range(where.start - 1, where.stop))


def never_true(files: Files, random: Random) -> Iterator[Mutation]:
    """A comparison with what no market says."""
    yield from misspellings(r"market\.terms\.\w+ == '(\w+)'", files, random)


def lost_variable(files: Files, random: Random) -> Iterator[Mutation]:
    """A gap of an approved WhatsApp template that nothing fills."""
    for file, text, first, found in _variables(files):
        body = text.index("{% block body")
        for start, stop, _ in found:
            lines = range(line_at(text, body) - 1, text.count("\n") + 1)
            yield replaced(file, text, first + start, first + stop, "", lines)


def another_variable(files: Files, random: Random) -> Iterator[Mutation]:
    """A value that fills a gap which the approved WhatsApp template does not have."""
    for file, text, first, found in _variables(files):
        for start, _, _ in found:
            for value in ("market.name", "market.terms.address"):
                yield replaced(file, text, first + start, first + start, f"  {{{{ {value} }}}}\n")


def _variables(files: Files) -> Iterator[tuple[str, str, int, list[tuple[int, int, str]]]]:
    """Files, their texts, where the variables begin, and the line of each."""
    for file, text in texts(files, "templates/", "whatsapp.txt"):
        block = re.search(r"\{% block variables.*?endblock", text, re.DOTALL)
        if block:
            yield file, text, block.start(), list(matches(r"^  \{\{.*\n", block.group()))


KINDS: tuple[Kind, ...] = (
    misspelt_root, misspelt_attribute, misspelt_field, misspelt_data, misspelt_term, misspelt_link, misspelt_filter,
    misspelt_statement, misspelt_function, misspelt_block, misspelt_file, misspelt_placeholder, changed_text,
    forgotten_plural, wrong_filter, wrong_value, broken_branch, dangerous, unsafe_html, forgotten_guard, forgotten_greeting, unguarded,
    unclosed, wrong_scheme, repeated_block, stray_text, too_long, never_true, lost_variable, another_variable,
)  # fmt: skip
