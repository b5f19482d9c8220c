"""What people may write, file by file: the shapes of kairos.yaml, markets.yaml, segments.yaml and campaigns/<name>.yaml.

Shapes only: whether a name that is used exists is the linter's question. Unknown keys are refused everywhere but in
`terms` and in a provider's settings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    Tag,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)

from orchestrator.blueprint.clock import ClockRange, clock_range, parse_clock, parse_range
from orchestrator.blueprint.codes import parse_currency, parse_locale, parse_zone
from orchestrator.blueprint.durations import parse_duration, parse_rate
from orchestrator.blueprint.schedule import Schedule, parse_schedule
from orchestrator.blueprint.types import TypeName
from orchestrator.blueprint.violations import Written, describe
from orchestrator.blueprint.workspace import Basis
from orchestrator.model import CHANNELS

_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s?%")
_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
WAYS_OUT = timedelta(days=60)  # for which a link to unsubscribe has to work, at the least
LOCAL_BASE = "http://localhost:8787"
_BASE = re.compile(r"https?://[^\s/?#]+[^\s?#]*")


def _text(parse: Callable[[str], Any], example: str) -> PlainValidator:
    """A validator for text in a small language of its own."""

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError(f"expected text such as {example!r}, found {describe(value)}")
        return parse(value)

    return PlainValidator(read)


def _shape(example: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example], **more})


def _lasting(text: str) -> timedelta:
    duration = parse_duration(text)
    if not duration:
        raise ValueError(f"{text!r} is no time at all; expected a duration such as '12h'")
    return duration


def _period(text: str) -> timedelta | str:
    return text if text in ("day", "week") else _lasting(text)


def parse_share(value: Any) -> float:
    """The share that a percentage (`5%`) or a number from 0 to 1 names, as a number from 0 to 1.

    Raises:
        ValueError: it names none, or one out of range.
    """
    share = _share(value)
    if share is None or not 0 <= share <= 1:
        raise ValueError(f"expected a percentage such as '5%', or a number from 0 to 1, found {describe(value)}")
    return share


def _share(value: Any) -> float | None:
    if isinstance(value, str):
        match = _PERCENT.fullmatch(value)
        return float(match[1]) / 100 if match else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _amount(value: Any) -> Decimal:
    """An exact amount of money, as text or as a number: digits, at most nine on either side of the point."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    written = f"{Decimal(str(value)):f}" if number else value
    if not isinstance(written, str) or not _AMOUNT.fullmatch(written):
        raise ValueError(f"expected an amount of money such as '0.0079', found {describe(value)}")
    return Decimal(written)


def _base(text: str) -> str:
    if not _BASE.fullmatch(text):
        raise ValueError(f"{text!r} is no web address; expected one such as 'https://example.com/kairos'")
    return text.rstrip("/")


def _folder(text: str) -> str:
    if not text or text.startswith(".") or re.search(r"[/\\\s]", text):
        raise ValueError(f"{text!r} is no folder below templates/; expected its name, such as 'day3_playlist'")
    return text


