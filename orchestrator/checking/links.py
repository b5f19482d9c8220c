"""Links: that each leads somewhere by a scheme that mail programs and phones follow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

from orchestrator.blueprint import Market
from orchestrator.blueprint.problems import Problem, did_you_mean
from orchestrator.blueprint.sources import MARKETS
from orchestrator.checking.subject import Subject
from orchestrator.content.contexts import LINKS
from orchestrator.content.functions import address
from orchestrator.content.media import SCHEMES
from orchestrator.content.refusal import Unfit
from orchestrator.content.trees import walk

_SCHEME = r"(?P<scheme>[a-z][a-z0-9+.-]*)"
_NAMES = "|".join(map(re.escape, sorted(LINKS)))
_ATTRIBUTE = re.compile(rf"""\b(?:{_NAMES})\s*=\s*["']?\s*{_SCHEME}:""", re.IGNORECASE)
_ADDRESS = re.compile(rf"\b{_SCHEME}://", re.IGNORECASE)
_EMBEDDED = frozenset({"cid"})


def schemes(subject: Subject) -> Iterator[Problem]:
    """Links that are written out in templates."""
    for source in subject.templates.files:
        for node in walk(source.tree.body if source.tree else (), nodes.TemplateData):
            yield from _in_text(subject, node.data, node.lineno)


def _in_text(subject: Subject, text: str, position: int) -> Iterator[Problem]:
    allowed = _allowed(subject)
    near = [match for match in _ADDRESS.finditer(text) if did_you_mean(match["scheme"], allowed)]
    for scheme, match in {match["scheme"]: match for match in (*near, *_ATTRIBUTE.finditer(text))}.items():
        if scheme.lower() not in allowed | _EMBEDDED:
            line = position + text[: match.start("scheme")].count("\n")
            yield subject.in_template(line, "error", "link.scheme", _said(subject, scheme), f"{scheme}:")


def terms(subject: Subject) -> Iterator[Problem]:
    """Terms of a market that stand at the head of a link, and cannot."""
    for market, name in misleading(subject):
        said = _said(subject, str(market.terms[name]).partition(":")[0])
        yield subject.in_yaml(MARKETS, (market.name, "terms", name), "error", "link.scheme", said)


def misleading(subject: Subject) -> Iterator[tuple[Market, str]]:
    """The terms of markets that are no addresses and should be."""
    heading = {lookup.use.path for lookup in subject.lookups if lookup.use.role == "url"}
    for market in subject.workspace.markets.values():
        for name, value in market.terms.items():
            is_address = ("market", "terms", name) in heading or (isinstance(value, str) and _ADDRESS.match(value))
            if is_address and not _leads(subject, value):
                yield market, name


def _leads(subject: Subject, value: object) -> bool:
    try:
        return bool(address(value, _allowed(subject)))
    except Unfit:
        return False


def _allowed(subject: Subject) -> frozenset[str]:
    """The schemes that a link may have: the common ones, and those of the workspace's own apps."""
    return SCHEMES | frozenset(subject.workspace.schemes)


def _said(subject: Subject, scheme: str) -> str:
    allowed = _allowed(subject)
    hint = did_you_mean(scheme, allowed)
    return f"A link cannot lead to {scheme[:40]!r}.{hint} Allowed are {', '.join(sorted(allowed))}."
