"""Names and what bears them: every place in a workspace where a name is used, in one table.

The files are read as they were written, so a name is checked whatever else is wrong beside it; and a name counts as
borne even where its own entry has a mistake, which is reported there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from orchestrator.blueprint.notices import BUILT_IN_MOMENTS
from orchestrator.blueprint.problems import Problem, unknown
from orchestrator.blueprint.sources import CAMPAIGNS, KAIROS, MARKETS, SEGMENTS, Sources
from orchestrator.blueprint.workspace import BUILT_IN_PURPOSES, Workspace
from orchestrator.blueprint.yaml_reader import Path
from orchestrator.model import CHANNELS

TEMPLATES = "templates/"


@dataclass(frozen=True, slots=True)
class Reference:
    """A place where a name of some kind is used: as the value there, or as the key (`by_key`)."""

    file: str
    pattern: tuple[str, ...]
    kind: str
    by_key: bool = False
    besides: frozenset[str] = frozenset()


REFERENCES = (
    Reference(KAIROS, ("caps", "*", "purpose"), "purpose"),
    Reference(KAIROS, ("caps", "*", "channel"), "channel"),
    Reference(KAIROS, ("providers", "*"), "channel", by_key=True),
    Reference(KAIROS, ("providers", "*", "*", "markets", "*"), "market"),
    Reference(MARKETS, ("*", "channels", "*"), "channel"),
    Reference(MARKETS, ("*", "consent", "*"), "channel", by_key=True),
    Reference(MARKETS, ("*", "daily", "*"), "channel", by_key=True),
    Reference(MARKETS, ("*", "prefix", "*"), "channel", by_key=True),
    Reference(MARKETS, ("*", "suffix", "*"), "channel", by_key=True),
    Reference(MARKETS, ("*", "prices", "*"), "channel", by_key=True),
    Reference(CAMPAIGNS, ("purpose",), "purpose"),
    Reference(CAMPAIGNS, ("topic",), "topic"),
    Reference(CAMPAIGNS, ("markets", "*"), "market"),
    Reference(CAMPAIGNS, ("goal", "moment"), "moment"),
    Reference(CAMPAIGNS, ("segment",), "segment"),
    Reference(CAMPAIGNS, ("identify", "*"), "attribute"),
    Reference(CAMPAIGNS, ("moment", "on"), "moment"),
    Reference(CAMPAIGNS, ("channel",), "channel", besides=frozenset({"market", "auto", "moment"})),
    Reference(CAMPAIGNS, ("channel", "*"), "channel"),
    Reference(CAMPAIGNS, ("tactic", "template"), "template"),
)
_DECLARED = {
    "purpose": "Declare it under `purposes` in kairos.yaml; until then a campaign with it is as strict as can be.",
    "channel": "",
    "market": "Write it in markets.yaml.",
    "moment": "Declare it under `moments` in kairos.yaml.",
    "topic": "Say under `topics` in kairos.yaml what it is called; until then people see its bare name.",
    "segment": "Write it in segments.yaml; until then nobody is in it.",
    "attribute": "Declare it under `attributes` in kairos.yaml; until then it counts as not known.",
    "template": "Make the folder below templates/, with a file for each channel.",
}


def unknown_names(workspace: Workspace, sources: Sources) -> Iterator[Problem]:
    """Names of purposes, markets, segments, moments, attributes, channels and templates that nothing bears."""
    known = {kind: _borne(kind, workspace, sources) for kind in _DECLARED}
    for reference in REFERENCES:
        borne = known[reference.kind]
        if borne is not None:
            for file, path, name in _uses(reference, sources):
                if name not in borne and name not in reference.besides:
                    message = f"{unknown(reference.kind, name, borne)} {_DECLARED[reference.kind]}".strip()
                    code = f"{reference.kind}.unknown"
                    yield sources.problem(file, path, "error", code, message, on_key=reference.by_key)


def _uses(reference: Reference, sources: Sources) -> Iterator[tuple[str, Path, str]]:
    for file in sources.campaigns if reference.file == CAMPAIGNS else (reference.file,):
        for path, value in sources.find(file, *reference.pattern):
            name: Any = path[-1] if reference.by_key else value
            if isinstance(name, str):
                yield file, path, name


def _borne(kind: str, workspace: Workspace, sources: Sources) -> frozenset[str] | None:
    """The names of a kind; None where the file that gives them cannot be read."""
    match kind:
        case "channel":
            return frozenset(CHANNELS)
        case "template":
            return frozenset(
                name.split("/")[1] for name in sources if name.startswith(TEMPLATES) and name.count("/") > 1
            )
        case "segment":
            return sources.names(SEGMENTS)
        case "market":
            return _together(sources.names(MARKETS), workspace.markets)
        case "purpose":
            return _together(sources.names(KAIROS, "purposes"), BUILT_IN_PURPOSES)
        case "moment":
            return _together(sources.names(KAIROS, "moments"), BUILT_IN_MOMENTS)
    return sources.names(KAIROS, f"{kind}s")


def _together(written: frozenset[str] | None, others: Iterable[str]) -> frozenset[str] | None:
    return None if written is None else written | frozenset(others)
