"""What somebody would get, and why: the same object as `kairos preview --json` prints."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body

from orchestrator import preview, wire
from orchestrator.api import shapes
from orchestrator.api.faults import pointer
from orchestrator.api.guard import service_router
from orchestrator.api.house import TheHouse
from orchestrator.api.problems import Fault, Problem, invalid, told

router = service_router("preview", once=False)  # it has no effect, and what it shows of people is not kept


@router.post("/preview", summary="Preview a message", responses={404: told("There is no such person on record")})
def show(body: Annotated[shapes.Preview, Body()], house: TheHouse) -> dict[str, Any]:
    """Decide, render and show, without any effect. A refused message is shown, too, where it can be rendered."""
    now = wire.when({"at": body.at}, house.app.clock())
    try:
        draft = preview.preview(
            house.app,
            body.campaign,
            now,
            profile=body.profile.line() if isinstance(body.profile, shapes.Person) else body.profile,
            moment=body.moment.line() if body.moment else None,
            locale=body.locale,
            channel=body.channel,
        )
    except preview.Nobody as error:
        raise Problem("not_found", str(error)) from None
    except preview.Unanswerable as error:
        raise invalid([Fault(str(error), pointer(error.about))]) from None
    return wire.outcome(draft)
