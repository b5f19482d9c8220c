"""What a workspace's YAML says that cannot be meant: names that nothing bears, secrets in the open, rules loosened.

Each check is a function of the workspace and its files; `CHECKS` is all of them, and a new one is one more line there.
The workspace may be built around what is wrong with the files, so a check asks `sources` what is written.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator, Mapping

from babel.core import get_global

from orchestrator.blueprint.codes import countries
from orchestrator.blueprint.expressions import Vocabulary, expressions
from orchestrator.blueprint.loosening import loosened_markets
from orchestrator.blueprint.markets import UNKNOWN_ZONE
from orchestrator.blueprint.problems import Problem, did_you_mean
from orchestrator.blueprint.providers import variables
from orchestrator.blueprint.references import unknown_names
from orchestrator.blueprint.sources import CAMPAIGNS, KAIROS, MARKETS, SEGMENTS, Sources
from orchestrator.blueprint.workspace import Workspace
from orchestrator.blueprint.yaml_reader import Path

Check = Callable[[Workspace, Sources], Iterator[Problem]]

_SECRET = re.compile(r"(?:^|_)(?:key|token|secret|password)$", re.IGNORECASE)
_RESERVED = {"data", "market", "channel", "true", "false", "none", *keyword.kwlist}
_YAML = re.compile(r"(?:campaigns?/.+|[^/]+)\.ya?ml")


def unknown_in_conditions(workspace: Workspace, sources: Sources) -> Iterator[Problem]:
    """Names in conditions that nothing bears, and comparisons that can never be true."""
    if any(sources.names(KAIROS, section) is None for section in ("attributes", "moments")):
        return  # nothing can be said of names in a file that cannot be read
    words = Vocabulary(workspace.attributes, workspace.moments)
    mistaken = _mistaken(workspace, sources)
    for file, path, text, on in expressions(sources):
        if any(name in text for name in mistaken):
            continue
        for found in words.compile_or_never(text, on).problems:
            yield sources.problem(file, path, "error", "condition.name", found.message, offset=found.offset)


def _mistaken(workspace: Workspace, sources: Sources) -> set[str]:
    """Names whose own entries have mistakes: what is said of them is said there."""
    borne = {*workspace.attributes, *workspace.moments, *(key for m in workspace.moments.values() for key in m.data)}
    patterns = (("attributes", "*"), ("moments", "*"), ("moments", "*", "data", "*"))
    return {str(path[-1]) for pattern in patterns for path, _ in sources.find(KAIROS, *pattern)} - borne


def attribute_names(workspace: Workspace, sources: Sources) -> Iterator[Problem]:
    """Attributes that no condition can name, because the language has the word for itself or cannot read it."""
    for name in sorted(workspace.attributes):
        if name in _RESERVED or not name.isidentifier():
            message = (
                f"No condition can name the attribute {name!r}. Call it by letters, digits and _, as in 'first_name'."
            )
            path = ("attributes", name)
            yield sources.problem(KAIROS, path, "warning", "attribute.name", message, on_key=True)


def sensitive_attributes(workspace: Workspace, sources: Sources) -> Iterator[Problem]:
    """Sensitive attributes in a condition of a campaign that does not name them, or of a cap."""
    sensitive = {name for name, attribute in workspace.attributes.items() if attribute.sensitive}
    for file, path, used in _used_attributes(workspace, sources):
        named = {name for _, name in sources.find(file, "identify", "*") if isinstance(name, str)}
        for name in sorted((used & sensitive) - named):
            message = f"The attribute {name!r} is sensitive. Name it under 'identify' of the campaign that uses it."
            yield sources.problem(file, path, "error", "attribute.sensitive", message)


def _used_attributes(workspace: Workspace, sources: Sources) -> Iterator[tuple[str, Path, frozenset[str]]]:
    """What each condition in kairos.yaml and in a campaign reads, that of a segment by name included."""
    words = Vocabulary(workspace.attributes, workspace.moments)
    for file, path, text, on in expressions(sources):
        if file != SEGMENTS:
            yield file, path, words.compile_or_never(text, on).attributes
    for file in sources.campaigns:
        for path, name in sources.find(file, "segment"):
            if isinstance(name, str) and name in workspace.segments:
                yield file, path, workspace.segments[name].attributes


def campaign_names(_: Workspace, sources: Sources) -> Iterator[Problem]:
    """Campaigns that share a name, and names that are not the file's."""
    first: dict[str, str] = {}
    for file in sources.campaigns:
        stem = file.removeprefix(CAMPAIGNS).removesuffix(".yaml")
        for path, name in sources.find(file, "campaign"):
            if not isinstance(name, str):
                continue
            if (other := first.setdefault(name, file)) != file:
                message = f"The campaign {name!r} is in {other} already, and is paused until one of the two is renamed."
                yield sources.problem(file, path, "error", "campaign.duplicate", message)
            elif name != stem:
                message = f"The campaign is called {name!r} and its file {stem!r}. Rename one, so that it can be found."
                yield sources.problem(file, path, "warning", "campaign.file_name", message)


