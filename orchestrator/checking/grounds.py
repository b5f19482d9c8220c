"""What a campaign's messages stand on: everything that a template may look up, of what kind it is, and whether it is there.

    profile     id, market, locale, and the attributes that are declared     there: those under `identify`
    moment      id, name, at, and the fields of data that are declared       there: those that are `required`
    market      name, currency, territory, locales, terms                    there: what the market has
    campaign    name, purpose
    sender      name, address                                                there: what kairos.yaml has
    links       unsubscribe, preferences, confirm                            there: a way out where there is one to take

What the campaign's own conditions need is there as well: they hold for nobody without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from orchestrator.blueprint import Campaign, FieldType, Market, Workspace
from orchestrator.blueprint.notices import PENDING, moment_type
from orchestrator.blueprint.types import TypeName
from orchestrator.checking.certainty import needed_by
from orchestrator.checking.values import ITEM, Path, declared

_PARTS: Mapping[str, Mapping[str, TypeName | None]] = {
    "money": {"amount": "number", "currency": "string"},
    "geo": {"lat": "number", "lon": "number"},
    "list": {ITEM: None},
    "string": {ITEM: "string"},
}
_KINDS: Mapping[type, TypeName] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "list",
    dict: "object",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What stands at a path: its kind (None: nobody can say), and whether it is there for certain."""

    kind: TypeName | None
    sure: bool = True


class Grounds:
    """What the messages of one campaign may look up."""

    def __init__(self, workspace: Workspace, campaign: Campaign, markets: Iterable[Market]) -> None:
        self.workspace = workspace
        self.campaign = campaign
        self.markets = tuple(markets)
        self.needed = needed_by(campaign.segment) | needed_by(campaign.moment.where)

    @property
    def data(self) -> Mapping[str, FieldType] | None:
        """The fields that the campaign's moment carries; None where nobody says."""
        name = self.campaign.moment.on
        if name is None:
            return {}
        moment = moment_type(self.workspace, name)
        return None if moment is None else moment.data

    def given(self, path: Path) -> Given | None:
        """What stands at a path; None for a name that nothing bears."""
        top = declared(path)
        found = self._roots.get(top[0], {}).get(top[1]) if len(top) == 2 else self._declared(top)
        return found if len(path) == len(top) or found is None else _within(found, path[len(top) :])

    def _declared(self, top: Path) -> Given | None:
        if len(top) == 1:
            return Given("object") if top[0] in self._roots else None
        if top[0] == "market":
            return self.term(top[2])
        if self.data is None:
            return Given(None)
        wanted = self.data.get(top[2])
        return Given(wanted.type, wanted.required or top in self.needed) if wanted else None

    def term(self, name: str) -> Given | None:
        """A term of the markets' vocabulary: of the kind that it has in the first market that has it."""
        kinds = [kind_of(market.terms[name]) for market in self.workspace.markets.values() if has_term(market, name)]
        return Given(kinds[0], all(has_term(market, name) for market in self.markets)) if kinds else None

    @cached_property
    def _roots(self) -> Mapping[str, Mapping[str, Given]]:
        promotional = self.workspace.purposes[self.campaign.purpose].promotional
        currency = all(market.currency for market in self.markets)
        territory = all(market.territory for market in self.markets)
        text = Given("string")
        return {
            "profile": {"id": text, "market": text, "locale": Given("string", False), **self._attributes()},
            "moment": {"id": text, "name": text, "at": Given("datetime"), "data": Given("object")},
            "market": {
                "name": text,
                "currency": Given("string", currency),
                "territory": Given("string", territory),
                "locales": Given("list"),
                "terms": Given("object"),
            },
            "campaign": {"name": text, "purpose": text},
            "sender": {
                name: Given("string", written is not None) for name, written in self.workspace.sender.values().items()
            },
            "links": {
                "preferences": text,
                "unsubscribe": Given("string", promotional),
                "confirm": Given("string", self.campaign.moment.on == PENDING),
            },
        }

    def _attributes(self) -> Mapping[str, Given]:
        return {
            name: Given(attribute.type, name in self.campaign.identify or ("profile", name) in self.needed)
            for name, attribute in self.workspace.attributes.items()
        }

    def beside(self, path: Path) -> tuple[str, ...]:
        """The names that are there beside the last part of a path."""
        top = declared(path)
        if len(path) > len(top):
            holder = self.given(path[:-1])
            return tuple(name for name in _PARTS.get(str(holder and holder.kind), ()) if name != ITEM)
        if top[:2] == ("market", "terms"):
            return tuple({name for market in self.workspace.markets.values() for name in market.terms})
        if top[:2] == ("moment", "data"):
            return tuple(self.data or ())
        return tuple(self._roots.get(top[0], ()))


def _within(holder: Given, parts: Path) -> Given | None:
    """What is inside of a value."""
    if holder.kind in (None, "object"):
        return Given(None)
    known = _PARTS.get(str(holder.kind), {})
    if parts[0] not in known:
        return None
    found = Given(known[parts[0]])
    return found if len(parts) == 1 else _within(found, parts[1:])


def kind_of(value: Any) -> TypeName | None:
    """The kind of a term, as it is written in YAML."""
    return _KINDS.get(type(value))


def has_term(market: Market, name: str) -> bool:
    """Whether a market's vocabulary has a term."""
    return market.terms.get(name) is not None
