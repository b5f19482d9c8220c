"""Ids of messages: what is recorded together stands together.

An index of ids at random has another page to write for each message, and the larger it is, the fewer of them are in memory.
So an id begins with what messages of one time, and of people side by side, have in common:

    6 digits: the moment's second │ 4 and 4: where its person stands │ 18: the moment and the campaign
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from orchestrator.model import Moment

SECONDS = 1 << 24  # half a year; then they begin anew, which puts nothing in doubt
COMMON = 14  # digits that messages recorded together may share


def message_id(moment: Moment, campaign: str) -> str:
    """The id of the message that a campaign writes for a moment, 32 hexadecimal digits: the same however often it is asked."""
    whole = blake2b(f"{moment.id}\0{campaign}".encode(), digest_size=16).hexdigest()
    person = moment.profile
    second = int(moment.at.timestamp()) % SECONDS
    # ids in order differ early where they are random, and late where they are counted
    return f"{second:06x}{_digits(person[:3])}{_digits(person[:-2])}{whole[COMMON:]}"


@lru_cache(maxsize=1024)
def _digits(common: str) -> str:
    return blake2b(common.encode(), digest_size=2).hexdigest()
