"""What reports teach, together or apart, whatever they hold."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from orchestrator.model import Draft, Receipt
from orchestrator.ports import REPORTS, Away
from tests.engine.conftest import House
from tests.support import KAIROS, workspace

DAILY = workspace(kairos=f"{KAIROS}caps: [{{limit: 1, per: 24h}}]\n")


@pytest.fixture
def here(house: Callable[..., House]) -> House:
    """A house that writes to people once a day."""
    made = house(DAILY)
    made.know()
    return made


def sent(here: House, id: str = "m1", name: str = "ping") -> Draft:
    """A message that was handed over."""
    (draft,) = here.happen(id, name)
    here.hand_over([draft])
    here.later(seconds=5)
    return draft


def report(here: House, draft: Draft, kind: Any, **more: Any) -> Receipt:
    """A report about a message."""
    return Receipt(kind, here.now, f"{kind}-{draft.id}", message=draft.id, channel="email", **more)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_is_learnt_first_a_message_never_goes_back(here: House, order: tuple[int, ...]) -> None:
    """Three workers were given a report each while it was sent; it bounced in the end, and its touch is free."""
    draft = sent(here)
    kinds: list[tuple[str, dict[str, Any]]] = [("delivered", {}), ("bounced", {"permanent": True}), ("expired", {})]
    taken = [here.feedback.take_in([report(here, draft, kind, **more)]) for kind, more in kinds]
    for place in order:
        here.feedback.learn(taken[place])
    record = here.records.message(draft.id)
    assert record is not None
    assert (record.state, record.touch) == ("failed", None)
    assert here.engine._claims.snapshots(["a"], here.now)["a"].touches == ()
    assert here.records.gather(["a"], history={}, now=here.now)["a"].suppressed == {("email", "a@example.com")}


def test_reports_that_came_together_are_learnt_one_after_the_other(here: House) -> None:
    """In one list, both were given with the message as it was before."""
    draft = sent(here)
    here.feedback.receive([report(here, draft, "bounced", permanent=True), report(here, draft, "delivered")])
    assert here.state(draft) == "failed"


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "replied", "text": "stop\0", "address": "\ud800"},
        {"kind": "bounced", "permanent": True, "address": "\ud800@x.com"},
        {"kind": "bounced", "permanent": True, "address": "a\0@x.com"},
        {"kind": "replied", "text": "x", "address": "\0"},
    ],
)
def test_a_report_with_whatever_in_it_keeps_no_other_waiting(here: House, bad: dict[str, Any]) -> None:
    """What is behind it is learnt, and it does not come back for ever."""
    first, second = sent(here, "m1", "bought"), sent(here, "m2", "bought")
    here.feedback.receive([report(here, first, **bad), report(here, second, "bounced", permanent=True)])
    assert here.state(second) == "failed"
    here.later(minutes=61)
    here.feedback.receive([])
    here.later(minutes=2)
    assert here.feedback.receive([]) == 0


def failing(here: House, faults: list[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let suppressing addresses fail, as often as there are faults."""
    suppress = here.records.suppress

    def fail(entries: Any) -> None:
        if faults:
            raise faults.pop()
        suppress(entries)

    monkeypatch.setattr(here.records, "suppress", fail)


def test_what_cannot_be_applied_comes_back_for_an_hour(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been a fault of ours, which is mended; else it is done with."""
    draft = sent(here)
    faults = [ValueError("odd") for _ in range(3)]
    failing(here, [*faults], monkeypatch)
    here.feedback.receive([report(here, draft, "bounced", permanent=True)])
    for tried in (1, 1, 1, 0):
        here.later(minutes=2)
        assert here.feedback.receive([]) == tried
    assert here.records.gather(["a"], history={}, now=here.now)["a"].suppressed == {("email", "a@example.com")}

    failing(here, [*faults], monkeypatch)
    here.feedback.receive([report(here, draft, "complained")])
    for minutes, tried in ((58, 1), (3, 1), (2, 0)):
        here.later(minutes=minutes)
        assert here.feedback.receive([]) == tried


def test_what_an_absence_broke_off_is_taken_up_again(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """However old it is."""
    draft = sent(here)
    failing(here, [Away("away")], monkeypatch)
    bounced = report(here, draft, "bounced", permanent=True)
    here.later(hours=2)
    with pytest.raises(Away):
        here.feedback.receive([bounced])
    here.later(minutes=2)
    assert here.feedback.receive([]) == 1
    assert here.records.gather(["a"], history={}, now=here.now)["a"].suppressed


def test_a_sweep_takes_so_many_at_once(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the others when it comes back."""
    draft = sent(here)
    reports = [Receipt("opened", here.now, f"k{n}", message=draft.id, channel="email") for n in range(REPORTS + 5)]
    here.feedback.take_in(reports)
    here.later(minutes=2)
    assert [here.feedback.receive([]) for _ in range(3)] == [REPORTS, 5, 0]
