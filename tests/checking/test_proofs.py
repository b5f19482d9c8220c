"""What is tried is what is sent: the same values, the same renderer, and all that is different is tried anew."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest

from orchestrator import consents
from orchestrator.blueprint import load
from orchestrator.blueprint.sources import Sources
from orchestrator.blueprint.types import TYPES, TypeName, check_value
from orchestrator.checking import check
from orchestrator.checking.cases import Case, cases
from orchestrator.checking.memory import Memory
from orchestrator.checking.rendering import CONFIRMATION, render
from orchestrator.checking.subject import Message, Subject
from orchestrator.compose import Ask, compose
from orchestrator.content.catalogs import read_catalogs
from orchestrator.content.render import Renderer
from orchestrator.content.templates import Templates
from orchestrator.material import Material, renderer_of
from orchestrator.model import Content, Facts, Known, Moment, Profile
from orchestrator.samples import Shape, boundaries, value
from tests.checking.examples import EMAIL_FILE, EXAMPLES, PO, SMS_FILE, WORKSPACE, changed
from tests.starter.workspace import files

SECONDS = 4.0


def subject(contents: Mapping[str, bytes]) -> Subject:
    """A workspace, ready to be checked."""
    workspace = load(contents).workspace
    assert workspace is not None
    templates, catalogs = Templates(contents, workspace.markets), read_catalogs(contents)[0]
    return Subject(
        Sources(contents), workspace, templates, catalogs, renderer_of(workspace, templates, catalogs), Memory()
    )


def small() -> Subject:
    """The workspace of the examples."""
    return subject({name: text.encode() for name, text in WORKSPACE.items()})


def shape_of(values: Any) -> Any:
    """Nested names."""
    return {key: shape_of(inner) for key, inner in values.items()} if isinstance(values, Mapping) else None


def sent(about: Subject, message: Message, case: Case) -> Content | None:
    """What the door makes of the values of a case."""
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    known = {name: Known(given, now) for name, given in {"points": 2, **case.below("profile")}.items()}
    market, locale = message.cases[0]
    person = Profile("u1", market.name, locale, market.timezones[0], {"sms": ("+4915112345678",)}, known)
    moment = Moment("m1", "order.shipped", "u1", now, case.below("moment", "data"))
    material = Material(about.workspace, about.renderer, b"secret")
    return compose([Ask(moment, message.campaign)], {"u1": Facts(person)}, material, now)[0].content


def test_a_template_sees_the_same_names_when_it_is_tried_and_when_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is tried that is not there later, and nothing is there later that was not tried."""
    seen: list[Mapping[str, Any]] = []
    original = Renderer.render

    def watched(self: Renderer, *args: Any, **kwargs: Any) -> Any:
        seen.append(args[6])
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Renderer, "render", watched)
    about = small()
    message = about.messages[0]
    (market, locale), case = message.cases[0], cases(about, message)[0]
    tried = render(about, message, market, locale, case)
    assert sent(about, message, case) == tried
    names = [{**values, "profile": {"points": 2, **values["profile"]}} for values in seen]
    assert shape_of(names[0]) == shape_of(names[1])


@pytest.mark.parametrize("track", ["", ", track: [sms]"])
def test_links_are_measured_as_long_as_they_are_sent(track: str) -> None:
    """Those to our own pages, and those that are made short where clicks are counted."""
    line = "{{ links.preferences }} https://example.org/{{ moment.data.order_id }}"
    base = ("kairos.yaml", 'base: "https://example.com"', f'base: "https://go.example.com"{track}')
    written = changed((base, (SMS_FILE, "{% block body -%}", f"{{% block body -%}}{line}\n")))
    about = subject(written)
    message = about.messages[0]
    case = cases(about, message)[0]
    tried, content = render(about, message, *message.cases[0], case), sent(about, message, case)
    assert content is not None
    assert content.sms == tried.sms
    assert ("https://go.example.com/l/" in tried.fields["body"]) is bool(track)