def provider_secrets(workspace: Workspace, sources: Sources) -> Iterator[Problem]:
    """Settings of providers whose environment variable is not set, and secrets that stand in the file."""
    missing = {name for several in workspace.providers.values() for provider in several for name in provider.missing}
    for path, value in sources.find(KAIROS, "providers", "*", "*", "*"):
        wanted = sorted(missing.intersection(variables(value)))
        if wanted:
            message = f"The environment variable {' and '.join(wanted)} is not set, so this provider cannot send."
            yield sources.problem(KAIROS, path, "warning", "provider.secret_missing", message)
        if isinstance(value, str) and _SECRET.search(str(path[-1])) and "${" not in value:
            name = f"{path[1]}_{path[-1]}".upper()
            message = f'A secret stands in the file. Keep it in the environment, and write "${{{name}}}" here.'
            yield sources.problem(KAIROS, path, "warning", "provider.secret_written", message)


def local_links(workspace: Workspace, sources: Sources) -> Iterator[Problem]:
    """Real providers, while links in messages still lead to this machine."""
    if sources.names(KAIROS, "links"):
        return
    for path, adapter in sources.find(KAIROS, "providers", "*", "*", "adapter"):
        if adapter != "outbox":
            message = (
                f"Links in messages lead to {workspace.links_base}. Write where yours are: links: {{base: https://…}}."
            )
            yield sources.problem(KAIROS, path, "warning", "links.local", message)
            return


def market_names(workspace: Workspace, sources: Sources) -> Iterator[Problem]:
    """Markets whose name is nearly a country's code, and those whose time zone nobody knows."""
    for name in sorted(sources.names(MARKETS) or ()):
        country = _country(name)
        if country and country != name:
            message = f"{name!r} is no ISO country code, so it has no defaults. Did you mean {country!r}?"
            yield sources.problem(MARKETS, (name,), "warning", "market.no_country", message, on_key=True)
        market = workspace.markets.get(name)
        if market and not market.territory and market.timezones == UNKNOWN_ZONE and not _zone_written(sources, name):
            message = "The time zone of this market is not known; UTC is assumed. Write 'timezone'."
            yield sources.problem(MARKETS, (name,), "warning", "market.zone_unknown", message, on_key=True)


def _country(name: str) -> str | None:
    """The country that a name nearly is the code of: US for `us` and `USA`, GB for `UK`."""
    if name.upper() in countries():
        return name.upper()
    return next((alias for alias in get_global("territory_aliases").get(name, ()) if alias in countries()), None)


def _zone_written(sources: Sources, name: str) -> bool:
    return any(True for key in ("timezone", "timezones") for _ in sources.find(MARKETS, name, key))


def unread_files(_: Workspace, sources: Sources) -> Iterator[Problem]:
    """YAML that nothing reads, because of its name or folder; and a folder that is no workspace."""
    read = (KAIROS, MARKETS, SEGMENTS)
    if KAIROS not in sources:
        yield Problem(KAIROS, 1, 1, "warning", "file.missing", "There is no kairos.yaml here. Is this a workspace?")
    for name in sorted(sources):
        if _YAML.fullmatch(name) and name not in (*read, *sources.campaigns):
            hint = did_you_mean(name, read) or " Campaigns are read from campaigns/<name>.yaml."
            yield Problem(name, 1, 1, "warning", "file.unread", f"Nothing reads this file.{hint}")


CHECKS: tuple[Check, ...] = (
    unknown_names,
    unknown_in_conditions,
    attribute_names,
    sensitive_attributes,
    campaign_names,
    provider_secrets,
    local_links,
    loosened_markets,
    market_names,
    unread_files,
)


def lint(workspace: Workspace, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """What the checks find in a workspace and the files that it was loaded from."""
    sources = files if isinstance(files, Sources) else Sources(files)
    for check in CHECKS:
        yield from check(workspace, sources)
