"""What services report: what is known of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Body, Path
from pydantic import BaseModel

from orchestrator import wire
from orchestrator.api import shapes
from orchestrator.api.faults import pointer
from orchestrator.api.guard import service_router
from orchestrator.api.house import House, TheHouse
from orchestrator.api.problems import Fault, invalid
from orchestrator.api.shapes import OneOrMany, Text, listed, place
from orchestrator.blueprint import check_value

router = service_router("profiles:write")


class Updated(BaseModel):
    """The ids of those who were updated."""

    updated: list[str]


@router.put("/profiles/{id:path}", summary="Report what is known of one person")
def put(id: Annotated[Text, Path()], body: Annotated[shapes.Known, Body()], house: TheHouse) -> Updated:
    """Replace the fields that are sent, and merge attributes by name; the rest stays as it is."""
    if body.id not in (None, id):
        raise invalid([Fault(f"Expected {id!r}, as the address says, or no `id`; found {body.id!r}.", pointer("id"))])
    return _update(house, [({**body.line(), "id": id}, ())])


@router.post("/profiles", summary="Report what is known of many people")
def post(body: Annotated[OneOrMany[shapes.Profile], Body()], house: TheHouse) -> Updated:
    """The same for up to a thousand people. Where anything is wrong with any of them, none is updated."""
    return _update(house, [(line.line(), place(body, index)) for index, line in enumerate(listed(body))])


def _update(house: House, lines: Sequence[tuple[dict[str, Any], tuple[int, ...]]]) -> Updated:
    faults = [fault for line, at in lines for fault in _faults(house, line.get("attributes") or {}, at)]
    if faults:
        raise invalid(faults)
    now = house.app.clock()
    house.app.records.update_profiles([wire.profile(line, at=now) for line, _ in lines])
    return Updated(updated=[line["id"] for line, _ in lines])


def _faults(house: House, attributes: Mapping[str, Any], at: Sequence[int]) -> Iterator[Fault]:
    """Attributes that are not of their declared type: they would count as not known."""
    declared = house.app.material.workspace.attributes
    for name, value in attributes.items():
        problem = check_value(declared[name].type, value) if name in declared and value is not None else None
        if problem:
            yield Fault(f"`{name}`: {problem}", pointer(*at, "attributes", name))
