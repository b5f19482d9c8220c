"""The tables' history. A fresh database goes through it from the start, so that there is one truth about the tables."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, text

from orchestrator.ports import Unfit

MIGRATING = 5_318_008_001  # any number that nobody else locks

_alone = Lock()  # Alembic keeps what it is doing in a variable of the process


class NewerDatabase(Unfit):
    """The database was made by a newer version of this program."""


def upgrade(engine: Engine) -> None:
    """Bring a database up to date; safe when several programs start at once, and quick when nothing is to do.

    Raises:
        NewerDatabase: it has tables that this version does not know.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with _alone, engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # on SQLite, whoever writes is alone
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NewerDatabase(
                f"the database is newer than this program ({error}): install a newer version"
            ) from error
