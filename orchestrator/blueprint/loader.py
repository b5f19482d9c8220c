"""From the files of a workspace to its frozen value, and to everything that is wrong with them, at once.

    files ──► documents ──► schemas ──► values ──► Workspace ─┐
                 │             │          └─ conditions       ├──► Loaded
                 └─ yaml.*     └─ schema.*    condition.*     ┘
                                                         linter: names that nothing bears, and the like

What fails before the linter keeps a workspace from loading. What only the linter finds does not: what is concerned
fails closed (an unknown segment holds for nobody, an unknown purpose is the strictest there can be).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from pydantic import TypeAdapter

from orchestrator.blueprint import schema
from orchestrator.blueprint.conditions import NEVER, Condition, ConditionError
from orchestrator.blueprint.expressions import Vocabulary, expressions
from orchestrator.blueprint.linter import lint
from orchestrator.blueprint.markets import default_markets, market, quiet_ranges
from orchestrator.blueprint.problems import Problem
from orchestrator.blueprint.providers import providers
from orchestrator.blueprint.sources import KAIROS, MARKETS, SEGMENTS, Sources
from orchestrator.blueprint.types import AttributeType, FieldType, MomentType
from orchestrator.blueprint.violations import validated
from orchestrator.blueprint.workspace import (
    BUILT_IN_PURPOSES,
    KEPT,
    Campaign,
    Cap,
    Goal,
    Market,
    Purpose,
    Sender,
    SmsLimits,
    Trigger,
    Workspace,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workspace, if it could be loaded; and all problems of its YAML files, the linter's too, in order of their places."""

    workspace: Workspace | None
    problems: tuple[Problem, ...]


def load(files: Mapping[str, bytes], env: Mapping[str, str] | None = None) -> Loaded:
    """Read a workspace from its files, given by path relative to it.

    Args:
        files: everything in the workspace's folder; of templates and catalogs only the names matter here.
        env: where `${NAME}` in the settings of a provider is looked up; a missing one is a warning.
    """
    sources = Sources(files)
    loader = _Loader(sources, env or {})
    workspace = loader.workspace()
    places = {problem.place for problem in loader.problems}  # what is no value at all need not be linted besides
    found = {*loader.problems, *(problem for problem in lint(workspace, sources) if problem.place not in places)}
    return Loaded(None if loader.problems else workspace, tuple(sorted(found)))


class _Loader:
    """Reads file after file, around whatever is wrong; `problems` collects what keeps the workspace from loading."""

    def __init__(self, sources: Sources, env: Mapping[str, str]) -> None:
        self.sources = sources
        self.env = env
        self.problems: list[Problem] = list(sources.problems)
        self.refused = {problem.place for problem in sources.problems}  # what is no YAML is no violation besides

    def workspace(self) -> Workspace:
        """The workspace of all that is right."""
        kairos = self._validated(KAIROS, schema.KAIROS) or schema.KairosFile()
        words = _vocabulary(kairos)
        self.problems += self._condition_errors(words)
        segments = self._segments(words)
        campaigns = _unambiguous(self._campaigns(words, segments))
        return Workspace(
            version=_version(self.sources),
            locale=kairos.locale,
            attributes=words.attributes,
            moments=words.moments,
            purposes=_purposes(kairos, campaigns.values()),
            caps=tuple(_cap(spec, words) for spec in kairos.caps),
            quiet_hours=quiet_ranges(kairos.quiet_hours),
            providers={channel: providers(specs, self.env) for channel, specs in kairos.providers.items()},
            markets=self._markets(kairos.locale),
            segments=segments,
            campaigns=campaigns,
            sms=SmsLimits(kairos.sms.max_segments, kairos.sms.reference),
            links_base=kairos.links.base,
            digits=kairos.digits,
            schemes=tuple(kairos.links.schemes),
            tracked=frozenset(kairos.links.track),
            retention={**KEPT, **{kind: kept for kind, kept in kairos.retention if kept}},
            topics={name: _labels(label, kairos.locale) for name, label in kairos.topics.items()},
            sender=Sender(kairos.sender.name, kairos.sender.address),
        )

    def _validated(self, file: str, adapter: TypeAdapter[T]) -> T | None:
        document = self.sources.documents.get(file)
        if document is None:
            return None
        result = validated(adapter, document.value)
        found = (
            self.sources.problem(file, v.path, "error", v.code, v.message, on_key=v.on_key) for v in result.violations
        )
        self.problems += [problem for problem in found if problem.place not in self.refused]
        return result.model

    def _condition_errors(self, words: Vocabulary) -> Iterator[Problem]:
        for file, path, text, on in expressions(self.sources):
            try:
                words.compile(text, on)
            except ConditionError as error:
                yield self.sources.problem(file, path, "error", "condition.syntax", error.message, offset=error.offset)

    def _markets(self, locale: str) -> dict[str, Market]:
        specs = self._validated(MARKETS, schema.MARKETS)
        return {name: market(name, spec, locale) for name, spec in specs.items()} if specs else dict(default_markets())

    def _segments(self, words: Vocabulary) -> dict[str, Condition]:
        specs = self._validated(SEGMENTS, schema.SEGMENTS) or {}
        return {name: words.compile_or_never(spec.where, None) for name, spec in specs.items()}

    def _campaigns(self, words: Vocabulary, segments: Mapping[str, Condition]) -> Iterator[Campaign]:
        for file in self.sources.campaigns:
            if spec := self._validated(file, schema.CAMPAIGN):
                yield _campaign(file, spec, words, segments)


