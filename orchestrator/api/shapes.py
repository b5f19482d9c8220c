"""What services send: the shapes of bodies, checked strictly. What they mean is `wire`'s affair.

A field that a shape does not know is refused, as it is most likely a slip of the pen; only a consent keeps what it
does not know, as evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from orchestrator import wire
from orchestrator.model import ConsentState

MOST = 1000  # items of one request
LONGEST_ADDRESS = 4096  # characters
PRINTABLE = r"[\p{L}\p{M}\p{N}\p{P}\p{S} ]"
YEAR = r"^(197[1-9]|19[89]\d|2[0-8]\d\d|29[0-5]\d|296[0-8])-"  # year that `wire` takes: safe in any zone
WHOLE = r"^[^\u0000]*$"  # any text that can be kept
TAGS = frozenset({"(one)", "(many)", "(id)", "(person)"})  # how ways into a body tell one reading from another


def _instant(written: str) -> str:
    wire.when({"at": written}, datetime.now(UTC))
    return written


def _preferences(given: dict[str, Any]) -> dict[str, Any]:
    wire.preferences(given)
    return given


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1, max_length=wire.LONGEST_ID, pattern=f"^{PRINTABLE}+$")]
MaybeText = Annotated[str, Field(max_length=wire.LONGEST_ID, pattern=f"^{PRINTABLE}*$")] | None
Instant = Annotated[str, AfterValidator(_instant), Field(json_schema_extra={"format": "date-time", "pattern": YEAR})]
Data = dict[str, Any]
Address = Annotated[str, Field(max_length=LONGEST_ADDRESS, pattern=WHOLE)]
ADDRESS = {"type": "string", "maxLength": LONGEST_ADDRESS, "pattern": WHOLE}
Addresses = Annotated[
    list[Address],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [ADDRESS, {"type": "array", "items": ADDRESS}]}),
]


class Shape(BaseModel):
    """What may be sent, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def line(self) -> dict[str, Any]:
        """What was sent, as `wire` reads it."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Moment(Shape):
    """Something that happened to one person. Without an `id` it cannot be recognised when it is sent again."""

    id: Text | None = None
    name: Text
    profile: Text
    at: Instant | None = None
    data: Data | None = None

    def line(self) -> dict[str, Any]:
        """What was sent; null says nothing here."""
        return {name: value for name, value in super().line().items() if value is not None}


class Known(Shape):
    """What is known of a person: fields are replaced, attributes merged by name; null removes. The rest stays."""

    id: Text | None = None
    market: MaybeText = None
    locale: MaybeText = None
    timezone: MaybeText = None
    email: Addresses | None = None
    phone: Addresses | None = None
    whatsapp: Addresses | None = None
    push: Addresses | None = None
    addresses: dict[str, Addresses | None] | None = None
    attributes: Data | None = None
    preferences: Annotated[Data, AfterValidator(_preferences)] | None = None


class Profile(Known):
    """One person of many."""

    id: Text


class Wording(Shape):
    """The words that were shown: their name, their language, and the SHA-256 of the exact text."""

    id: Text | None = None
    locale: Text | None = None
    hash: Text | None = None


class Given(Shape):
    """What somebody agreed to, or not. A grant, confirmed or not, says where it was given. What else is sent is evidence."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "if": {"properties": {"state": {"enum": ["granted", "pending"]}}},
            "then": {"required": ["source"], "properties": {"source": {"type": "string"}}},
        },
    )

    channel: Text
    purpose: Text
    state: ConsentState
    at: Instant | None = None
    source: Text | None = None
    address: Text | None = None
    wording: Wording | None = None
    ip: Text | None = None
    user_agent: Annotated[str, Field(max_length=1000, pattern=WHOLE)] | None = None
    actor: Text | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Given:
        if self.state in ("granted", "pending") and self.source is None:
            told = "`source` is required with a grant, and missing: name the form, or whatever it was given by."
            raise PydanticCustomError("source", told, {"field": "source"})
        return self

    def line(self) -> dict[str, Any]:
        """What was sent, with the evidence; null says nothing here."""
        sent = {**super().line(), **(self.model_extra or {})}
        if self.wording is not None:
            sent["wording"] = self.wording.line()
        return {name: value for name, value in sent.items() if value is not None}


class Consent(Given):
    """An entry of the consent ledger."""

    profile: Text


class Person(Profile):
    """Somebody who need not be on record, with what they have agreed to."""

    consents: list[Given] | None = None

    def line(self) -> dict[str, Any]:
        """What was sent, as a preview reads it."""
        return {**super().line(), "consents": [given.line() for given in self.consents or ()]}


class Happened(Shape):
    """A moment; what is left out is made up: what the campaign waits for, now."""

    id: Text | None = None
    name: Text | None = None
    at: Instant | None = None
    data: Data | None = None

    def line(self) -> dict[str, Any]:
        """What was sent; null says nothing here."""
        return {name: value for name, value in super().line().items() if value is not None}


def _by_id(value: Any) -> str:
    return "(id)" if isinstance(value, str) else "(person)"


class Preview(Shape):
    """A campaign; a person (an id on record, or a profile; else a sample) and a moment (else a sample)."""

    campaign: Text
    profile: Annotated[
        Annotated[Text, Tag("(id)")] | Annotated[Person | None, Tag("(person)")], Discriminator(_by_id)
    ] = None
    moment: Happened | None = None
    locale: Text | None = None
    channel: Text | None = None
    at: Instant | None = None


S = TypeVar("S", bound=Shape)


def _count(value: Any) -> str:
    return "(many)" if isinstance(value, list) else "(one)"


OneOrMany = Annotated[
    Annotated[S, Tag("(one)")] | Annotated[Annotated[list[S], Field(min_length=1, max_length=MOST)], Tag("(many)")],
    Discriminator(_count),
]


def listed(body: S | Sequence[S]) -> Sequence[S]:
    """One or many as many."""
    return body if isinstance(body, list) else [body]  # type: ignore[list-item]


def place(body: object, index: int) -> tuple[int, ...]:
    """The first step of the way to an item of a body: none where the body is the item."""
    return (index,) if isinstance(body, list) else ()


def _fields(shapes: Sequence[type[Shape]]) -> Mapping[str, None]:
    return dict.fromkeys(name for shape in shapes for name in shape.model_fields)


FIELDS = tuple(_fields((Moment, Person, Consent, Wording, Preview)))
"""The names of all fields, to guess from which one was meant."""
