"""One-click unsubscription (RFC 8058)."""

from __future__ import annotations

import pytest

from tests.api.conftest import Place

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def place(place: Place) -> Place:
    """Somebody who has got a marketing mail and a transactional one."""
    place.know()
    place.write()
    place.write("m2", "bought")
    return place


def withdrawn(place: Place) -> list[tuple[str, str]]:
    """What somebody has withdrawn, by channel and purpose."""
    return [(entry.channel, entry.purpose) for entry in place.ledger() if entry.state == "withdrawn"]


def test_a_post_withdraws_at_once_and_again_changes_nothing(place: Place) -> None:
    """As a form or as multipart: 200, no redirect, no cookie."""
    for sent in ({"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}):
        answer = place.client.post(f"/u/{place.token()}", follow_redirects=False, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 200
        assert not {"location", "set-cookie", "refresh"} & set(answer.headers)
        assert "You are unsubscribed" in answer.text
        assert withdrawn(place) == [("email", "marketing")]


def test_the_withdrawal_is_proved(place: Place) -> None:
    """With address, message, time, the words that were shown, and where the request came from."""
    place.client.post(f"/u/{place.token()}", data=ONE_CLICK, headers={"user-agent": "Mailer/1\x07"})
    (entry,) = place.ledger()
    assert (entry.source, entry.address, entry.at) == ("one-click", "a@example.com", place.clock())
    assert entry.evidence["user_agent"] == "Mailer/1"
    assert entry.evidence["ip"] == "testclient"
    assert entry.evidence["message"] == place.token().partition(".")[0]
    assert entry.evidence["wording"]["locale"] == "en"


def test_what_is_on_its_way_is_stopped(place: Place) -> None:
    """A message that is not yet handed over stays here."""
    id_ = place.token().partition(".")[0]
    place.client.post(f"/u/{place.token()}", data=ONE_CLICK)
    place.app.courier.deliver([id_])
    record = place.app.records.message(id_)
    assert record is not None
    assert (record.state, record.reason) == ("dropped", "consent.withdrawn")


def test_whoever_only_looks_changes_nothing(place: Place) -> None:
    """A hundred scanners: GET and HEAD show a page with a button."""
    for _ in range(50):
        page = place.client.get(f"/u/{place.token()}")
        head = place.client.head(f"/u/{place.token()}")
    assert (page.status_code, head.status_code) == (200, 200)
    assert 'method="post"' in page.text
    assert place.ledger() == []


def test_who_has_come_back_can_leave_again(place: Place) -> None:
    """The same link works after a new grant."""
    place.client.post(f"/u/{place.token()}", data=ONE_CLICK)
    place.clock.forward(days=3)
    place.agree()
    place.client.post(f"/u/{place.token()}", data=ONE_CLICK)
    assert [entry.state for entry in place.ledger()].count("withdrawn") == 2


def test_nobody_is_cut_off_from_what_they_are_owed(place: Place) -> None:
    """There is no way out of a transactional message, though its preferences can be opened."""
    token = place.token("m2", "order")
    assert place.client.post(f"/u/{token}", data=ONE_CLICK).status_code == 404
    assert place.client.get(f"/p/{token}").status_code == 200
    assert place.ledger() == []