def _version(files: Mapping[str, bytes]) -> str:
    """A hash over the name and content of every file."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(files):
        digest.update(b"%d %b %d " % (len(name.encode()), name.encode(), len(files[name])))
        digest.update(files[name])
    return digest.hexdigest()


def _vocabulary(kairos: schema.KairosFile) -> Vocabulary:
    return Vocabulary(
        {name: AttributeType(spec.type, spec.fresh, spec.sensitive) for name, spec in kairos.attributes.items()},
        {
            name: MomentType({key: FieldType(field.type, field.required) for key, field in spec.data.items()})
            for name, spec in kairos.moments.items()
        },
    )


def _purposes(kairos: schema.KairosFile, campaigns: Iterable[Campaign]) -> dict[str, Purpose]:
    """The purposes there are; one that only a campaign names is as strict as can be."""
    strictest = {campaign.purpose: Purpose(campaign.purpose, "opt-in") for campaign in campaigns}
    written = {
        name: Purpose(name, spec.consent, capped=spec.caps is None, quiet=spec.quiet_hours is None)
        for name, spec in kairos.purposes.items()
    }
    return {**strictest, **BUILT_IN_PURPOSES, **written}


def _labels(label: Mapping[str, str], source: str) -> dict[str, str]:
    """Labels by locale; one without is in the workspace's own language."""
    return {locale or source: text for locale, text in label.items()}


def _cap(spec: schema.CapSpec, words: Vocabulary) -> Cap:
    when = None if spec.when is None else words.compile_or_never(spec.when, "")
    return Cap(spec.limit, spec.per, spec.purpose, spec.channel, when)


def _campaign(file: str, spec: schema.CampaignFile, words: Vocabulary, segments: Mapping[str, Condition]) -> Campaign:
    return Campaign(
        name=spec.campaign,
        purpose=spec.purpose,
        markets=None if spec.markets is None else frozenset(spec.markets),
        topic=spec.topic,
        goal=Goal(spec.goal.moment, spec.goal.within) if spec.goal else None,
        segment=_segment(spec, words, segments),
        identify=tuple(spec.identify),
        moment=_trigger(spec.moment, words),
        channel=_channel(spec.channel),
        template=spec.tactic.template,
        priority=spec.priority,
        holdout=spec.holdout,
        paused=spec.paused,
        file=file,
    )


def _segment(spec: schema.CampaignFile, words: Vocabulary, segments: Mapping[str, Condition]) -> Condition | None:
    """For whom a campaign is: None for all; nobody where the segment that it names is not there."""
    if spec.segment is None:
        return None
    if isinstance(spec.segment, str):
        return segments.get(spec.segment, NEVER)
    return words.compile_or_never(spec.segment.where, spec.moment.on or "")


def _trigger(spec: schema.TriggerSpec, words: Vocabulary) -> Trigger:
    return Trigger(
        on=spec.on,
        where=None if spec.where is None else words.compile_or_never(spec.where, spec.on or ""),
        expires=spec.expires,
        between=tuple(spec.send.between) if spec.send else (),
        every=spec.every,
        clock=spec.clock,
    )


def _channel(names: list[str]) -> tuple[str, ...] | Literal["market", "auto", "moment"]:
    match names:
        case ["market" | "auto" | "moment" as rule]:
            return rule
    return tuple(dict.fromkeys(names))


def _unambiguous(campaigns: Iterable[Campaign]) -> dict[str, Campaign]:
    """Campaigns by name. Where a name is given twice nobody can tell which is meant: it is paused."""
    found: dict[str, Campaign] = {}
    for campaign in campaigns:
        first = found.get(campaign.name)
        found[campaign.name] = replace(first, paused=True) if first else campaign
    return found
