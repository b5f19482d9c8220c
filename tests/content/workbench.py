"""Small workspaces for tests: a template, perhaps a catalog, one person's values, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orchestrator.blueprint import Market
from orchestrator.blueprint.problems import Problem
from orchestrator.content.catalogs import read_catalogs
from orchestrator.content.render import ContentRefused, Renderer
from orchestrator.content.templates import Templates
from orchestrator.model import Content

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "pl": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    "ja": "nplurals=1; plural=0;",
}
FORMS = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"


def market(name: str = "US", **changes: Any) -> Market:
    """A market; every channel, no consent needed."""
    given: dict[str, Any] = {
        "territory": name, "locales": ("en",), "currency": "USD", "timezones": ("UTC",),
        "channels": ("email", "sms", "whatsapp", "push"), "consent": {},
    }  # fmt: skip
    return Market(name, **{**given, **changes})


def po(locale: str, entries: str) -> dict[str, bytes]:
    """A catalog's file with a header; `entries` is PO text."""
    header = f"Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: {PLURALS.get(locale, FORMS)}\\n"
    text = f'msgid ""\nmsgstr "{header}"\n\n{entries}'
    return {f"locales/{locale}/LC_MESSAGES/messages.po": text.encode()}


def renderer(files: Mapping[str, str], catalogs: Mapping[str, bytes] | None = None, **options: Any) -> Renderer:
    """A renderer of template files, named below `templates/`."""
    source, markets = options.pop("source", "en"), options.pop("markets", ("US", "TH"))
    found, problems = read_catalogs(catalogs or {})
    assert not problems, problems
    templates = Templates({f"templates/{path}": text.encode() for path, text in files.items()}, markets)
    return Renderer(templates, found, source, **options)


def values(**given: Any) -> dict[str, Any]:
    """What a template sees; `data` is the moment's."""
    data = given.pop("data", {})
    empty: dict[str, Any] = {"profile": {}, "market": {"terms": {}}, "campaign": {}, "links": {}}
    return {**empty, "moment": {"at": NOW, "data": data}, **given}


def render(
    made: Renderer, channel: str = "sms", *, locale: str = "en", where: Market | None = None, **given: Any
) -> Content:
    """The content of the tactic `hi`."""
    marketing = given.pop("marketing", False)
    place = where or market()
    return made.render("hi", channel, place, locale, None, UTC, values(**given), marketing=marketing)


def sms(body: str, *, catalogs: Mapping[str, bytes] | None = None, locale: str = "en", **given: Any) -> str:
    """The text that a body prints."""
    made = renderer({"hi/sms.txt": f"{{% block body %}}{body}{{% endblock %}}"}, catalogs)
    return str(render(made, locale=locale, **given).fields["body"])


def html(source: str, *, catalogs: Mapping[str, bytes] | None = None, locale: str = "en", **given: Any) -> str:
    """The words between `<body>` and `</body>` that an HTML block prints."""
    made = renderer(
        {"hi/email.html": f"{{% block subject %}}x{{% endblock %}}{{% block html %}}{source}{{% endblock %}}"}, catalogs
    )
    text = str(render(made, "email", locale=locale, **given).fields["html"])
    return text.partition("<body>")[2].partition("</body>")[0]


def refusal(body: str, **given: Any) -> tuple[str, str]:
    """The code and the detail with which a text message is refused."""
    try:
        found = sms(body, **given)
    except ContentRefused as refused:
        return refused.code, refused.detail
    raise AssertionError(f"not refused: {found!r}")


def problems(body: str, path: str = "hi/sms.txt", **files: str) -> tuple[Problem, ...]:
    """What is wrong with a body; more files by keyword, `__` for `/` and `_` kept."""
    others = {name.replace("__", "/") + ".txt": text for name, text in files.items()}
    return renderer({path: f"{{% block body %}}{body}{{% endblock %}}", **others}).problems()
