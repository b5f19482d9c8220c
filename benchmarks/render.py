"""What it costs to render a message: ours beside what people write by hand. `python -m benchmarks.render [--json]`

    usual     Jinja2's sandbox with strict undefined values, gettext, and Babel called for every value
    lean      plain Jinja2, with formatters that remember what they have written
    ours      the template's compiled program; `whole` is all of `Renderer.render`, limits and derived text included
    by hand   an f-string: as fast as Python can be

The cases take turns, round by round; what counts are medians, and ratios within a run. All print the same text.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_currency
from jinja2 import Environment, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import escape

from orchestrator.blueprint import Market
from orchestrator.content.catalogs import Catalog, String, read_catalogs
from orchestrator.content.formats import Formats
from orchestrator.content.library import Library
from orchestrator.content.locales import formatting
from orchestrator.content.render import Renderer
from orchestrator.content.templates import Templates

ROUNDS, ROUND_SECONDS = 21, 0.02
LOCALE, REGION, CURRENCY = "de", "de_DE", "EUR"

SMS = (
    "{% trans name=profile.first_name %}Hello {{ name }},{% endtrans %} "
    "{% trans n=moment.data.tracks %}{{ n }} song waits for you{% pluralize n %}{{ n }} songs wait for you{% endtrans %}. "
    "{% if profile.balance %}{{ _('Your balance:') }} {{ profile.balance|money }}. {% endif %}"
    "{{ _('Until') }} {{ moment.data.until|datetime }}. {{ market.terms.site }}/p/{{ profile.id }}"
)
FILLING = '<tr><td style="padding:12px 36px;font-family:Arial,sans-serif;font-size:15px;line-height:1.6">{}</td></tr>\n'
EMAIL = (
    '<!doctype html><html lang="de" dir="ltr"><head><meta charset="utf-8"><title>Kairos</title></head><body>\n'
    '<table role="presentation" width="100%" style="max-width:560px;margin:0 auto;background-color:#ffffff">\n'
    + FILLING.format("{% trans name=profile.first_name %}Hello {{ name }},{% endtrans %}")
    + FILLING.format("{{ _('This is what we found for you this week.') }}") * 6
    + "{% for item in moment.data.goods %}"
    + FILLING.format(
        '<a href="{{ market.terms.site }}/i/{{ item.id }}" style="color:#0b6b5d">{{ item.title }}</a> {{ item.price|money }}'
        "{% if item.note %} <em>{{ item.note }}</em>{% endif %}"
    )
    + "{% endfor %}"
    + FILLING.format(
        "{{ _('Your balance:') }} {{ profile.balance|money }}, {{ _('Until') }} {{ moment.data.until|datetime }}"
    )
    + FILLING.format(
        "{% trans n=moment.data.tracks %}{{ n }} song waits for you{% pluralize n %}{{ n }} songs wait for you{% endtrans %}."
    )
    + FILLING.format("{{ _('You get this message because you have an account with us.') }}") * 12
    + "</table>\n</body></html>"
)
PO = {
    "Hello %(name)s,": ["Hallo %(name)s,"],
    "Your balance:": ["Dein Guthaben:"],
    "Until": ["Bis"],
    "This is what we found for you this week.": ["Das haben wir diese Woche für dich gefunden."],
    "You get this message because you have an account with us.": [
        "Du bekommst diese Nachricht, weil du ein Konto hast."
    ],
    "%(n)s song waits for you": ["%(n)s Song wartet auf dich", "%(n)s Songs warten auf dich"],
}
PLURALS = {"%(n)s song waits for you": "%(n)s songs wait for you"}
MARKET = Market("DE", "DE", (LOCALE,), CURRENCY, ("UTC",), ("email", "sms"), {}, {"site": "https://example.com"})

Values = Mapping[str, Any]
Case = Callable[[Values], str]


def people(number: int = 64) -> list[Values]:
    """Sample values; names, amounts and instants differ from person to person."""
    return [_person(each) for each in range(number)]


def _person(n: int) -> Values:
    goods = [
        {"id": f"i{n}-{k}", "title": f"Stück {k} & mehr", "price": 10 + n + k, "note": "neu" if k == 2 else None}
        for k in range(5)
    ]
    until = datetime(2026, 3, 1 + n % 28, n % 24, 30, tzinfo=UTC)
    return {
        "profile": {"id": f"u{n}", "first_name": f"Anna{n}", "balance": 5 + n},
        "moment": {"data": {"tracks": 1 + n % 7, "until": until, "goods": goods}},
        "market": {"terms": MARKET.terms},
        "campaign": {},
        "links": {},
    }


def catalog() -> Mapping[str, Catalog]:
    """The German catalog, as if read from a file."""
    header = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    )
    found, problems = read_catalogs(
        {f"locales/{LOCALE}/LC_MESSAGES/messages.po": (header + "".join(map(_entry, PO))).encode()}
    )
    assert not problems, problems
    return found


def _entry(msgid: str) -> str:
    if msgid not in PLURALS:
        return f'\nmsgid "{msgid}"\nmsgstr "{PO[msgid][0]}"\n'
    forms = "".join(f'msgstr[{place}] "{form}"\n' for place, form in enumerate(PO[msgid]))
    return f'\nmsgid "{msgid}"\nmsgid_plural "{PLURALS[msgid]}"\n{forms}'


# -- the cases


def usual(source: str, html: bool) -> Case:
    """What a careful author writes today."""
    environment = SandboxedEnvironment(autoescape=html, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"])
    return _jinja(environment, source, _money, _datetime)


def lean(source: str, html: bool) -> Case:
    """The same without sandbox and strictness, with formatters that remember."""
    environment = Environment(autoescape=html, extensions=["jinja2.ext.i18n"])
    return _jinja(environment, source, lru_cache(4096)(_money), lru_cache(4096)(_datetime))


def _jinja(environment: Environment, source: str, money: Callable[[Any], str], instant: Callable[[Any], str]) -> Case:
    german = catalog()[LOCALE]
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: german.singular(String(text)),
        lambda text, plural, number: german.forms(String(text, plural))[german.plural_index(number)],
        newstyle=True,
    )
    environment.filters |= {"money": money, "datetime": instant}
    template = environment.from_string(source)
    return template.render


def _money(value: Any) -> str:
    return str(format_currency(value, CURRENCY, locale=REGION))


def _datetime(value: Any) -> str:
    return str(format_datetime(value, "dd.MM.y, HH:mm", locale=REGION))


def ours() -> tuple[Renderer, Case, Case]:
    """The renderer, and the programs of the two messages as it compiles them."""
    files = {
        "templates/digest/sms.txt": f"{{% block body %}}{SMS}{{% endblock %}}".encode(),
        "templates/digest/email.html": f"{{% block subject %}}x{{% endblock %}}{{% block html %}}{EMAIL}{{% endblock %}}".encode(),
    }
    templates = Templates(files, [MARKET.name])
    library = Library(templates, catalog(), LOCALE)
    formats = Formats(formatting(LOCALE, None, MARKET.territory), MARKET.currency, UTC)

    def program(channel: str, field: str) -> Case:
        run = library.message("digest", channel, MARKET.name, LOCALE).programs[field]
        return lambda values: run(values, formats)

    return Renderer(templates, catalog(), "en"), program("sms", "body"), program("email", "html")


def whole(renderer: Renderer, channel: str, field: str) -> Case:
    """All of what the engine does to render."""

    def case(values: Values) -> str:
        content = renderer.render("digest", channel, MARKET, LOCALE, None, UTC, values)
        return str(content.fields[field])

    return case


def by_hand_sms(values: Values) -> str:
    """The text message as one f-string."""
    profile, data = values["profile"], values["moment"]["data"]
    songs = "Song wartet" if data["tracks"] == 1 else "Songs warten"
    balance = f"Dein Guthaben: {_kept_money(profile['balance'])}. " if profile["balance"] else ""
    return (
        f"Hallo {profile['first_name']}, {data['tracks']} {songs} auf dich. {balance}"
        f"Bis {_kept_datetime(data['until'])}. {values['market']['terms']['site']}/p/{profile['id']}"
    )


def by_hand_email(values: Values) -> str:
    """The mail as f-strings, escaped as it must be."""
    profile, data, site = values["profile"], values["moment"]["data"], values["market"]["terms"]["site"]
    songs = "Song wartet" if data["tracks"] == 1 else "Songs warten"
    items = "".join([_by_hand_item(item, escape(site)) for item in data["goods"]])
    return (
        f"{_HEAD}{escape(profile['first_name'])}{_AFTER_NAME}{items}{_BEFORE_BALANCE}{_kept_money(profile['balance'])}, "
        f"Bis {_kept_datetime(data['until'])}{_BEFORE_COUNT}{data['tracks']} {songs} auf dich.{_TAIL}"
    )


def _by_hand_item(item: Values, site: str) -> str:
    note = f" <em>{escape(item['note'])}</em>" if item["note"] else ""
    link = f'<a href="{site}/i/{escape(item["id"])}" style="color:#0b6b5d">{escape(item["title"])}</a>'
    return f"{_OPEN}{link} {_kept_money(item['price'])}{note}{_CLOSE}"


_OPEN, _CLOSE = FILLING.split("{}")
_FOUND = f"{_OPEN}{PO['This is what we found for you this week.'][0]}{_CLOSE}" * 6
_ACCOUNT = f"{_OPEN}{PO['You get this message because you have an account with us.'][0]}{_CLOSE}" * 12
_HEAD = EMAIL[: EMAIL.index("{%")] + "Hallo "
_AFTER_NAME = f",{_CLOSE}{_FOUND}"
_BEFORE_BALANCE = f"{_OPEN}Dein Guthaben: "
_BEFORE_COUNT = f"{_CLOSE}{_OPEN}"
_TAIL = f"{_CLOSE}{_ACCOUNT}</table>\n</body></html>"
_kept_money, _kept_datetime = lru_cache(4096)(_money), lru_cache(4096)(_datetime)


# -- measuring


def measured(cases: Mapping[str, Case], values: list[Values], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Microseconds per message, for each case a figure per round."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            times[name].append(_once(case, values))
    return times


def _once(case: Case, values: list[Values]) -> float:
    start = time.process_time()
    for times in count(1):
        for each in values:
            case(each)
        elapsed = time.process_time() - start
        if elapsed >= ROUND_SECONDS:
            return elapsed / (times * len(values)) * 1e6
    raise AssertionError


def report(rounds: int = ROUNDS) -> dict[str, dict[str, dict[str, float]]]:
    """For each message and case: microseconds, and how many times faster than what is usual."""
    values = people()
    renderer, sms, email = ours()
    found = {}
    for name, source, html, program, channel, field, by_hand in (
        ("sms", SMS, False, sms, "sms", "body", by_hand_sms),
        ("email", EMAIL, True, email, "email", "html", by_hand_email),
    ):
        cases = {"usual": usual(source, html), "lean": lean(source, html), "ours": program, "by hand": by_hand}
        _agree(cases, values)
        times = measured({**cases, "whole": whole(renderer, channel, field)}, values, rounds)
        found[name] = {case: _figures(times[case], times["usual"]) for case in times}
    return found


def _agree(cases: Mapping[str, Case], values: list[Values]) -> None:
    for each in values:
        texts = {str(case(each)) for case in cases.values()}
        assert len(texts) == 1, "\n\n".join(sorted(texts))


def _figures(times: list[float], usual: list[float]) -> dict[str, float]:
    ratios = [base / each for base, each in zip(usual, times, strict=True)]
    return {"us": round(statistics.median(times), 2), "times": round(statistics.median(ratios), 1)}


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description="The cost of rendering a message.")
    options.add_argument("--json", action="store_true", help="print JSON on stdout, and nothing else")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args()
    found = report(given.rounds)
    if given.json:
        print(json.dumps(found))
        return
    for message, cases in found.items():
        print(f"{message:12}{'us':>10}{'x usual':>10}")
        for case, figures in cases.items():
            print(f"  {case:10}{figures['us']:>10.2f}{figures['times']:>10.1f}")


if __name__ == "__main__":
    main()
