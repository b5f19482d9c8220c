"""Consent and suppression: what a decision is told of a person's will."""

from __future__ import annotations

import pytest

from orchestrator.model import Suppression
from orchestrator.ports import Records
from orchestrator.stores.sql import SqlRecords, consents
from tests.stores.builders import DAY, NOW, consent, person


def test_every_entry_stands_and_none_replaces_another(records: Records) -> None:
    """With its source and evidence, in whatever order they came."""
    records.update_profiles([person("u1")])
    entries = [
        consent(state="granted", address="a@example.com", wording="v3", ip="203.0.113.9"),
        consent(state="withdrawn", at=NOW + DAY, address="a@example.com"),
        consent(state="granted", at=NOW - DAY, address="a@example.com"),
    ]
    records.record_consents(entries[:2])
    records.record_consents(entries[2:])
    facts = records.gather(["u1"], history={}, now=NOW)["u1"]
    assert sorted(facts.consents, key=lambda entry: entry.at) == sorted(entries, key=lambda entry: entry.at)


def test_an_entry_without_an_address_is_about_the_best_one_of_today(records: Records) -> None:
    """So that a later change of address does not carry it over."""
    records.update_profiles([person("u1", email=["best@example.com", "other@example.com"])])
    records.record_consents([consent("u1"), consent("u1", channel="push"), consent("u2")])
    records.update_profiles([person("u1", email=["new@example.com"])])
    facts = records.gather(["u1", "u2"], history={}, now=NOW)
    assert {entry.channel: entry.address for entry in facts["u1"].consents} == {
        "email": "best@example.com",
        "push": None,
    }
    assert [entry.address for entry in facts["u2"].consents] == [None]


def test_a_withdrawal_binds_everybody_at_the_address(records: Records) -> None:
    """Somebody else's grant does not, nor a withdrawal on another channel."""
    records.update_profiles(
        [person("u1", sms=["+1 415 555 2671"], whatsapp=["+14155552671"]), person("u2", sms=["+14155552671"])]
    )
    records.record_consents(
        [consent("u2", "granted", channel="sms"), consent("u2", "withdrawn", channel="sms", at=NOW + DAY)]
    )
    records.record_consents([consent("u2", "withdrawn", channel="whatsapp", address="+10000000")])
    mine = records.gather(["u1"], history={}, now=NOW)["u1"].consents
    assert [(entry.profile, entry.state, entry.channel) for entry in mine] == [("u2", "withdrawn", "sms")]


def test_a_suppressed_address_is_known_of_everybody_who_has_it(records: Records) -> None:
    """The first reason stays."""
    records.update_profiles(
        [person("u1", email=["A@Example.com", "b@example.com"]), person("u2", email=["a@example.com"])]
    )
    records.suppress(
        [Suppression("email", "a@example.COM", "bounced", NOW), Suppression("sms", "b@example.com", "x", NOW)]
    )
    records.suppress([Suppression("email", "a@example.com", "complained", NOW + DAY)])
    facts = records.gather(["u1", "u2"], history={}, now=NOW)
    assert facts["u1"].suppressed == facts["u2"].suppressed == {("email", "a@example.com")}


@pytest.mark.parametrize(
    "tampering",
    ["UPDATE consents SET state = 'granted' WHERE seq = {second}", "DELETE FROM consents WHERE seq = {second}"],
)
def test_the_ledger_shows_when_it_was_tampered_with(sql_records: SqlRecords, tampering: str) -> None:
    """Each entry's hash covers the one before it, person by person."""
    sql_records.record_consents([consent("u1"), consent("u2"), consent("u1", "withdrawn"), consent("u1")])
    sql_records.record_consents([consent("u1", "pending", wording="v4")])
    with sql_records._write() as session:
        assert consents.intact(session, "u1")
        second = session.rows("SELECT seq FROM consents WHERE profile = 'u1' ORDER BY seq")[1].seq
        session.run(tampering.format(second=second))
    with sql_records._read() as session:
        assert not consents.intact(session, "u1")
        assert consents.intact(session, "u2")
