"""Sample people and moments, made from what a workspace declares: what a preview shows without anybody's data.

value         a likely value of a type
boundaries    the values at which templates break: nothing, one, a million; names that are long, or run the other way
Shape         what is read of a value whose inside nobody declares, such as the items of a list
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator import civil
from orchestrator.blueprint import Campaign, Workspace, check_value
from orchestrator.blueprint.types import TypeName
from orchestrator.material import listens_to
from orchestrator.model import Moment

PERSON = "sample"
COUNTS = (0, 1, 2, 5, 11, 21, 100)
"""Between them they reach every plural form of almost every language, and lists that are empty, and long."""
MILLION = 1_000_000  # what French, Spanish and others have a form of its own for
_MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
_NAMED: Mapping[str, Any] = {
    "first_name": "Maria",
    "given_name": "Maria",
    "last_name": "Costa",
    "family_name": "Costa",
    "name": "Maria Costa",
}
_ADDRESS = "https://example.com/sample"
_TEXTS = (
    "A",
    "Maria Magdalena " * 12 + "Costa",
    "عبد الرحمن بن خالد",
    "👩‍👩‍👧‍👦 Zoë",
    '<b>"O\'Neil" & Co.</b> {{ 7 * 7 }} %(name)s %',
    "山田\n太郎",
)
_NUMERIC = frozenset(
    {"money", "number", "percent", "unit", "plural", "calculate", "abs", "round", "range", "divisibleby"}
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What templates do with a value, from which its kind can be guessed where nobody declares it.

    Attributes:
        roles: what is done with it: filters, and `print`, `each`, `url`.
        literals: what it is compared with.
        parts: what is looked up in it, by name.
        item: the items of it, if it is gone through.
    """

    roles: frozenset[str] = frozenset()
    literals: tuple[Any, ...] = ()
    parts: Mapping[str, Shape] = field(default_factory=dict)
    item: Shape | None = None

    @property
    def type(self) -> TypeName:
        """The type that the value most likely has."""
        if self.item or "each" in self.roles:
            return "list"
        if self.parts:
            return "object"
        if self.roles & {"date", "time", "datetime", "relative"}:
            return "datetime"
        numeric = self.roles & _NUMERIC or any(isinstance(literal, int | float) for literal in self.literals)
        return "integer" if numeric else "string"


PLAIN = Shape()


def profile(campaign: Campaign, workspace: Workspace) -> dict[str, Any]:
    """A person whom the campaign may address, as a profile line has it."""
    names = sorted(campaign.markets) if campaign.markets else sorted(workspace.markets)
    market = workspace.markets[next(name for name in names if name in workspace.markets)]
    return {
        "id": PERSON,
        "market": market.name,
        "locale": market.locales[0] if market.locales else workspace.locale,
        "timezone": market.timezones[0] if market.timezones else "UTC",
        "email": "sample@example.com",
        "phone": "+12025550123",
        "whatsapp": "+12025550123",
        "push": ["sample-device"],
        "attributes": {name: value(name, declared.type) for name, declared in workspace.attributes.items()},
    }


def consents(person: str, workspace: Workspace, channels: Iterable[str]) -> list[dict[str, str]]:
    """Consent to everything, as ledger lines have it."""
    return [
        {"profile": person, "channel": channel, "purpose": purpose, "state": "granted", "source": "sample"}
        for channel in channels
        for purpose in workspace.purposes
    ]


def moment(campaign: Campaign, workspace: Workspace, person: str, now: datetime) -> Moment:
    """A moment that the campaign listens to, with a value for everything that its type declares."""
    name = listens_to(campaign)
    declared = workspace.moments.get(name)
    fields = declared.data if declared else {}
    data = {key: value(key, field.type, now) for key, field in fields.items()}
    return Moment(f"sample:{name}", name, person, now, data)


def value(name: str, type_: TypeName, now: datetime | None = None, shape: Shape = PLAIN) -> Any:
    """A likely value of a type; names that everybody uses get what everybody expects."""
    later = (now or _MONDAY) + timedelta(days=2)
    by_type: Mapping[TypeName, Any] = {
        "string": _ADDRESS if "url" in shape.roles else _NAMED.get(name, name.replace("_", " ").title()),
        "integer": 2,
        "number": 4.5,
        "boolean": True,
        "money": 1234.5,
        "date": later.date().isoformat(),
        "datetime": civil.rfc3339(later),
        "geo": {"lat": 52.52, "lon": 13.4},
        "list": items(shape.item, 3) if shape.item else ["one", "two", "three"],
        "object": _object(shape.parts),
    }
    return by_type[type_]


def items(shape: Shape, count: int) -> list[Any]:
    """Likely items of a list."""
    return [value("item", shape.type, shape=shape)] * count


def _object(parts: Mapping[str, Shape]) -> dict[str, Any]:
    return {name: value(name, part.type, shape=part) for name, part in parts.items()}


def boundaries(type_: TypeName, shape: Shape = PLAIN) -> Iterator[Any]:
    """Values of a type at which templates break; all of them are of the type."""
    yield from (literal for literal in shape.literals if check_value(type_, literal) is None)
    yield from _BOUNDARIES.get(type_, ()) if "url" not in shape.roles else (f"{_ADDRESS}?a=1&b=%20'\"",)
    if type_ == "list":
        yield from (items(shape.item or PLAIN, count) for count in COUNTS)
        yield from _mixed(shape.item or PLAIN)
    elif type_ == "object":
        yield from _objects(shape)


def _mixed(shape: Shape) -> Iterator[list[Any]]:
    """Lists of items that differ from each other."""
    if shape.parts:
        yield list(_objects(shape))
    if "print" in shape.roles or not shape.parts:
        yield list(_TEXTS)


def _objects(shape: Shape) -> Iterator[dict[str, Any]]:
    """An object with all of its parts, with each of them at its boundaries, without each of them, and without all.

    What is printed where a part is missing is a text in its place, so then no part is taken out.
    """
    whole = _object(shape.parts)
    yield whole
    for name, part in shape.parts.items():
        yield from ({**whole, name: other} for other in boundaries(part.type, part))
    if "print" not in shape.roles:
        yield from ({key: inner for key, inner in whole.items() if key != name} for name in shape.parts)
        yield {}


_BOUNDARIES: Mapping[TypeName, tuple[Any, ...]] = {
    "string": _TEXTS,
    "integer": (*COUNTS, MILLION),
    "number": (*COUNTS, MILLION, 0.5, 1.5, -2.25),
    "boolean": (True, False),
    "money": (0, 1, 0.01, 1234.56, MILLION, {"amount": "12.50", "currency": "EUR"}),
    "date": ("2026-01-01", "2028-02-29"),
    "datetime": ("2026-01-01T00:00:00Z", "2028-02-29T23:59:59+14:00"),
    "geo": ({"lat": -90, "lon": 180}, {"lat": 0, "lon": 0}),
}
