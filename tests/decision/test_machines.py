"""Machines that open messages and follow links, told from people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.decision.machines import is_early, judged, sign, told_apart
from orchestrator.model import Receipt

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari"
PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def click(link: str, seconds: float = 0, machine: str = "") -> Receipt:
    """A link that was followed so many seconds from now."""
    at = NOW + timedelta(seconds=seconds)
    return Receipt("clicked", at, f"{link}{seconds}", message="d1", link=link, machine=machine)


@pytest.mark.parametrize(
    ("agent", "method", "headers", "found"),
    [
        (PHONE, "GET", {}, ""),
        (PHONE, "HEAD", {}, "head"),
        (PHONE, "GET", {"sec-purpose": "prefetch;prerender"}, "prefetch"),
        (PHONE, "GET", {"x-moz": "prefetch"}, "prefetch"),
        (PROXY, "GET", {}, "proxy"),
        ("Mozilla/5.0", "GET", {}, "proxy"),
        ("", "GET", {}, "scanner"),
        ("curl/8.5.0", "GET", {}, "scanner"),
        ("WhatsApp/2.23.20.0", "GET", {}, "scanner"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "GET", {}, "scanner"),
    ],
)
def test_a_request_bears_signs(agent: str, method: str, headers: dict[str, str], found: str) -> None:
    """Of which one is enough."""
    assert sign(agent, method=method, headers=headers) == found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"useragent": PROXY}, "proxy"),
        ({"UserAgent": PHONE}, ""),
        ({"click": {"userAgent": "curl/8"}}, "scanner"),
        ({"sg_machine_open": True, "useragent": PHONE}, "proxy"),
        ({}, ""),
    ],
)
def test_a_provider_s_report_names_the_program(raw: dict[str, object], found: str) -> None:
    """Under whichever name; without one nothing is known."""
    (opened, delivered) = told_apart([Receipt("opened", NOW, "k", raw=raw), Receipt("delivered", NOW, "l", raw=raw)])
    assert (opened.machine, delivered.machine) == (found, "")


def test_nobody_reads_before_it_is_there() -> None:
    """Or within the first moments."""
    assert is_early(NOW, None)
    assert is_early(NOW, NOW)
    assert not is_early(NOW + timedelta(seconds=5), NOW)


def test_links_that_are_followed_all_at_once_are_followed_by_a_machine() -> None:
    """A person who comes later, or follows one link twice, stays a person."""
    clicks = [click("a"), click("b", 1), click("c", 2, "head"), click("b", 60), click("b", 61), click("a", 300)]
    assert [one.machine for one in judged(clicks)] == ["burst", "burst", "head", "", "", ""]
