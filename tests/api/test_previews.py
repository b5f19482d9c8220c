"""Previews over HTTP are what the command line shows."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from orchestrator.cli import program
from tests.api.conftest import Place

AT = "2026-03-02T09:00:00Z"


def test_a_preview_is_the_one_that_the_command_line_prints(still: Place) -> None:
    """For the same campaign at the same instant, byte for byte."""
    body = {"campaign": "news", "locale": "de", "at": AT}
    answer = still.client.post("/v1/preview", json=body, headers=still.key("preview"))
    options = ["--locale", "de", "--at", AT, "--workspace", str(still.app.settings.workspace), "--json"]
    printed = CliRunner().invoke(program, ["preview", "news", *options])
    assert answer.status_code == 200
    assert answer.json() == orjson.loads(printed.stdout)


def test_somebody_on_record_is_shown_what_they_would_get(place: Place) -> None:
    """And nothing has happened afterwards."""
    place.know()
    place.agree("withdrawn")
    body = {"campaign": "news", "profile": "a", "moment": {"data": {"n": 1}}}
    told = place.client.post("/v1/preview", json=body, headers=place.key("preview")).json()
    assert (told["outcome"], told["reason"], told["content"]["subject"]) == ("drop", "consent.withdrawn", "Hello")
    assert place.app.records.counts() == []


def test_somebody_described_need_not_be_on_record(still: Place) -> None:
    """With the consents that are described."""
    person = {"id": "x", "market": "DE", "locale": "de", "email": "x@example.com"}
    consent = {"channel": "email", "purpose": "marketing", "state": "granted", "source": "form"}
    key = still.key("preview")
    for profile, outcome in ((person, "drop"), ({**person, "consents": [consent]}, "send")):
        body = {"campaign": "news", "channel": "email", "profile": profile}
        assert still.client.post("/v1/preview", json=body, headers=key).json()["outcome"] == outcome


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"campaign": "new"}, "/campaign", "Did you mean 'news'?"),
        ({"campaign": "news", "channel": "mail"}, "/channel", "Did you mean 'email'?"),
        ({"campaign": "news", "profile": 5}, "/profile", "Expected an object; found a number."),
        ({"campaign": "news", "profile": {"id": 5}}, "/profile/id", "Expected a text"),
        (
            {"campaign": "news", "profile": {"id": "a", "consents": [{"state": "granted"}]}},
            "/profile/consents/0/channel",
            "",
        ),
        ({"campaign": "news", "moment": {"at": "x"}}, "/moment/at", "RFC 3339"),
        ({"campaign": "news", "at": "x"}, "/at", "RFC 3339"),
    ],
)
def test_what_cannot_be_shown_is_named(still: Place, body: dict[str, Any], pointer: str, said: str) -> None:
    """With what there is instead."""
    answer = still.client.post("/v1/preview", json=body, headers=still.key("preview"))
    fault = answer.json()["errors"][0]
    assert (answer.status_code, fault["pointer"]) == (422, pointer)
    assert said in fault["detail"]


def test_nobody_is_shown_nothing(place: Place) -> None:
    """404, and a person on record keeps their own locale."""
    key = place.key("preview")
    nobody = place.client.post("/v1/preview", json={"campaign": "news", "profile": "nobody"}, headers=key)
    assert (nobody.status_code, "'nobody'" in nobody.json()["detail"]) == (404, True)
    place.know()
    body = {"campaign": "news", "profile": "a", "locale": "de"}
    assert place.client.post("/v1/preview", json=body, headers=key).json()["errors"][0]["pointer"] == "/locale"
