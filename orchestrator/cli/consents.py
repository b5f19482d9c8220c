"""`kairos consents`: what somebody agreed to, and the proof that the ledger is what was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import orjson
import typer
from rich.progress import track

from orchestrator import rights
from orchestrator.app import App
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace
from orchestrator.decision.case import Route
from orchestrator.decision.consent import standing
from orchestrator.model import Consent, Facts
from orchestrator.ports import Chain

program = typer.Typer(help="What people agreed to, and the proof of it.", no_args_is_help=True)
PAGE = 500
DIFFERS = {
    "content": "entry {0} does not say what it said when it was recorded",
    "link": "entry {0} does not continue the one before it: one was removed, put in, or moved",
    "end": "entry {0} is not the last that was recorded: what came behind it was removed",
    "seal": "entry {0} is not the one that was sealed: the chain was written anew",
    "lost": "entry {0} was sealed and is there no more: the ledger was cut, or the person was forgotten since",
}
Seals = dict[str, tuple[int, str]]  # by person: how many entries there were, and the last one's hash


@program.command()
def verify(
    profile: Annotated[str | None, typer.Option(metavar="ID", help="Only this person's entries.")] = None,
    seal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write where each chain ends, to be kept out of reach.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="A seal that was written before.")
    ] = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Prove from the chain of hashes that no entry was changed or removed.

    Whoever can write to the database can also compute hashes. A seal that is kept elsewhere shows that, too.
    """
    seals = _sealed(against) if against else {}
    if profile is not None:
        seals = {id_: end for id_, end in seals.items() if id_ == profile}
    people = entries = 0
    faults: list[dict[str, Any]] = []
    with ExitStack() as stack:
        app = stack.enter_context(open_app(workspace))
        written = stack.enter_context(seal.open("wb")) if seal else None
        chains = _chains(app, profile)
        for chain in track(chains, "Verifying", total=None, disable=json, console=output.err):
            people += 1
            entries += len(chain.hashes)
            faults += _faults(chain, seals.pop(chain.profile, None))
            _write(written, chain)
    faults += [_fault(person, count, "lost") for person, (count, _) in seals.items()]
    _tell({"people": people, "entries": entries, "broken": faults}, json)
    raise SystemExit(1 if faults else 0)


def _chains(app: App, person: str | None) -> Iterator[Chain]:
    page = app.records.verify_consents(limit=PAGE, person=person)
    while page:
        yield from page
        page = app.records.verify_consents(after=page[-1].profile, limit=PAGE) if person is None else []


def _faults(chain: Chain, end: tuple[int, str] | None) -> Iterator[dict[str, Any]]:
    """What is wrong with a chain in itself, or else with what was sealed of it."""
    if chain.broken:
        yield _fault(chain.profile, chain.broken.entry, chain.broken.differs)
    elif end and end[0] > len(chain.hashes):
        yield _fault(chain.profile, end[0], "lost")
    elif end and chain.hashes[end[0] - 1] != end[1]:
        yield _fault(chain.profile, end[0], "seal")


def _fault(person: str, entry: int, differs: str) -> dict[str, Any]:
    return {"profile": person, "entry": entry, "differs": differs, "detail": DIFFERS[differs].format(entry)}


def _write(file: BinaryIO | None, chain: Chain) -> None:
    if file and chain.hashes:
        line = {"profile": chain.profile, "entries": len(chain.hashes), "hash": chain.hashes[-1]}
        file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def _sealed(file: Path) -> Seals:
    try:
        with file.open("rb") as lines:
            return {line["profile"]: (line["entries"], line["hash"]) for line in map(orjson.loads, lines)}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        output.fail(f"{file} is no seal: write one with kairos consents verify --seal FILE")


def _tell(found: dict[str, Any], json: bool) -> None:
    if json:
        output.line(found)
        return
    for fault in found["broken"]:
        output.note(f"{fault['profile']}: {fault['detail']}.")
    verdict = f"{len(found['broken'])} are broken" if found["broken"] else "nothing was changed or removed"
    output.out.print(f"{found['entries']} entries of {found['people']} people: {verdict}.", markup=False)


@program.command(name="list")
def list_(
    profile: Annotated[str, typer.Argument(help="A person's id.")], workspace: Workspace = None, json: Json = False
) -> None:
    """Show a person's entries in the ledger, and what they come to today: per purpose and channel, and why."""
    with open_app(workspace) as app:
        facts = app.records.gather([profile], history={}, now=app.clock())[profile]
        if facts.profile is None and not facts.consents:
            output.fail(f"There is no person {profile!r} on record.", code=1)
        today = list(_today(app, facts))
    entries = sorted(facts.consents, key=lambda entry: (entry.at, entry.recorded_at))
    if json:
        output.line(
            {"today": today, "entries": [{"profile": one.profile, **rights.ledger_entry(one)} for one in entries]}
        )
        return
    columns = ("purpose", "channel", "allowed", "reason", "why")
    output.table(f"{profile} today", columns, (_cells(line) for line in today))
    _show(entries)


def _today(app: App, facts: Facts) -> Iterator[dict[str, Any]]:
    """What may be sent today; nothing is, to somebody of whom no profile was reported."""
    if facts.profile is None:
        return
    workspace = app.material.workspace
    market = workspace.markets.get(facts.profile.market or "")
    routes = [Route(facts.profile, facts.suppressed, channel) for channel in app.material.channels]
    for purpose in workspace.purposes.values():
        for route in routes:
            found = standing(facts, purpose, market, route)
            place = {"purpose": purpose.name, "channel": route.channel}
            yield {**place, "allowed": found.passed, "reason": found.code, "detail": found.detail}


def _cells(line: dict[str, Any]) -> tuple[str, ...]:
    return line["purpose"], line["channel"], "yes" if line["allowed"] else "no", line["reason"], line["detail"]


def _show(entries: Iterable[Consent]) -> None:
    columns = ("at", "person", "channel", "purpose", "state", "address", "source", "evidence")
    rows = ((e.at, e.profile, e.channel, e.purpose, e.state, e.address, e.source, _proof(e)) for e in entries)
    output.table("The ledger", columns, rows)


def _proof(entry: Consent) -> str:
    return ", ".join(f"{name}={value}" for name, value in entry.evidence.items())
