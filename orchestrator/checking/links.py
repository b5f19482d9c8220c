"""Links: that each leads somewhere by a scheme that mail programs and phones follow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

from orchestrator.blueprint.problems import Problem, did_you_mean
from orchestrator.blueprint.sources import MARKETS
from orchestrator.checking.subject import Subject
from orchestrator.content.contexts import LINKS
from orchestrator.content.functions import address
from orchestrator.content.media import SCHEMES
from orchestrator.content.refusal import Unfit
from orchestrator.content.trees import walk

_ATTRIBUTE = re.compile(
    rf"""\b(?:{"|".join(map(re.escape, sorted(LINKS)))})\s*=\s*["']?\s*(?P<scheme>[a-z][a-z0-9+.-]*):""", re.I
)
_ADDRESS = re.compile(r"\b(?P<scheme>[a-z][a-z0-9+.-]*)://", re.I)
_EMBEDDED = frozenset({"cid"})


def schemes(subject: Subject) -> Iterator[Problem]:
    """Links that are written out in templates."""
    for source in subject.templates.files:
        for node in walk(source.tree.body if source.tree else (), nodes.TemplateData):
            yield from _in_text(subject, node.data, node.lineno)


def _in_text(subject: Subject, text: str, position: int) -> Iterator[Problem]:
    found = {match["scheme"]: match for match in _ADDRESS.finditer(text) if did_you_mean(match["scheme"], SCHEMES)}
    found |= {match["scheme"]: match for match in _ATTRIBUTE.finditer(text)}
    for scheme, match in found.items():
        if scheme.lower() not in SCHEMES | _EMBEDDED:
            line = position + text[: match.start("scheme")].count("\n")
            yield subject.in_template(line, "error", "link.scheme", _said(scheme), f"{scheme}:")


def terms(subject: Subject) -> Iterator[Problem]:
    """Terms of a market that stand at the head of a link, and cannot."""
    heading = {lookup.use.path for lookup in subject.lookups if lookup.use.role == "url"}
    for market in subject.workspace.markets.values():
        for name, value in market.terms.items():
            path = ("market", "terms", name)
            if isinstance(value, str) and (path in heading or _ADDRESS.match(value)) and not _leads(value):
                scheme = value.partition(":")[0]
                yield subject.in_yaml(MARKETS, (market.name, "terms", name), "error", "link.scheme", _said(scheme))


def _leads(value: str) -> bool:
    try:
        return bool(address(value, SCHEMES))
    except Unfit:
        return False


def _said(scheme: str) -> str:
    allowed = ", ".join(sorted(SCHEMES))
    return f"A link cannot lead to {scheme[:40]!r}.{did_you_mean(scheme, SCHEMES)} Allowed are {allowed}, and addresses on one's own site."
