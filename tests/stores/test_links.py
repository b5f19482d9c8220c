"""Short links on record."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.ports import Link, Records
from tests.stores.builders import draft, recorded


def test_a_link_is_on_record_with_its_message(records: Records) -> None:
    """For good: what is decided again leads to the same place."""
    recorded(records, replace(draft("d1"), links={"a": "https://a.example/?x=1", "b": "https://b.example"}))
    recorded(records, replace(draft("d1"), links={"a": "https://a.example/?x=1"}))
    assert records.link("a") == Link("a", "d1", "https://a.example/?x=1")
    assert records.link("b") == Link("b", "d1", "https://b.example")
    assert records.link("c") is None
