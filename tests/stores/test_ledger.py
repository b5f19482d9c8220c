"""Consent and suppression: what a decision is told of a person's will."""

from __future__ import annotations

import pytest

from orchestrator.model import Suppression
from orchestrator.ports import Break, Chain, Records
from orchestrator.stores.sql import SqlRecords
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


def test_the_ledger_of_everybody_can_be_verified_page_by_page(records: Records) -> None:
    """Hashes are the same wherever they are kept; who has no entries has an empty chain."""
    assert records.verify_consents() == []
    records.record_consents([consent("u1"), consent("u2"), consent("u1", "withdrawn", at=NOW + DAY)])
    first, second = records.verify_consents()
    assert (first.profile, first.broken, second.profile, second.broken) == ("u1", None, "u2", None)
    assert first.hashes == ("6691f0c86c84897623414743dc2203d2", "c0171652e00488e0b7737395fb0e2bb8")
    assert records.verify_consents(limit=1) == [first]
    assert records.verify_consents(after="u1") == records.verify_consents(person="u2") == [second]
    assert records.verify_consents(person="nobody") == [Chain("nobody", ())]


OF_U1 = "WHERE profile = 'u1'"


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE consents SET state = 'granted' WHERE seq = {second}", Break(2, "content")),
        ("UPDATE consents SET evidence = '{{}}' WHERE seq = {last}", Break(4, "content")),
        ("UPDATE consents SET at = at + 1 WHERE seq = {first}", Break(1, "content")),
        ("DELETE FROM consents WHERE seq = {first}", Break(1, "link")),
        ("DELETE FROM consents WHERE seq = {second}", Break(2, "link")),
        ("DELETE FROM consents WHERE seq = {last}", Break(3, "end")),
        (f"DELETE FROM consents {OF_U1}", Break(0, "end")),
        (f"DELETE FROM chains {OF_U1}", Break(4, "end")),
        (f"UPDATE consents SET seq = -seq {OF_U1}", Break(1, "link")),
    ],
)
def test_the_ledger_shows_when_it_was_tampered_with(sql_records: SqlRecords, tampering: str, broken: Break) -> None:
    """What was changed, taken out, cut off or moved; and nobody else's entries are doubted for it."""
    sql_records.record_consents([consent("u1"), consent("u2"), consent("u1", "withdrawn"), consent("u1")])
    sql_records.record_consents([consent("u1", "pending", wording="v4")])
    assert [chain.broken for chain in sql_records.verify_consents()] == [None, None]
    with sql_records._write() as session:
        seqs = [found.seq for found in session.rows(f"SELECT seq FROM consents {OF_U1} ORDER BY seq")]
        session.run(tampering.format(first=seqs[0], second=seqs[1], last=seqs[-1]))
    assert {chain.profile: chain.broken for chain in sql_records.verify_consents()} == {"u1": broken, "u2": None}


def test_an_address_that_is_well_again_is_written_to(records: Records) -> None:
    """However it is spelled, and by whoever has it; what is not on the list is not taken off it."""
    records.update_profiles([person("u1", email=("A@example.com",)), person("u2", email=("a@EXAMPLE.com",))])
    records.suppress([Suppression("email", "a@example.com", "bounced", NOW)])
    listed = Suppression("email", "a@example.com", "bounced", NOW)
    assert records.suppression("email", "a@Example.com") == listed
    assert records.suppression("sms", "a@example.com") is None
    assert records.lift("email", "A@example.com") == listed
    assert records.lift("email", "A@example.com") is None
    facts = records.gather(["u1", "u2"], history={}, now=NOW)
    assert facts["u1"].suppressed == facts["u2"].suppressed == frozenset()
