"""Somebody writes STOP from a number that is nobody's yet."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from orchestrator import wire
from orchestrator.claims import rebuilt
from orchestrator.model import Consent, ConsentState, Receipt
from orchestrator.ports import Records
from orchestrator.stores.memory import MemoryTouches
from tests.engine.conftest import HORIZON, START, House
from tests.support import KAIROS, MARKETS, NEWS, material, person, told, workspace

NUMBER = "+12025550123"
TEXTS = NEWS.replace("[email]", "[sms]")
PURPOSES = """
purposes:
  transactional: {consent: none, caps: exempt, quiet_hours: exempt}
  marketing: {consent: market}
  newsletter: {consent: opt-in}
"""
OPT_IN = MARKETS.replace("sms: opt-out", "sms: opt-in")
HOUR = timedelta(hours=1)


@pytest.fixture
def house(records: Records) -> House:
    """Where texts need a grant."""
    made = material(workspace(TEXTS, kairos=KAIROS + PURPOSES, markets=OPT_IN))
    return House(made, records, MemoryTouches(rebuild=partial(rebuilt, records), horizon=HORIZON))


def write(house: House, text: str, number: str = NUMBER) -> None:
    """Let somebody write, and every report of it come twice."""
    for _ in range(2):
        house.replies.hear(Receipt("replied", house.now, f"r-{text}", channel="sms", address=number, text=text))


def appear(house: House, id_: str = "a", state: ConsentState = "granted", ago: timedelta = HOUR) -> None:
    """Let somebody with this number be known, and what they said some time ago with them."""
    house.records.update_profiles([wire.profile(person(id_)["profile"], at=house.now)])
    said = Consent(id_, "sms", "marketing", state, house.now - ago, house.now, "form")
    house.records.record_consents([said])


def ping(house: House, id_: str = "a") -> list[str]:
    """What becomes of a text to somebody now."""
    drafts = house.happen(f"m-{house.now}-{id_}", profile=id_)
    return told([wire.outcome(draft) for draft in drafts])


def test_a_stop_holds_for_whoever_is_reached_there_later(house: House) -> None:
    """An older grant that is recorded later does not beat it; their own word afterwards does."""
    house.later(hours=2)
    write(house, "STOP", "+1 202-555-0123")
    appear(house)
    assert ping(house) == ["drop consent.withdrawn"]
    appear(house, ago=-HOUR)
    house.later(hours=2)
    assert ping(house) == ["send"]
    house.later(hours=1)
    write(house, "STOP")
    assert ping(house) == ["drop consent.withdrawn"]


def test_a_stop_that_the_provider_knows_as_one_holds_whatever_its_words(house: House) -> None:
    """As it has told the stranger so."""
    reply = Receipt("replied", house.now, "r-1", channel="sms", address=NUMBER, text="no more", taken_for="stop")
    house.replies.hear(reply)
    appear(house)
    assert ping(house) == ["drop consent.withdrawn"]


def test_a_stop_is_recorded_once_under_a_name_without_the_number_and_not_answered(house: House) -> None:
    """For each purpose that needs consent; nobody is written to, and the ledger can be verified."""
    write(house, "STOP")
    write(house, "I like it")
    (chain,) = house.records.verify_consents()
    assert (len(chain.hashes), chain.broken) == (2, None)
    entries = house.records.gather([chain.profile], history={}, now=START)[chain.profile].consents
    assert {(one.purpose, one.state, one.source) for one in entries} == {
        ("marketing", "withdrawn", "reply:stop"),
        ("newsletter", "withdrawn", "reply:stop"),
    }
    assert NUMBER[1:] not in chain.profile
    assert house.reported == 0


def test_a_start_from_the_number_takes_it_back_and_grants_nothing(house: House) -> None:
    """Whether it comes before somebody is known there, or from them."""
    write(house, "START")
    assert house.records.verify_consents() == []
    write(house, "STOP")
    house.later(hours=1)
    write(house, "START")
    house.later(hours=1)
    appear(house, "a", ago=5 * HOUR)
    appear(house, "b", state="unknown")
    assert ping(house) == ["send"]
    assert ping(house, "b") == ["drop consent.missing"]


def test_a_start_from_somebody_who_is_known_by_now_takes_it_back_for_others_too(house: House) -> None:
    """The number has said so."""
    write(house, "STOP")
    house.later(hours=1)
    appear(house, ago=5 * HOUR)
    house.later(hours=1)
    write(house, "START")
    appear(house, "b", ago=5 * HOUR)
    assert (ping(house), ping(house, "b")) == (["send"], ["send"])
