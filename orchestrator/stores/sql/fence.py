"""Eras of the hot state: claims made in one that is over are not recorded any more.

An era is named `slot:token`. Of each slot one is current; those before it are over for good, however late somebody
still speaks of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from orchestrator.ports import Superseded
from orchestrator.stores.sql.session import Found, Session

# takes the slot's row, whoever makes it, so that two who begin an era each do so one after the other
HOLD = """
    INSERT INTO eras (slot, era) VALUES (:slot, :era) ON CONFLICT (slot) DO UPDATE SET slot = excluded.slot RETURNING era
"""


def is_current(session: Session, era: str) -> bool:
    """Whether claims of this era are taken."""
    return bool(session.rows("SELECT 1 FROM eras WHERE slot = :slot AND era = :era", slot=_slot(era), era=era))


def enter(session: Session, era: str) -> bool:
    """Make this the slot's era; False if it is over already."""
    ((current,),) = session.rows(HOLD, slot=_slot(era), era=era)
    if current == era:
        return True
    if session.rows("SELECT 1 FROM past_eras WHERE era = :era", era=era):
        return False
    session.run("INSERT INTO past_eras (era) VALUES (:current)", current=current)
    session.run("UPDATE eras SET era = :era WHERE slot = :slot", slot=_slot(era), era=era)
    return True


def hold(session: Session, eras: Collection[str]) -> None:
    """Keep these eras current until the transaction ends; which is undone with `Superseded` where one of them is over."""
    named = _named(eras)

    def assert_held(held: Sequence[Found]) -> None:
        if len(held) < len(named):
            raise Superseded("the hot state was lost since these messages were decided: decide them again")

    session.run("SELECT era FROM eras WHERE era IN :eras FOR SHARE", eras=named, then=assert_held)


def _named(eras: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({era for era in eras if era}))


def _slot(era: str) -> str:
    return era.rpartition(":")[0]
