"""Campaigns that an operator stops in mid-run: nothing is lost by a pause, nothing is sent after a cancellation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from orchestrator import audience
from orchestrator.campaigns import Campaigns, Refused
from orchestrator.claims import Claims
from orchestrator.decision.schedule import Run
from orchestrator.model import Draft
from tests.engine.conftest import START, House
from tests.support import KAIROS, NEWS, workspace

MIX = "campaign: mix\npurpose: marketing\nmoment: {every: mon 12:00}\nchannel: [email]\ntactic: {template: hi}\n"
CAPPED = KAIROS + "caps: [{limit: 1, per: 24h, purpose: marketing}]\n"
RUN = Run(START, "mix", "2026-03-02T12:00", (("US", "UTC"),))
PEOPLE = ("a", "b", "c", "d")

Make = Callable[..., House]


@pytest.fixture
def here(house: Make) -> House:
    """A scheduled campaign for four people, who may get one marketing message a day."""
    made = house(workspace(MIX, NEWS, kairos=CAPPED))
    for person in PEOPLE:
        made.know(person)
    audience.open_run(made.records, RUN)
    return made


def campaigns(here: House) -> Campaigns:
    """What an operator says to a house."""
    claims: Claims = here.engine._claims
    return Campaigns(here.engine.material.workspace, here.records, claims.give_back, lambda: here.now)


def raised(here: House, pages: int) -> list[list[str]]:
    """The ids of so many pages of the run, of two people each."""
    found = audience.pages(here.records, lambda: here.now, RUN.key, campaigns=("mix",), size=2, lease=timedelta(0))
    return [[moment.id for moment in page.moments] for page in islice(found, pages)]


def outcomes(drafts: list[Draft]) -> list[tuple[str, str | None]]:
    """Outcome and reason of each."""
    return [(draft.outcome, draft.reason) for draft in drafts]


def test_a_run_that_is_paused_goes_on_where_it_was(here: House) -> None:
    """Between pages, between raising and deciding, and between deciding and handing over; everybody is written to once."""
    (first,) = raised(here, 1)
    ready = here.engine.sweep(ids=first[:1])
    campaigns(here).pause("mix")
    assert here.hand_over(ready) == []
    assert outcomes(here.engine.sweep()) == [("hold", "campaign.paused")]
    assert raised(here, 9) == []
    assert audience.open_runs(here.records) == [RUN.key]

    here.later(minutes=10)
    assert outcomes(here.engine.release()) == [("hold", "campaign.paused")]
    assert here.hand_over(ready) == []
    here.later(minutes=9)
    assert here.engine.release() == []
    campaigns(here).resume("mix")
    assert here.hand_over([*ready, *here.engine.release()])
    assert [len(page) for page in raised(here, 9)] == [2]
    here.hand_over(here.engine.sweep())
    assert sorted(message.profile for message in here.provider.given) == list(PEOPLE)
    assert audience.open_runs(here.records) == []


@pytest.mark.parametrize("step", ["record", "claim"])
def test_what_is_put_off_while_somebody_resumes_does_not_wait(
    here: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Between seeing the pause and putting off what it concerns: whoever resumed could not yet wake that."""
    (first, second) = raised(here, 1)[0]
    ready = here.engine.sweep(ids=[first])
    campaigns(here).pause("mix")
    write = getattr(here.records, step)

    def late(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.undo()
        campaigns(here).resume("mix")
        return write(*args, **kwargs)

    monkeypatch.setattr(here.records, step, late)
    if step == "record":
        assert outcomes(here.engine.sweep(ids=[second])) == [("hold", "campaign.paused")]
        assert outcomes(here.engine.release()) == [("send", None)]
    else:
        assert here.hand_over(ready) == []
        assert len(here.hand_over(ready)) == 1


def test_a_run_whose_end_was_not_told_is_closed_by_whoever_comes_next(here: House) -> None:
    """Its last page was committed by somebody who then died: nobody is raised again."""
    raised(here, 9)
    here.records.remember(f"{audience.OPEN}{RUN.key}", "mix")
    assert raised(here, 9) == []
    assert audience.open_runs(here.records) == []


def test_several_go_on_with_a_run_beside_each_other(here: House) -> None:
    """Everybody is raised once, and decided by whoever raised them; what one leaves behind is taken up when its lease is over."""
    lease = timedelta(seconds=15)
    takers = [
        audience.pages(here.records, lambda: here.now, RUN.key, campaigns=("mix",), size=1, lease=lease)
        for _ in range(3)
    ]
    pages = [next(taker) for taker in takers] + [page for taker in takers for page in taker]
    assert [moment.profile for page in pages for moment in page.moments] == list(PEOPLE)
    for page in pages[1:]:
        here.hand_over(here.engine.decide_new(page.moments, page.until))
    assert here.engine.sweep() == []
    here.later(seconds=16)
    here.hand_over(here.engine.sweep())
    assert sorted(message.profile for message in here.provider.given) == list(PEOPLE)
    assert audience.open_runs(here.records) == []


@pytest.mark.parametrize("run", ["", RUN.label])
def test_what_is_cancelled_is_sent_to_nobody_any_more(here: House, run: str) -> None:
    """What waits is dropped and gives its touch back, the rest is neither raised nor sent; and that is final."""
    (first,) = raised(here, 1)
    ready = here.engine.sweep(ids=first[:1])
    assert sum(campaigns(here).cancel("mix", run)) == 1
    assert here.hand_over(ready) == []
    assert outcomes(here.engine.sweep()) == [("drop", "campaign.cancelled")]
    assert raised(here, 9) == []
    assert audience.open_runs(here.records) == []
    assert {one.reason for one in here.records.messages(campaign="mix")} == {"campaign.cancelled"}
    assert outcomes(here.happen("m1", profile="a")) == [("send", None)], "the touch came back"
    with pytest.raises(Refused, match="was cancelled at 2026-03-02T12:00:00Z"):
        campaigns(here).resume("mix", run)
    assert here.provider.given == []


def test_what_was_decided_while_somebody_cancelled_is_caught_at_the_door(here: House) -> None:
    """Though the cancelling was broken off before anything was dropped."""
    raised(here, 1)
    ready = here.engine.sweep()
    campaigns(here).cancel("mix", RUN.label)
    assert here.hand_over(ready) == []
    assert [here.state(draft) for draft in ready] == ["dropped", "dropped"]
    assert outcomes(here.happen("m1", profile="a")) == [("send", None)]


def test_another_run_of_a_campaign_is_not_concerned(here: House) -> None:
    """Next week's goes out."""
    list(campaigns(here).cancel("mix", RUN.label))
    here.later(days=7)
    later = Run(START + timedelta(days=7), "mix", "2026-03-09T12:00", RUN.places)
    audience.open_run(here.records, later)
    [page] = audience.pages(here.records, lambda: here.now, later.key, campaigns=("mix",), size=9, lease=timedelta(0))
    assert (len(page.moments), page.is_last, audience.count(here.records, later, size=3)) == (4, True, 4)
    assert len(here.hand_over(here.engine.sweep())) == 4


def test_what_cannot_be_done_is_refused_in_words(here: House) -> None:
    """A name that is none, a run that is none."""
    with pytest.raises(Refused, match=r"no campaign 'mic'\. Did you mean 'mix'"):
        campaigns(here).pause("mic")
    with pytest.raises(Refused, match=r"no run '2026-03-02T12:30'\. Did you mean '2026-03-02T12:00'"):
        campaigns(here).cancel("mix", "2026-03-02T12:30")