def _as_hours(value: Any) -> Any:
    """Quiet hours as a list: `none` is an empty one, a single mapping one of one."""
    if value == "none":
        return []
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return value
    raise ValueError(f"expected {{from: '21:00', until: '08:00'}}, a list of such, or none; found {describe(value)}")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_type(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


def _as_rate(value: Any) -> Any:
    return {"sender": value} if isinstance(value, str) else value


def _as_mapping(value: Any) -> Any:
    return {} if value is None else value


def _named_or_written(value: Any) -> str:
    return "written" if isinstance(value, dict) else "named"


Duration = Annotated[timedelta, _text(_lasting, "12h"), _shape("12h", pattern="^([0-9]+[wdhms])+$")]
Period = Annotated[timedelta | Literal["day", "week"], _text(_period, "7d"), _shape("7d")]
Rate = Annotated[float, _text(parse_rate, "50/s"), _shape("50/s", pattern="^[0-9.]+ ?/ ?[smhd]$")]
Clock = Annotated[time, _text(parse_clock, "07:30"), _shape("07:30", pattern="^[0-9]{1,2}:[0-9]{2}$")]
Range = Annotated[ClockRange, _text(parse_range, "07:00-09:00"), _shape("07:00-09:00")]
Every = Annotated[Schedule, _text(parse_schedule, "mon 07:30"), _shape("mon 07:30")]
Locale = Annotated[str, _text(parse_locale, "pt_BR"), _shape("pt_BR")]
Currency = Annotated[str, _text(parse_currency, "EUR"), _shape("EUR", pattern="^[A-Z]{3}$")]
Zone = Annotated[str, _text(parse_zone, "Asia/Jakarta"), _shape("Asia/Jakarta")]
Base = Annotated[str, _text(_base, "https://example.com"), _shape("https://example.com", format="uri")]
Folder = Annotated[str, _text(_folder, "day3_playlist"), _shape("day3_playlist")]
Share = Annotated[
    float, PlainValidator(parse_share), WithJsonSchema({"type": ["string", "number"], "examples": ["5%"]})
]
Amount = Annotated[
    Decimal, PlainValidator(_amount), WithJsonSchema({"type": ["string", "number"], "examples": ["0.0079"]})
]
Name = Annotated[str, Field(min_length=1)]
Channel = Annotated[str, WithJsonSchema({"type": "string", "enum": list(CHANNELS)})]


class QuietHours(Written):
    """Hours of the person's own day in which nobody is disturbed, `[from, until)`."""

    from_: Clock = Field(alias="from")
    until: Clock

    @model_validator(mode="after")
    def _not_empty(self) -> QuietHours:
        self.range()
        return self

    def range(self) -> ClockRange:
        """The hours as a value."""
        return clock_range(self.from_, self.until)


Hours = Annotated[
    list[QuietHours],
    BeforeValidator(_as_hours, json_schema_input_type=QuietHours | list[QuietHours] | Literal["none"]),
]


class AttributeSpec(Written):
    """What is known of a person under a name."""

    type: TypeName
    fresh: Duration | None = None
    sensitive: bool = False


class FieldSpec(Written):
    """What a moment carries under a name."""

    type: TypeName
    required: bool = False


class MomentSpec(Written):
    """What services may send."""

    data: dict[str, Annotated[FieldSpec, BeforeValidator(_as_type, json_schema_input_type=FieldSpec | TypeName)]] = (
        Field(default_factory=dict)
    )


class PurposeSpec(Written):
    """Why we write; caps and quiet hours apply unless it is exempt."""

    consent: Literal["none", "market", "opt-in", "opt-out"] = "market"
    caps: Literal["exempt"] | None = None
    quiet_hours: Literal["exempt"] | None = None


class CapSpec(Written):
    """At most so many messages in a time."""

    limit: int = Field(ge=0)
    per: Period
    purpose: str | None = None
    channel: Channel | None = None
    when: str | None = None


class RateSpec(Written):
    """How fast messages may go: by this entry (`sender`), and by all entries of one account at the provider."""

    sender: Rate | None = None
    account: Rate | None = None


class ProviderSpec(Written):
    """An adapter on a channel; what is not named here is a setting of the adapter's."""

    model_config = ConfigDict(extra="allow")

    adapter: Name
    name: Name | None = None
    weight: float | None = Field(default=None, gt=0)
    markets: list[str] | None = None
    rate: Annotated[RateSpec, BeforeValidator(_as_rate, json_schema_input_type=RateSpec | Rate)] = RateSpec()


def _with_names_of_their_own(specs: list[ProviderSpec]) -> list[ProviderSpec]:
    names = [spec.name for spec in specs if spec.name]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"{', '.join(repeated)} names more than one provider of the channel; what a name says must last"
        )
    return specs


class SmsSpec(Written):
    """How long text messages may be, and how those of several parts are put together.

    `reference` is the length in bits of the number that tells which parts belong together: 16 leave less room for text.
    """

    max_segments: int = Field(default=6, ge=1)
    reference: Literal[8, 16] = 8


Scheme = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]{1,30}$")]


class LinksSpec(Written):
    """Where links to preferences and unsubscription lead, and the schemes of links that open an app of one's own.

    On the channels under `track`, links in messages become short ones below the base, and clicks on them are counted.
    """

    base: Base = LOCAL_BASE
    schemes: list[Scheme] = Field(default_factory=list)
    track: list[Literal["email", "sms", "whatsapp", "push"]] = Field(default_factory=list)


def _as_label(value: Any) -> Any:
    return {"": value} if isinstance(value, str) else {} if value is None else value


def _assert_locales(labels: dict[str, str]) -> dict[str, str]:
    return {parse_locale(locale) if locale else "": label for locale, label in labels.items()}


Label = Annotated[
    dict[str, Name],
    AfterValidator(_assert_locales),
    BeforeValidator(_as_label, json_schema_input_type=str | dict[str, str] | None),
]
"""What something is called: a text in the workspace's own language, or one for each locale."""


def _assert_ways_out(kept: timedelta) -> timedelta:
    if kept < WAYS_OUT:
        raise ValueError("the ways out of a message work while it is on record; expected '60d' or more")
    return kept


class RetentionSpec(Written):
    """For how long something is kept: what messages said, what moments carried, raw reports of providers, finished messages."""

    content: Duration | None = None
    moments: Duration | None = None
    receipts: Duration | None = None
    messages: Annotated[Duration, AfterValidator(_assert_ways_out)] | None = None


class SenderSpec(Written):
    """Who writes: name and postal address, which templates see as `sender.name` and `sender.address`."""

    name: str | None = None
    address: str | None = None


