"""Blocks: the fields of a message and the gaps of a layout, and whether what fills them is ever printed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from jinja2 import nodes

from orchestrator.blueprint.problems import Problem, Severity, did_you_mean
from orchestrator.checking.subject import Message, Subject
from orchestrator.checking.wording import counted
from orchestrator.content.fields import FIELDS, REQUIRED
from orchestrator.content.syntax import LINES
from orchestrator.content.trees import walk


def repeated_blocks(subject: Subject) -> Iterator[Problem]:
    """Blocks that stand twice in one file: only the first would ever be printed."""
    for source in subject.templates.files:
        blocks = list(walk(source.tree.body, nodes.Block)) if source.tree else []
        counts = Counter(block.name for block in blocks)
        for block in blocks[::-1]:
            if counts[block.name] > 1:
                counts[block.name] -= 1
                message = f"The block {block.name!r} stands in this file already; only the first one is printed."
                yield subject.in_template(block.lineno, "error", "template.block", message, block.name)


def unused_blocks(subject: Subject) -> Iterator[Problem]:
    """Blocks that stand in no field: their name is misspelt, or that of the gap which they should fill."""
    found: dict[str, dict[int, Message]] = defaultdict(dict)
    for message in subject.messages:
        inner = _within_unused(subject, message)
        for name in message.linked.unused.keys() - inner:
            found[name][message.linked.unused[name]] = message
    for name, by_position in found.items():
        gaps = {_gap(subject, message, name, position) for position, message in by_position.items()}
        if len(by_position) > 1 and len(gaps) == 1 and None not in gaps:
            yield _misspelt_gap(subject, gaps.pop() or 0, name, by_position)
        else:
            yield from (_unprinted(subject, message, name, at) for at, message in by_position.items())


def _within_unused(subject: Subject, message: Message) -> frozenset[str]:
    """The blocks that stand in others which are not printed: mending those mends them."""
    files = subject.templates.files
    blocks = [block for path in message.layers for block in walk(files.tree(path).body, nodes.Block)]
    unused = [block for block in blocks if block.name in message.linked.unused]
    return frozenset(inner.name for block in unused for inner in walk(block.body, nodes.Block))


def _gap(subject: Subject, message: Message, name: str, position: int) -> int | None:
    """The position of a block that nothing fills, in a file below, whose name is nearly this one."""
    blocks = _blocks(subject, message)
    for other, positions in blocks.items():
        if len(positions) == 1 and positions[0] // LINES != position // LINES and did_you_mean(name, (other,)):
            return positions[0]
    return None


def _blocks(subject: Subject, message: Message) -> dict[str, list[int]]:
    """All blocks of a message by name, most derived first, with their positions."""
    found: dict[str, list[int]] = {}
    for path in message.layers:
        for block in walk(subject.templates.files.tree(path).body, nodes.Block):
            found.setdefault(block.name, []).append(block.lineno)
    return found


def _misspelt_gap(subject: Subject, gap: int, name: str, by_position: dict[int, Message]) -> Problem:
    files = {subject.place(position).rpartition(":")[0] for position in by_position}
    message = f"Nothing fills this block. Did you mean {name!r}, as {counted('file', files)} {'have' if len(files) > 1 else 'has'} it?"
    return subject.in_template(gap, "warning", "template.block", message)


def _unprinted(subject: Subject, message: Message, name: str, position: int) -> Problem:
    there_are = (*FIELDS[message.channel], *(set(_blocks(subject, message)) - {name}))
    hint = (
        did_you_mean(name, there_are) or f" The fields of {message.channel} are {', '.join(FIELDS[message.channel])}."
    )
    gap = _gap(subject, message, name, position)
    where = f" ({subject.place(gap)})" if gap else ""
    said = f"The block {name!r} is never printed: it is no field, and stands in none.{hint}{where}"
    lacking = [field for group in REQUIRED[message.channel] for field in group if field not in message.linked.fields]
    severity: Severity = "error" if did_you_mean(name, lacking) else "warning"
    return subject.in_template(position, severity, "template.block", said, name)
