"""Material: a workspace's files made ready, once, for everything that is decided and rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from hashlib import blake2b

from orchestrator import blueprint, words
from orchestrator.blueprint import Campaign, Problem, Workspace
from orchestrator.blueprint.notices import BUILT_IN_CAMPAIGNS
from orchestrator.content.catalogs import Catalog, read_catalogs
from orchestrator.content.render import Renderer
from orchestrator.content.templates import Templates
from orchestrator.decision import caps
from orchestrator.decision.schedule import moment_name
from orchestrator.model import CHANNELS, Profile

EVER = timedelta(days=36_500)  # how far back "since" looks
_NOTICES: Mapping[str | None, tuple[Campaign, ...]] = {one.moment.on: (one,) for one in BUILT_IN_CAMPAIGNS.values()}
"""What the house says where no campaign listens."""


@dataclass(frozen=True)
class Material:
    """A workspace, its templates and its catalogs, compiled. The house adds what it has to say where the workspace is silent."""

    workspace: Workspace
    renderer: Renderer
    secret: bytes  # signs the links in messages
    version: str = ""  # the same for the same files

    def listeners(self, moment: str) -> tuple[Campaign, ...]:
        """The campaigns that a moment concerns: higher priority first, equals by name."""
        return self._listeners.get(moment) or _NOTICES.get(moment, ())

    @cached_property
    def _listeners(self) -> Mapping[str, tuple[Campaign, ...]]:
        found: dict[str, tuple[Campaign, ...]] = {}
        for campaign in sorted(self.workspace.campaigns.values(), key=precedence):
            found[listens_to(campaign)] = (*found.get(listens_to(campaign), ()), campaign)
        return found

    def renders(self, campaign: Campaign) -> Renderer:
        """What renders a campaign: the workspace's templates and words, or the house's own."""
        return self._house if campaign.name in BUILT_IN_CAMPAIGNS else self.renderer

    @cached_property
    def _house(self) -> Renderer:
        return words.renderer(self.workspace.markets)

    def approved(self, campaign: Campaign, profile: Profile | None) -> frozenset[str]:
        """The channels on which this person's message is of a template that the provider has approved beforehand."""
        market = self.workspace.markets.get(profile.market or "") if profile else None
        if market is None or profile is None:
            return frozenset()
        return self.renders(campaign).approved(campaign.template, market, profile.locale)

    @cached_property
    def history(self) -> Mapping[str, timedelta]:
        """The moments that conditions look back at, and how far."""
        conditions = [*self.workspace.segments.values(), *(cap.when for cap in self.workspace.caps)]
        for campaign in self.workspace.campaigns.values():
            conditions += [campaign.segment, campaign.moment.where]
        back: dict[str, timedelta] = {}
        for condition in conditions:
            if condition is None:
                continue
            for name, window in condition.counts.items():
                back[name] = max(window, back.get(name, window))
            for name in condition.sinces:
                back[name] = EVER
        return back

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that messages may go out on: the common ones, and those that have a provider."""
        return tuple(dict.fromkeys((*CHANNELS, *self.workspace.providers)))

    @property
    def horizon(self) -> timedelta:
        """How long a touch can matter to a cap."""
        return caps.horizon(self.workspace)


def listens_to(campaign: Campaign) -> str:
    """The name of the moments that concern a campaign; a scheduled one has moments of its own."""
    return campaign.moment.on or moment_name(campaign.name)


def precedence(campaign: Campaign) -> tuple[int, str]:
    """Sorts campaigns: higher priority first, equals by name."""
    return -campaign.priority, campaign.name


def prepare(
    files: Mapping[str, bytes], *, env: Mapping[str, str], secret: bytes
) -> tuple[Material | None, tuple[Problem, ...]]:
    """Make a workspace's files (path to bytes) ready; None with what makes them unloadable, where they are."""
    loaded = blueprint.load(files, env)
    if loaded.workspace is None:
        return None, loaded.problems
    workspace = loaded.workspace
    catalogs, _ = read_catalogs(files)
    renderer = renderer_of(workspace, Templates(files, workspace.markets), catalogs)
    return Material(workspace, renderer, secret, _version(files)), loaded.problems


def _version(files: Mapping[str, bytes]) -> str:
    whole = blake2b(digest_size=8)
    for name, content in sorted(files.items()):
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def renderer_of(workspace: Workspace, templates: Templates, catalogs: Mapping[str, Catalog]) -> Renderer:
    """What renders a workspace's messages, as the workspace wants it."""
    return Renderer(
        templates,
        catalogs,
        workspace.locale,
        sms=workspace.sms,
        schemes=workspace.schemes,
        digits=workspace.digits,
    )