class KairosFile(Written):
    """kairos.yaml; every section may be left out."""

    attributes: dict[
        str, Annotated[AttributeSpec, BeforeValidator(_as_type, json_schema_input_type=AttributeSpec | TypeName)]
    ] = Field(default_factory=dict)
    moments: dict[
        str, Annotated[MomentSpec, BeforeValidator(_as_mapping, json_schema_input_type=MomentSpec | None)]
    ] = Field(default_factory=dict)
    purposes: dict[str, PurposeSpec] = Field(default_factory=dict)
    caps: list[CapSpec] = Field(default_factory=list)
    quiet_hours: Hours = Field(default_factory=list)
    locale: Locale = "en"
    providers: dict[str, Annotated[list[ProviderSpec], AfterValidator(_with_names_of_their_own)]] = Field(
        default_factory=dict
    )
    sms: SmsSpec = SmsSpec()
    links: LinksSpec = LinksSpec()
    sender: SenderSpec = SenderSpec()
    retention: RetentionSpec = RetentionSpec()
    topics: dict[str, Label] = Field(default_factory=dict)
    digits: Literal["latin", "native"] = "latin"


class PriceSpec(Written):
    """What a provider asks for a message, or for each part of a text message."""

    amount: Amount
    currency: Currency


class MarketSpec(Written):
    """A market; what is left out comes from the country's defaults, where it is named by a country code."""

    locales: list[Locale] | None = Field(default=None, min_length=1)
    currency: Currency | None = None
    timezone: Zone | None = None
    timezones: list[Zone] | None = Field(default=None, min_length=1)
    channels: list[Channel] | None = Field(default=None, min_length=1)
    consent: dict[str, Basis] | None = None
    terms: dict[str, Any] | None = None
    quiet_hours: Hours | None = None
    daily: dict[str, Annotated[int, Field(ge=0)]] | None = None
    nights: bool | None = None
    prefix: dict[str, str] | None = None
    suffix: dict[str, str] | None = None
    prices: dict[str, PriceSpec] | None = None
    pause_on_refusal: bool | None = None

    @classmethod
    def contradictions(cls, given: Mapping[str, Any]) -> Iterator[str]:
        """One zone, or several."""
        if {"timezone", "timezones"} <= given.keys():
            yield "Both 'timezone' and 'timezones' are given. Keep 'timezone' if there is only one."


class Where(Written):
    """A condition on a person."""

    where: Name


class GoalSpec(Written):
    """The moment that a campaign wants to see, and how soon."""

    moment: str
    within: Duration


class SendSpec(Written):
    """When a message may go out, on the person's own clock."""

    between: list[Range] = Field(min_length=1)


class TriggerSpec(Written):
    """When a campaign runs: on a moment, or every so often."""

    on: Name | None = None
    every: Every | None = None
    where: Name | None = None
    expires: Duration | None = None
    send: SendSpec | None = None
    clock: Literal["local", "utc"] = "local"

    @classmethod
    def contradictions(cls, given: Mapping[str, Any]) -> Iterator[str]:
        """A moment, or a schedule."""
        if ("on" in given) == ("every" in given):
            yield "Expected either 'on' (the name of a moment) or 'every' (a schedule), and not both."


class TacticSpec(Written):
    """What is said: the folder of templates."""

    template: Folder


class CampaignFile(Written):
    """campaigns/<name>.yaml."""

    campaign: Name
    purpose: str = "marketing"
    topic: Name | None = None
    markets: list[str] | None = Field(default=None, min_length=1)
    goal: GoalSpec | None = None
    segment: (
        Annotated[Annotated[Name, Tag("named")] | Annotated[Where, Tag("written")], Discriminator(_named_or_written)]
        | None
    ) = None
    identify: list[str] = Field(default_factory=list)
    moment: TriggerSpec
    channel: Annotated[
        list[str],
        BeforeValidator(_as_list, json_schema_input_type=list[Channel] | Channel | Literal["market", "auto", "moment"]),
    ] = Field(default_factory=lambda: ["market"], min_length=1)
    tactic: TacticSpec
    priority: int = 0
    holdout: Share = 0.0
    paused: bool = False


KAIROS = TypeAdapter(KairosFile)
MARKETS: TypeAdapter[dict[str, MarketSpec]] = TypeAdapter(
    dict[str, Annotated[MarketSpec, BeforeValidator(_as_mapping, json_schema_input_type=MarketSpec | None)]]
)
SEGMENTS: TypeAdapter[dict[str, Where]] = TypeAdapter(dict[str, Where])
CAMPAIGN = TypeAdapter(CampaignFile)


def json_schema() -> dict[str, dict[str, Any]]:
    """A JSON schema for each kind of file, for editors: by `kairos.yaml`, `markets.yaml`, `segments.yaml`, `campaigns/*.yaml`."""
    adapters: dict[str, TypeAdapter[Any]] = {
        "kairos.yaml": KAIROS,
        "markets.yaml": MARKETS,
        "segments.yaml": SEGMENTS,
        "campaigns/*.yaml": CAMPAIGN,
    }
    return {name: adapter.json_schema(by_alias=True) for name, adapter in adapters.items()}
