"""A likely value of a type, by its name: `order_id` reads like one, and `tracks` like a number of them.

What is in a list or an object is declared by nobody; its `Shape` is what templates read of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from orchestrator import civil
from orchestrator.blueprint.types import TypeName

T = TypeVar("T")
ADDRESS = "https://example.com/sample"
_MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
_PLACE = {"lat": 52.52, "lon": 13.4}
_TEXTS: Mapping[str, str] = {
    **dict.fromkeys(("id", "number", "no", "ref", "reference", "order", "invoice", "booking", "ticket"), "A-10427"),
    **dict.fromkeys(("link", "url", "site", "website", "image", "photo", "picture", "avatar"), ADDRESS),
    **dict.fromkeys(("first_name", "given_name", "nickname"), "Maria"),
    **dict.fromkeys(("last_name", "family_name", "surname"), "Costa"),
    **dict.fromkeys(("name", "customer", "person"), "Maria Costa"),
    **dict.fromkeys(("agent", "colleague", "driver", "host", "sender", "courier"), "Nora"),
    **dict.fromkeys(("artist", "band"), "The Paper Moons"),
    **dict.fromkeys(("song", "track", "album", "playlist"), "Lanterns"),
    **dict.fromkeys(("product", "item", "line", "article"), "Record brush"),
    **dict.fromkeys(("title", "headline", "story"), "The night the piano stayed closed"),
    **dict.fromkeys(("city", "town"), "Lisbon"),
    **dict.fromkeys(("street", "address"), "1 Example Street"),
    **dict.fromkeys(("code", "voucher", "coupon", "pin", "otp"), "KX42Q7"),
    **dict.fromkeys(("color", "colour"), "blue"),
    **dict.fromkeys(("level", "tier", "plan"), "gold"),
    **dict.fromkeys(("topic", "interest", "category"), "concerts"),
    "garage": "Garage Nord", "shop": "Shop Nord", "store": "Shop Nord", "plate": "B KA 2026", "genre": "jazz",
    "country": "Portugal", "postcode": "1100-148", "zip": "1100-148", "email": "sample@example.com",
    "phone": "+12025550123", "currency": "EUR", "language": "en", "carrier": "Example Post", "size": "M",
    "status": "active", "day": "Monday", "channel": "email",
}  # fmt: skip
"""By the whole of a name, or else by its last word."""
_NUMBERS: Mapping[str, float] = {
    **dict.fromkeys(("tracks", "songs", "plays"), 24),
    **dict.fromkeys(("points", "miles"), 340),
    **dict.fromkeys(("price", "total", "amount", "cost", "fee"), 24.9),
    **dict.fromkeys(("stars", "rating", "score"), 4),
    **dict.fromkeys(("count", "quantity", "items", "visits", "orders"), 3),
    **dict.fromkeys(("percent", "discount"), 20),
    **dict.fromkeys(("km", "distance"), 12),
    "seconds": 45, "minutes": 12, "hours": 6, "days": 4, "weeks": 3, "months": 6, "years": 2, "age": 34, "year": 2026,
    "mm": 3.2, "kg": 2.5, "level": 3, "streak": 5,
}  # fmt: skip
_LISTS: Mapping[str, tuple[str, ...]] = {
    "artists": ("The Paper Moons", "Night Ferry", "Ada Sol"),
    "lines": ("Blue lamp", "Record brush"),
    "items": ("Blue lamp", "Record brush"),
    "products": ("Blue lamp", "Record brush"),
    "interests": ("concerts", "records"),
    "topics": ("concerts", "records"),
    "cities": ("Lisbon", "Porto"),
    "names": ("Maria", "Nora", "Jonas"),
}
_FEW = 3  # items of a list
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


def value(name: str, type_: TypeName, now: datetime | None = None, shape: Shape = PLAIN) -> Any:
    """A likely value of a type; names that everybody uses get what everybody expects."""
    later = (now or _MONDAY) + timedelta(days=2)
    by_type: Mapping[TypeName, Any] = {
        "string": ADDRESS if "url" in shape.roles else _named(_TEXTS, name, name.replace("_", " ").capitalize()),
        "integer": round(_named(_NUMBERS, name, 2)),
        "number": _named(_NUMBERS, name, 4.5),
        "boolean": True,
        "money": 1234.5,
        "date": later.date().isoformat(),
        "datetime": civil.rfc3339(later),
        "geo": _PLACE,
        "list": items(shape.item, _FEW) if shape.item else list(_named(_LISTS, name, ("one", "two", "three"))),
        "object": parts(shape),
    }
    return by_type[type_]


def _named(table: Mapping[str, T], name: str, otherwise: T) -> T:
    return table.get(name) or table.get(name.rpartition("_")[2]) or otherwise


def items(shape: Shape, count: int) -> list[Any]:
    """Likely items of a list."""
    return [value("item", shape.type, shape=shape)] * count


def parts(shape: Shape) -> dict[str, Any]:
    """Likely parts of an object."""
    return {name: value(name, part.type, shape=part) for name, part in shape.parts.items()}
