"""The arrows of the house: who may import whom, read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VALUES = {
    "orchestrator.model",
    "orchestrator.reasons",
    "orchestrator.civil",
    "orchestrator.addresses",
    "orchestrator.quick",
}
BLUEPRINT = {*VALUES, "orchestrator.blueprint"}
CORE = {*BLUEPRINT, "orchestrator.decision", "orchestrator.content"}
PORTS = {*VALUES, "orchestrator.ports"}
ENGINE = {
    *CORE,
    "orchestrator.ports",
    "orchestrator.material",
    "orchestrator.compose",
    "orchestrator.isolation",
    "orchestrator.links",
    "orchestrator.claims",
    "orchestrator.halts",
    "orchestrator.hold",
    "orchestrator.beside",
}
ALLOWED = {
    "orchestrator/quick.py": set[str](),
    "orchestrator/model.py": {"orchestrator.quick"},
    "orchestrator/reasons.py": set[str](),
    "orchestrator/civil.py": set[str](),
    "orchestrator/addresses.py": set[str](),
    "orchestrator/ports": PORTS,
    "orchestrator/blueprint": BLUEPRINT,
    "orchestrator/decision": {*BLUEPRINT, "orchestrator.decision", "orchestrator.ports"},
    "orchestrator/content": {*BLUEPRINT, "orchestrator.content"},
    "orchestrator/words": {*CORE, "orchestrator.words"},
    "orchestrator/material.py": {*CORE, "orchestrator.words"},
    "orchestrator/samples": {*CORE, "orchestrator.material", "orchestrator.samples"},
    "orchestrator/checking": {
        *CORE,
        "orchestrator.checking",
        "orchestrator.links",
        "orchestrator.material",
        "orchestrator.samples",
    },
    "orchestrator/compose.py": {*CORE, "orchestrator.material", "orchestrator.links"},
    "orchestrator/isolation.py": {*CORE, "orchestrator.compose", "orchestrator.ports"},
    "orchestrator/engine.py": ENGINE,
    "orchestrator/claims.py": PORTS,
    "orchestrator/halts.py": PORTS,
    "orchestrator/hold.py": PORTS,
    "orchestrator/beside.py": {*CORE, "orchestrator.compose", "orchestrator.ports"},
    "orchestrator/courier.py": {
        *ENGINE,
        "orchestrator.dispatch",
        "orchestrator.express",
        "orchestrator.renewal",
        "channels.deadline",
    },
    "orchestrator/renewal.py": ENGINE,
    "orchestrator/express.py": {*PORTS, "orchestrator.dispatch", "channels.deadline"},
    "orchestrator/notices.py": PORTS,
    "orchestrator/consents.py": {*ENGINE, "orchestrator.notices"},
    "orchestrator/strangers.py": ENGINE,
    "orchestrator/replies.py": {*ENGINE, "orchestrator.notices", "orchestrator.strangers"},
    "orchestrator/feedback.py": {*ENGINE, "orchestrator.replies"},
    "orchestrator/translation": {*CORE, "orchestrator.translation"},
    "orchestrator/stores": {*PORTS, "orchestrator.stores"},
    "channels": {"orchestrator.model", "channels"},
}
PURE = (
    "orchestrator/blueprint",
    "orchestrator/decision",
    "orchestrator/content",
    "orchestrator/compose.py",
    "orchestrator/translation",
    "orchestrator/checking",
    "orchestrator/samples",
)
IMPURE_MODULES = {
    "os",
    "pathlib",
    "socket",
    "subprocess",
    "random",
    "secrets",
    "time",
    "redis",
    "sqlalchemy",
    "celery",
    "requests",
}
IMPURE_CALLS = {"open", "now", "utcnow", "today", "input", "print"}


def files_of(place: str) -> list[Path]:
    """The sources of a room: a file, or all files of a folder."""
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    """Every module that a source names in an import, wherever it stands; `from a import b` may mean a.b."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(module: str, rooms: set[str]) -> bool:
    """Whether a module belongs to one of these rooms."""
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


@pytest.mark.parametrize("place", ALLOWED)
def test_a_room_imports_only_what_lies_before_it(place: str) -> None:
    """Each room reaches back along the arrows, never forward."""
    ours = [
        (file.name, module)
        for file in files_of(place)
        for module in imported(file)
        if is_within(module, {"orchestrator", "channels"}) and not is_within(module, ALLOWED[place])
    ]
    assert files_of(place)
    assert ours == []


@pytest.mark.parametrize("place", PURE)
def test_the_core_does_no_io_and_reads_no_clock(place: str) -> None:
    """Neither by import nor by a call that would."""
    for file in files_of(place):
        modules = {module.partition(".")[0] for module in imported(file)}
        assert not modules & IMPURE_MODULES, file
        calls = {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Call)
        }
        assert not calls & IMPURE_CALLS, file


def test_only_the_composition_root_knows_concrete_stores() -> None:
    """The engine and what stands before it see ports; shells go through the app."""
    knowing = {
        str(file.relative_to(ROOT))
        for file in files_of("orchestrator")
        if "stores" not in file.parts
        for module in imported(file)
        if is_within(module, {"orchestrator.stores.sql", "orchestrator.stores.redis_touches"})
    }
    assert knowing <= {"orchestrator/app.py", "orchestrator/cli/services.py"}
