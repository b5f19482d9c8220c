"""Links: that each leads somewhere by a scheme that mail programs and phones follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
_RELATIVE = re.compile(
    r"""\b(?:href|src)\s*=\s*(?:"(?P<link>(?:(?!\s*[a-z][a-z0-9+.-]*:|\s*\#)[^"{<>]+)?)")""", re.IGNORECASE
)
_EMBEDDED = frozenset({"cid"})


def schemes(subject: Subject) -> Iterator[Problem]:
    """Links that are written out, in templates and in translations."""
    for source in subject.templates.files:
        for node in walk(source.tree.body if source.tree else (), nodes.TemplateData):
            for match in _misled(subject, node.data):
                position = node.lineno + node.data.count("\n", 0, match.start("scheme"))
                said, needle = _said(subject, match["scheme"]), f"{match['scheme']}:"
                yield subject.in_template(position, "error", "link.scheme", said, needle)
    for translations in subject.translations.values():
        for entry in translations.entries.values():
            for form in entry.forms:
                for match in _misled(subject, form.text):
                    if match.re is _ADDRESS:  # foreign markup is told by the reader of catalogs
                        said = _said(subject, match["scheme"])
                        yield translations.problem(form.line, "error", "link.scheme", said)


def _misled(subject: Subject, text: str) -> Iterable[re.Match[str]]:
    """The links in a text that lead nowhere, one of each scheme."""
    allowed = _allowed(subject)
    near = [match for match in _ADDRESS.finditer(text) if did_you_mean(match["scheme"], allowed)]
    by_scheme = {match["scheme"]: match for match in (*near, *_ATTRIBUTE.finditer(text))}
    return [match for scheme, match in by_scheme.items() if scheme.lower() not in allowed | _EMBEDDED]


def relative(subject: Subject) -> Iterator[Problem]:
    """Links relative to a page: a mail stands on none."""
    for source in subject.templates.files:
        for node in walk(source.tree.body if source.tree else (), nodes.TemplateData):
            for match in _RELATIVE.finditer(node.data):
                position = node.lineno + node.data.count("\n", 0, match.start())
                said = f"A mail stands on no page, so a link to {match['link'] or ''!r} leads nowhere. Write the whole address, https://…"
                yield subject.in_template(position, "warning", "link.scheme", said, match[0])


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
