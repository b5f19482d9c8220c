"""A workspace may choose the digits of its languages."""

from __future__ import annotations

import pytest

from tests.support import KAIROS, moment, outcomes, person, workspace

SUM = {
    "hi/email.html": "{% block subject %}{{ moment.data.n|number }}{% endblock %}{% block html %}<p>x</p>{% endblock %}"
}
MARKET = "EG: {locales: [ar], currency: EGP, timezone: UTC, consent: {email: opt-out}, quiet_hours: none}\n"
ARABIC = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


@pytest.mark.parametrize(("digits", "shown"), [("latin", "1,234"), ("native", "١٬٢٣٤")])
def test_numbers_have_the_digits_that_the_workspace_chose(digits: str, shown: str) -> None:
    """Latin ones unless it says otherwise, and the separators that belong to them."""
    files = workspace(kairos=f"{KAIROS}digits: {digits}\n", markets=MARKET, templates=SUM, locales={"ar": ARABIC})
    (line,) = outcomes(files, [person(market="EG", locale="ar-EG"), moment("2026-03-02T09:00:00Z", "m1", n=1234)])
    assert (line["locale"], line["content"]["subject"]) == ("ar", shown)
