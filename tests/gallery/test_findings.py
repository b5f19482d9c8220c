"""Each problem is shown beside the messages that it concerns, and no others."""

from __future__ import annotations

import pytest

from orchestrator.blueprint import Problem
from orchestrator.gallery.findings import Findings
from orchestrator.gallery.scenes import Scene
from tests.gallery.test_scenes import stage
from tests.translation.shop import FILES, files

GERMAN = "locales/de/LC_MESSAGES/messages.po"
BYE = FILES[GERMAN].splitlines().index('msgstr "Tschüss"') + 1


def concerned(file: str, line: int = 1) -> set[tuple[str, str, str]]:
    """The messages beside which a problem in a file is shown."""
    findings = Findings([Problem(file, line, 1, "warning", "some.code", "Look.")], files(), stage())
    places = [(c, m, locale) for c in ("email", "sms") for m, locale in (("GB", "en"), ("DE", "de"), ("DE", "en"))]
    return {(c, m, locale) for c, m, locale in places if findings.of(Scene("shipped", c, locale, m, "known"))}


EMAIL = {("email", "GB", "en"), ("email", "DE", "de"), ("email", "DE", "en")}
SMS = {("sms", "GB", "en"), ("sms", "DE", "de"), ("sms", "DE", "en")}


@pytest.mark.parametrize(
    ("file", "line", "expected"),
    [
        ("campaigns/shipped.yaml", 1, EMAIL | SMS),
        ("templates/shipped/sms.txt", 1, SMS),
        ("templates/_layouts/mail.html", 1, EMAIL),
        ("templates/shipped/email@DE.html", 2, {("email", "DE", "de"), ("email", "DE", "en")}),
        ("templates/other/email.html", 1, set()),
        (GERMAN, BYE, {("email", "DE", "de")}),
        (GERMAN, 2, {("email", "DE", "de"), ("sms", "DE", "de")}),
        ("markets.yaml", 1, set()),
    ],
    ids=["blueprint", "template", "layout", "variation", "another tactic", "string", "header", "market"],
)
def test_a_problem_concerns_what_its_file_is_part_of(file: str, line: int, expected: set[tuple[str, str, str]]) -> None:
    assert concerned(file, line) == expected


def test_where_files_do_not_fit_together_those_are_shown_that_may_be_to_blame() -> None:
    broken = {"mail": "{% block html %}"}
    problem = Problem("templates/_layouts/mail.html", 1, 1, "error", "template.syntax", "Look.")
    findings = Findings([problem], files(**broken), stage(**broken))
    assert findings.of(Scene("shipped", "email", "en", "GB", "known")) == (problem,)
    assert findings.of(Scene("shipped", "sms", "en", "GB", "known")) == ()
