"""The trail of what was done, and what shows when somebody changes it behind its back."""

from __future__ import annotations

import pytest

from orchestrator.ports import Break, Deed
from orchestrator.stores.sql import SqlRecords, trail
from orchestrator.stores.sql.session import Session
from tests.stores.builders import NOW


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE trail SET actor = 'nobody' WHERE action = 'b'", Break(2, "content")),
        ("DELETE FROM trail WHERE action = 'b'", Break(2, "link")),
        ("DELETE FROM trail WHERE action = 'c'", Break(2, "end")),
        ("DELETE FROM trail", Break(0, "end")),
    ],
)
def test_what_was_changed_behind_its_back_shows(sql_records: SqlRecords, tampering: str, broken: Break) -> None:
    with sql_records._engine.begin() as connection:
        session = Session(connection)
        for action in "abc":
            trail.append(session, Deed(NOW, "person", action, ("u1",)))
        assert trail.verify(session) == (3, None)
        session.run(tampering)
        assert trail.verify(session)[1] == broken