def test_a_confirmation_s_link_is_as_long_as_one_that_is_sent() -> None:
    assert len(CONFIRMATION) == len(secrets.token_hex(consents.ID))


@pytest.mark.parametrize(
    ("line", "untracked", "tracked"),
    [
        ("https://example.org/" + "x" * 200, ["content.too_long"], []),
        ("https://a.co" + " x" * 22, [], ["content.too_long"]),
    ],
)
def test_short_links_make_a_text_shorter_or_longer(line: str, untracked: list[str], tracked: list[str]) -> None:
    one_part = ("kairos.yaml", "max_segments: 2", "max_segments: 1")
    text = (SMS_FILE, "{% block body -%}", f"{{% block body -%}}{line}\n")
    memory = Memory()
    for track, codes in (("", untracked), (", track: [sms]", tracked)):
        base = ("kairos.yaml", 'base: "https://example.com"', f'base: "https://links.shop.example.com"{track}')
        assert [problem.code for problem in check(changed((one_part, text, base)), {}, memory)] == codes


@pytest.mark.parametrize(
    "code", ["content.error", "catalog.placeholder", "data.optional", "term.never", "template.syntax"]
)
def test_what_was_proved_before_changes_nothing(code: str) -> None:
    """With a memory of another state of the workspace, the same is found as without any."""
    memory = Memory()
    check({name: text.encode() for name, text in WORKSPACE.items()}, {}, memory)
    assert check(changed(EXAMPLES[code]), {}, memory) == check(changed(EXAMPLES[code]), {})
    assert check({name: text.encode() for name, text in WORKSPACE.items()}, {}, memory) == ()


def test_only_what_has_changed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A string of the mail: the mail in that language."""
    memory, tried = Memory(), []
    check({name: text.encode() for name, text in WORKSPACE.items()}, {}, memory)
    original = Renderer.render

    def watched(self: Renderer, *args: Any, **kwargs: Any) -> Any:
        tried.append((args[1], args[3]))
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Renderer, "render", watched)
    assert check(changed(((PO, "Unterwegs", "Auf dem Weg"),)), {}, memory) == ()
    assert set(tried) == {("email", "de")}


def test_cases_have_everything_at_its_boundaries() -> None:
    """All there, only what must be there, and each value in turn."""
    about = small()
    mail = next(message for message in about.messages if message.channel == "email")
    made = cases(about, mail)
    whole, least = made[0].values, made[1].values
    assert set(whole) == {("moment", "data", "eta"), ("profile", "points")}
    assert set(least) == {("profile", "points")}
    assert {case.values["profile", "points"] for case in made} >= {0, 1, 2, 5, 11, 21, 100, 1_000_000}


def test_items_have_the_parts_that_templates_read() -> None:
    """Nobody declares what is in a list, so it is read from the templates."""
    line = "{% for line in moment.data.lines|default([]) %}{{ line.count|number }} {{ line.title }}{% endfor %}"
    changes = (
        ("kairos.yaml", "total: money", "total: money, lines: list"),
        (EMAIL_FILE, "<p>{% trans", f"{line}<p>{{% trans"),
    )
    about = subject(changed(changes))
    mail = next(message for message in about.messages if message.channel == "email")
    lines = cases(about, mail)[0].values["moment", "data", "lines"]
    assert [set(line) for line in lines] == [{"count", "title"}] * 3
    assert isinstance(lines[0]["count"], int)


@pytest.mark.parametrize("type_", TYPES)
def test_samples_are_of_their_type(type_: TypeName) -> None:
    """Those that are likely, and those that are not."""
    shape = Shape(frozenset({"each"}), ("x", 3), {"a": Shape()}, Shape(parts={"b": Shape(frozenset({"number"}))}))
    for sample in (value("first_name", type_), *boundaries(type_), *boundaries(type_, shape)):
        assert check_value(type_, sample) is None


@pytest.mark.slow
def test_the_starter_is_checked_in_seconds() -> None:
    """Eight campaigns, ten markets, ten locales; measured in this process's own time."""
    contents = files()
    began = process_time()
    check(contents, {})
    assert process_time() - began < SECONDS
