"""What services report: moments. All of a request are taken, or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import BackgroundTasks, Body, Request
from pydantic import BaseModel

from orchestrator import wire
from orchestrator.api import shapes
from orchestrator.api.faults import pointer
from orchestrator.api.guard import new_ids, service_router
from orchestrator.api.house import TheHouse
from orchestrator.api.problems import Fault, invalid
from orchestrator.api.shapes import OneOrMany, listed, place
from orchestrator.blueprint import MomentType, check_moment
from orchestrator.blueprint.problems import unknown
from orchestrator.decision.schedule import SCHEDULED
from orchestrator.model import Moment

NOW = timedelta(0)
ANYTHING = MomentType()

router = service_router("moments:write")


class Accepted(BaseModel):
    """The ids of what is committed now, and of what was before."""

    accepted: list[str]
    repeated: list[str]


@router.post("/moments", status_code=202, summary="Report what happened")
def report(
    request: Request,
    body: Annotated[OneOrMany[shapes.Moment], Body()],
    house: TheHouse,
    later: BackgroundTasks,
) -> Accepted:
    """Commit one moment or up to a thousand, each of a kind that the workspace declares.

    They are on record when this answers, and cannot be lost from then on. A repeated id changes nothing. Where anything is
    wrong with any of them, none is taken.
    """
    house.assert_room()
    lines = listed(body)
    declared = house.app.material.workspace.moments
    faults = [fault for index, line in enumerate(lines) for fault in _faults(line, declared, place(body, index))]
    if faults:
        raise invalid(faults)
    new_id, now = new_ids(request), house.app.clock()
    moments = [wire.moment(line.line(), now=now, new_id=new_id) for line in lines]
    told = _told(moments, house.app.records.accept(moments, now=now, lease=NOW))
    house.metrics.moments.labels("accepted").inc(len(told.accepted))
    house.metrics.moments.labels("repeated").inc(len(told.repeated))
    if told.accepted:
        later.add_task(house.app.decide_later, told.accepted)
    return told


def _faults(line: shapes.Moment, declared: Mapping[str, MomentType], at: Sequence[int]) -> Iterator[Fault]:
    """What is wrong with a moment: its kind, or what it carries. A workspace that declares no kind takes all."""
    kind = declared.get(line.name, ANYTHING if not declared and not line.name.startswith(SCHEDULED) else None)
    if kind is None:
        yield Fault(unknown("moment", line.name, declared), pointer(*at, "name"))
        return
    for name, wanted in kind.data.items():
        for sentence in check_moment(MomentType({name: wanted}), line.data or {}):
            yield Fault(sentence, pointer(*at, "data", name))


def _told(moments: Sequence[Moment], new: frozenset[str]) -> Accepted:
    """The first of each new id is accepted; all others are repeated."""
    fresh, told = set(new), Accepted(accepted=[], repeated=[])
    for moment in moments:
        (told.accepted if moment.id in fresh else told.repeated).append(moment.id)
        fresh.discard(moment.id)
    return told
