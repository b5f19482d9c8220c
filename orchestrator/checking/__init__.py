"""The author's safety net: what can be proved of a workspace without sending anything.

    files ──► Subject ──► CHECKS ──► problems, each with file, line and column, and a stable code
                │
                └─ messages: campaign × channel × market × locale

    names       every variable is declared or given; what is sensitive is named
    needs       what a message cannot do without is there for certain
    kinds       what is done with a value suits it
    strings     every string is translated, as the template has it, and no other
    blocks      what fills a gap is printed
    files       what lies there is used
    channels    there is something to say wherever a campaign speaks
    texts       what stands in templates as it is may be read as it is
    links       links lead somewhere
    proofs      every message can be rendered, with the values at which templates break, within its channel's limits,
                and translations fit where readers see them

Each check is a function of the subject, and a new one is one more line in `CHECKS`. Whether the YAML, the templates and
the catalogs are right in themselves is said by those who read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from orchestrator.blueprint import Problem, load
from orchestrator.blueprint.sources import Sources
from orchestrator.checking import blocks, channels, failures, files, growth, kinds, links, names, needs, strings, texts
from orchestrator.checking.memory import Memory
from orchestrator.checking.proofs import Proofs, prove
from orchestrator.checking.subject import Subject
from orchestrator.content.catalogs import read_catalogs
from orchestrator.content.templates import Templates
from orchestrator.material import renderer_of

Check = Callable[[Subject], Iterator[Problem]]
CHECKS: tuple[Check, ...] = (
    names.unknown_names,
    names.unread_terms,
    names.sensitive,
    needs.optional_fields,
    needs.optional_attributes,
    needs.optional_terms,
    needs.optional_values,
    kinds.wrong_kinds,
    kinds.misuses,
    kinds.unwritten,
    kinds.never_equal,
    strings.untranslated,
    strings.stale,
    strings.plurals,
    strings.missing_catalogs,
    blocks.repeated_blocks,
    blocks.unused_blocks,
    files.unused_tactics,
    files.unused_variations,
    files.unused_files,
    files.missing_files,
    files.stray_text,
    files.unread_catalogs,
    files.repeated_locales,
    channels.without_template,
    channels.whatsapp_variables,
    channels.whatsapp_unapproved,
    texts.untranslatable,
    texts.foreign,
    texts.tags,
    links.schemes,
    links.relative,
    links.terms,
)
TRIALS: tuple[Callable[[Subject, Proofs], Iterator[Problem]], ...] = (failures.failures, growth.grown)


def check(contents: Mapping[str, bytes], env: Mapping[str, str], memory: Memory | None = None) -> tuple[Problem, ...]:
    """All problems of a workspace, by file and line.

    Args:
        contents: everything in the workspace's folder, by path relative to it.
        env: where the secrets of providers are looked up.
        memory: what was proved of it before; who checks a workspace again and again keeps one.
    """
    loaded = load(contents, env)
    catalogs, in_catalogs = read_catalogs(contents)
    found = [*loaded.problems, *in_catalogs]
    workspace = loaded.workspace
    templates = Templates(contents, workspace.markets if workspace else ())
    if workspace is None:
        found += (problem for source in templates.files for problem in source.problems)
    else:
        faulty = frozenset(problem.file for problem in loaded.problems if problem.severity == "error")
        renderer = renderer_of(workspace, templates, catalogs)
        sources = Sources(contents)
        found += problems(Subject(sources, workspace, templates, catalogs, renderer, memory or Memory(), faulty))
    return tuple(sorted(dict.fromkeys(found)))


def problems(subject: Subject) -> Iterator[Problem]:
    """What all checks find in a workspace that can be loaded."""
    yield from (problem for problem in subject.template_problems if not _is_about_unused_block(problem))
    for each in CHECKS:
        yield from each(subject)
    proofs = prove(subject)
    for trial in TRIALS:
        yield from trial(subject, proofs)


def _is_about_unused_block(problem: Problem) -> bool:
    """Whether `blocks` says the same and more."""
    return (problem.code, problem.severity) == ("template.block", "warning")
