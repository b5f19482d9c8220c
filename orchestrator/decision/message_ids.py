"""Ids of messages: what is recorded together stands together.

An index of ids at random has another page to write for each message, and the larger it is, the fewer of them are in memory.
So an id begins with what the messages of a run to people side by side have in common:

    6 digits and 6: how the moment's id begins │ 20: the moment and the campaign
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from orchestrator.model import Moment

COMMON = 12  # digits that messages recorded together may share


def message_id(moment: Moment, campaign: str) -> str:
    """The id of the message that a campaign writes for a moment, 32 hexadecimal digits: the same however often it is asked."""
    id_, person = moment.id, moment.profile
    whole = blake2b(f"{id_}\0{campaign}".encode(), digest_size=16).hexdigest()
    # of people side by side, ids at random differ early, where those that are counted are alike, and these differ late
    early = f"{id_.removesuffix(person)}{person[:3]}" if id_.endswith(person) else ""
    return f"{_digits(early)}{_digits(id_[:-2])}{whole[COMMON:]}"


@lru_cache(maxsize=1024)
def _digits(common: str) -> str:
    return blake2b(common.encode(), digest_size=3).hexdigest()
