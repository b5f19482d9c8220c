"""What people are: merged updates, addresses, audiences."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.model import Known, Suppression
from orchestrator.ports import ProfileUpdate, Records
from tests.stores.builders import DAY, NOW, consent, draft, person


def test_an_update_makes_a_person_and_replaces_only_what_it_names(records: Records) -> None:
    """Fields and channels that a later line leaves out stay as they were."""
    records.update_profiles(
        [
            ProfileUpdate(
                "u1",
                NOW,
                {"market": "ID", "locale": "id-ID", "preferences": {"digest": "weekly"}},
                {"sms": ("+62812",)},
            )
        ]
    )
    records.update_profiles([ProfileUpdate("u1", NOW, {"locale": "en"}, {"email": ("a@example.com", "b@example.com")})])
    profile = records.profiles(["u1"])["u1"]
    assert (profile.market, profile.locale, profile.timezone) == ("ID", "en", None)
    assert profile.preferences == {"digest": "weekly"}
    assert profile.addresses == {"sms": ("+62812",), "email": ("a@example.com", "b@example.com")}


def test_attributes_are_merged_by_name_and_keep_the_instant_they_were_learnt(records: Records) -> None:
    """A null removes; an attribute not named keeps its value and its age."""
    records.update_profiles([ProfileUpdate("u1", NOW, attributes={"genre": "jazz", "city": "Solo", "tenure_days": 2})])
    records.update_profiles(
        [ProfileUpdate("u1", NOW + DAY, attributes={"genre": ["jazz", {"sub": "bebop"}], "city": None})]
    )
    assert records.profiles(["u1"])["u1"].attributes == {
        "genre": Known(["jazz", {"sub": "bebop"}], NOW + DAY),
        "tenure_days": Known(2, NOW),
    }


def test_updates_of_one_person_within_a_batch_apply_in_order(records: Records) -> None:
    """The last one wins, and none is lost."""
    records.update_profiles(
        [
            ProfileUpdate("u1", NOW, {"market": "ID"}, attributes={"a": 1}),
            ProfileUpdate("u2", NOW, {"market": "TH"}),
            ProfileUpdate("u1", NOW, {"market": "US"}, attributes={"b": 2}),
        ]
    )
    found = records.profiles(["u1", "u2", "nobody"])
    assert {id: profile.market for id, profile in found.items()} == {"u1": "US", "u2": "TH"}
    assert set(found["u1"].attributes) == {"a", "b"}


def test_a_person_is_found_at_an_address_however_it_is_spelled(records: Records) -> None:
    """Until the address is taken away."""
    records.update_profiles([person("u1", sms=["+1 (415) 555-2671"]), person("u2", sms=["+14155552671"]), person("u3")])
    assert records.profiles_at("sms", "+1-415-555-2671") == ["u1", "u2"]
    assert records.profiles_at("email", "+14155552671") == []
    records.update_profiles([person("u1", sms=[])])
    assert records.profiles_at("sms", "+14155552671") == ["u2"]
    assert "sms" not in records.profiles(["u1"])["u1"].addresses


def test_an_audience_is_read_in_pages_without_gaps_or_repeats(records: Records) -> None:
    """In the order of ids, whatever the order in which people came."""
    ids = [f"u{n:03}" for n in range(25)]
    records.update_profiles([person(id) for id in reversed(ids)])
    pages, after = [], ""
    while page := records.audience(after=after, limit=10):
        pages.append(page)
        after = page[-1]
    assert pages == [ids[:10], ids[10:20], ids[20:]]


def test_an_audience_may_be_of_some_zones_only(records: Records) -> None:
    """The pairs that `zones` names find everybody, those without market or time zone too."""
    places = [("ID", "Asia/Jakarta"), ("ID", "Asia/Makassar"), ("TH", None), (None, None)]
    for n, (market, timezone) in enumerate(places * 3):
        records.update_profiles([ProfileUpdate(f"u{n:02}", NOW, {"market": market, "timezone": timezone})])
    assert sorted(records.zones(), key=repr) == sorted(places, key=repr)
    assert records.audience(zones=[("ID", "Asia/Makassar"), (None, None)]) == ["u01", "u03", "u05", "u07", "u09", "u11"]
    assert records.audience(zones=[("TH", None)], after="u02", limit=1) == ["u06"]
    assert records.audience(zones=[("ID", None)]) == records.audience(zones=[]) == []
    assert len(records.audience(zones=records.zones())) == 12


def test_odd_texts_survive(records: Records) -> None:
    """Ids, addresses and attributes are any text, and numbers of any size."""
    odd = "ü'\"%:;,[]{}\\ \n$1 %(x)s :ids 😀"
    records.update_profiles(
        [ProfileUpdate(odd, NOW, attributes={odd: odd, "big": 2**80, "lone": "\ud800", "none": [None]})]
    )
    profile = records.profiles([odd])[odd]
    assert {name: known.value for name, known in profile.attributes.items()} == {
        odd: odd, "big": 2**80, "lone": "\ud800", "none": [None]
    }  # fmt: skip
    assert records.audience() == [odd]


def test_a_revision_tells_that_something_else_is_known_of_a_person(records: Records) -> None:
    """Whatever changes a profile, its consent, or what holds at its addresses; and nothing else."""

    def revised(change: Callable[[], object]) -> set[str]:
        before = {id: profile.revision for id, profile in records.profiles(["u1", "u2"]).items()}
        change()
        return {id for id, profile in records.profiles(["u1", "u2"]).items() if profile.revision != before[id]}

    records.update_profiles([person("u1", sms=["+14155552671"]), person("u2", sms=["+1 (415) 555-2671"])])
    assert revised(lambda: records.update_profiles([ProfileUpdate("u1", NOW, attributes={"genre": "jazz"})])) == {"u1"}
    assert revised(lambda: records.record_consents([consent("u1", "granted", channel="sms")])) == {"u1"}
    assert revised(lambda: records.record_consents([consent("u1", "withdrawn", channel="sms")])) == {"u1", "u2"}
    assert revised(lambda: records.suppress([Suppression("sms", "+14155552671", "gone", NOW)])) == {"u1", "u2"}
    assert revised(lambda: records.record([draft(profile="u1")], settled=[], now=NOW)) == set()
