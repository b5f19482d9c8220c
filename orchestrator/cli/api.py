"""`kairos api`, the house over HTTP, and `kairos keys`, who may call it."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from orchestrator import audit
from orchestrator.api import keys, limits
from orchestrator.app import App
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.civil import rfc3339
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.log import open_log
from orchestrator.cli.output import Json, Workspace
from orchestrator.ports import Records
from orchestrator.settings import Settings
from orchestrator.watch.observed import observed, tracer
from orchestrator.watch.tally import Tally

PORT = 8787
GRACE = 20  # seconds for requests under way when we are told to stop

Port = Annotated[int, typer.Option(help="Where to listen.", min=1, max=65_535)]
Host = Annotated[str, typer.Option(help="On which address; 0.0.0.0 is all of them.")]

program = typer.Typer(help="API keys: who may call, and for what.", no_args_is_help=True)


def api(
    host: Host = "127.0.0.1",
    port: Port = PORT,
    rate: Annotated[float, typer.Option(help="Requests a second of one key, on average.", min=0.01)] = limits.RATE,
    burst: Annotated[int, typer.Option(help="Requests of one key at once.", min=1)] = limits.BURST,
    room: Annotated[int, typer.Option(help="Moments that may wait before no more are taken on.", min=1)] = limits.ROOM,
    patience: Annotated[
        float, typer.Option(help="Seconds that a moment may wait before no more are taken on; 0: however long.", min=0)
    ] = limits.PATIENCE,
    workspace: Workspace = None,
) -> None:
    """Run the HTTP API, and the pages on which people choose what they get."""
    import uvicorn  # a second to import, and only needed here

    from orchestrator.api.service import create
    from orchestrator.stores.outages import OUTAGES

    with App(Settings.read(Path(workspace) if workspace else None), observe=_traced) as app:
        os.environ["KAIROS_WORKSPACE"] = str(app.settings.workspace)
        app.settings.prepare()  # links are signed by a secret of this installation
        _ = app.material  # a workspace that cannot be loaded stops here, in words
        assert_free(host, port)
        with suppress(*OUTAGES):  # a database that is away may come back; one that cannot be used stops here, in words
            _ = app.desk
        open_log(app.settings, "api")
        signal.signal(signal.SIGTERM, _end)  # once the server has let its requests finish
        service = create(app, rate=rate, burst=burst, room=room, patience=patience)
        uvicorn.run(
            service,
            host=host,
            port=port,
            http="h11",  # the other parser that it would take sets no bound on headers
            access_log=False,  # it would write down tokens
            server_header=False,
            log_config=None,
            timeout_graceful_shutdown=GRACE,
        )


def _traced(records: Records) -> Records:
    found = tracer()
    return observed(records, Tally(), found) if found else records


def _end(_: int, __: FrameType | None) -> None:
    raise SystemExit(0)


def assert_free(host: str, port: int) -> None:
    """Make sure that nobody else listens there, or stop with words."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            output.fail(f"Nothing can listen on {host}:{port} ({error.strerror}): name another port with --port.")


@program.command()
def create(
    scope: Annotated[list[str], typer.Option(help="What the key is for; may be given several times.")],
    name: Annotated[str, typer.Option(help="Whose key it is.")] = "",
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Make a key. It is shown this once, and never again."""
    for wanted in scope:
        if wanted not in keys.SCOPES:
            output.fail(
                f"There is no scope {wanted!r}.{did_you_mean(wanted, keys.SCOPES)} There are: {', '.join(keys.SCOPES)}."
            )
    with open_app(workspace) as app:
        written, kept = keys.mint(name, scope, app.clock())
        app.desk.add_key(kept)
        audit.note(app, audit.operator(), "key.created", subjects=[kept.id], scopes=sorted(kept.scopes))
    if json:
        output.line({"id": kept.id, "key": written, "scopes": sorted(kept.scopes)})
        return
    output.note(f"This key is for: {', '.join(sorted(kept.scopes))}. It is not shown again.")
    output.out.print(written, markup=False, soft_wrap=True)


@program.command(name="list")
def list_(workspace: Workspace = None, json: Json = False) -> None:
    """List the keys there are; never what they say."""
    with open_app(workspace) as app:
        found = app.desk.keys()
    if json:
        for key in found:
            output.line(
                {
                    "id": key.id,
                    "name": key.name,
                    "scopes": sorted(key.scopes),
                    "created_at": rfc3339(key.created_at),
                    "revoked_at": rfc3339(key.revoked_at),
                }
            )
        return
    rows = ((k.id, k.name, ", ".join(sorted(k.scopes)), k.created_at, k.revoked_at) for k in found)
    output.table(f"{len(found)} keys", ("id", "name", "scopes", "created", "revoked"), rows)


@program.command()
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="The key's id.")],
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Honour a key no more, from the next request on."""
    with open_app(workspace) as app:
        revoked = app.desk.revoke_key(id, now=app.clock())
        if revoked:
            audit.note(app, audit.operator(), "key.revoked", subjects=[id])
    if json:
        output.line({"id": id, "revoked": revoked})
    elif revoked:
        output.note(f"{id} is revoked.")
    if not revoked:
        output.fail(f"There is no key {id!r} that is honoured.", code=1)


COMMANDS = (api,)
