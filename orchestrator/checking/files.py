"""The workspace's files: whether each is used, and whether all that stands in a template is ever printed."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from orchestrator.blueprint.problems import Problem, did_you_mean
from orchestrator.checking.subject import Subject, named_in
from orchestrator.content.catalogs import PATH, path_of
from orchestrator.content.files import template_name
from orchestrator.content.locales import canonical
from orchestrator.content.trees import walk

_NOTES = ".md"


def unused_tactics(subject: Subject) -> Iterator[Problem]:
    """Folders of templates that no campaign names, and channels on which no campaign sends them."""
    sent: dict[str, set[str]] = {}
    for campaign in subject.workspace.campaigns.values():
        for market in subject.markets(campaign):
            sent.setdefault(campaign.template, set()).update(subject.channels(campaign, market))
    misspelt = sent.keys() - subject.templates.tactics()
    for tactic in sorted(subject.templates.tactics() - sent.keys()):
        if did_you_mean(tactic, misspelt):
            continue
        files = [f"templates/{path}" for path in _paths(subject) if path.startswith(f"{tactic}/")]
        yield Problem(files[0], 1, 1, "warning", "template.unused", f"No campaign names the template {tactic!r}.")
    for tactic, channel, variants in subject.templates.messages():
        if tactic in sent and channel not in sent[tactic]:
            message = f"No campaign sends {tactic!r} by {channel}."
            yield Problem(f"templates/{variants.base}", 1, 1, "warning", "template.unused", message)


def unused_variations(subject: Subject) -> Iterator[Problem]:
    """Variations for a market that no campaign addresses, or for a locale that nothing is translated into."""
    used = {path for message in subject.messages for path in message.layers}
    sending = {(message.campaign.template, message.channel) for message in subject.messages}
    for tactic, channel, variants in subject.templates.messages():
        for name, path in variants.variations.items():
            if (tactic, channel) in sending and path not in used and f"templates/{path}" not in subject.broken:
                what = "goes to that market" if subject.templates.is_market(name) else "can be in that language"
                message = f"No message {what}, so this variation is never used."
                yield Problem(f"templates/{path}", 1, 1, "warning", "template.unused", message)


def unused_files(subject: Subject) -> Iterator[Problem]:
    """Files that no message is made of."""
    messages = [variants for _, _, variants in subject.templates.messages()]
    made_of = subject.reached(path for found in messages for path in (found.base, *found.variations.values()))
    told = {problem.file for problem in subject.templates.problems}
    maybe = _perhaps_named(subject)
    for path in _paths(subject):
        if path not in made_of | maybe and f"templates/{path}" not in told and not path.endswith(_NOTES):
            message = "No message is made of this file; nothing extends, includes or imports it."
            yield Problem(f"templates/{path}", 1, 1, "warning", "template.unused", message)


def _perhaps_named(subject: Subject) -> frozenset[str]:
    """The files that a misspelt name may mean, or that stand in one which cannot be read as a template."""
    files, paths = subject.templates.files, _paths(subject)
    broken = [subject.sources[f"templates/{source.path}"] for source in files if source.tree is None]
    missing = {name for source in files if source.tree for name in named_in(source.tree) if name not in files}
    meant = frozenset(path for path in paths if any(did_you_mean(name, (path,)) for name in missing))
    return meant | frozenset(path for path in paths if any(path.encode() in content for content in broken))


def missing_files(subject: Subject) -> Iterator[Problem]:
    """Files that are imported and are not there; what is extended or included is told by the one who joins files."""
    files = subject.templates.files
    for source in files:
        for node in walk(source.tree.body if source.tree else (), nodes.Stmt):
            if isinstance(node, nodes.Import | nodes.FromImport) and template_name(node) not in files:
                name = template_name(node)
                message = f"There is no template {name!r}.{did_you_mean(name, _paths(subject))}"
                yield subject.in_template(node.lineno, "error", "template.not_found", message, name)


def _paths(subject: Subject) -> list[str]:
    return sorted(source.path for source in subject.templates.files)


def stray_text(subject: Subject) -> Iterator[Problem]:
    """Text outside of all blocks, which is printed nowhere."""
    layered = {path for message in subject.messages for path in message.layers}
    for source in subject.templates.files:
        if source.path in layered and source.tree:
            for output in source.tree.body:
                if isinstance(output, nodes.Output):
                    yield from _stray(subject, output)


def _stray(subject: Subject, output: nodes.Output) -> Iterator[Problem]:
    for node in output.nodes:
        if not isinstance(node, nodes.TemplateData) or node.data.strip():
            text = node.data if isinstance(node, nodes.TemplateData) else ""
            position = node.lineno + text[: len(text) - len(text.lstrip())].count("\n")
            message = "This stands outside of all blocks, so it is never printed. Each block is a field of the message."
            yield subject.in_template(position, "warning", "template.stray", message, text.strip()[:20])
            return


def unread_catalogs(subject: Subject) -> Iterator[Problem]:
    """Translations where nobody looks for them."""
    for path in subject.sources:
        if path.startswith("locales/") and path.endswith(".po") and not PATH.fullmatch(path):
            message = f"Nothing reads this file. Translations are read from {path_of('<locale>')}."
            yield Problem(path, 1, 1, "warning", "file.unread", message)


def repeated_locales(subject: Subject) -> Iterator[Problem]:
    """Catalogs whose folders are two spellings of one locale, so that only one of them serves."""
    first: dict[str | None, str] = {}
    for name in sorted(subject.catalogs, key=lambda name: (name != canonical(name), name)):
        other = first.setdefault(canonical(name), name)
        if other != name:
            message = f"This is the locale of {path_of(other)}, too. Put both catalogs together in that one."
            yield Problem(path_of(name), 1, 1, "error", "catalog.locale", message)
