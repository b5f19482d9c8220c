"""What whoever runs a command can mend about a database or a Redis, in words."""

from __future__ import annotations

from orchestrator.ports import Unfit


def told(error: Exception) -> tuple[str, ...]:
    """What is wrong with a store, and what to try; nothing where the error is about something else."""
    from redis.exceptions import RedisError  # all slow to import, and imported already where they raised something

    from orchestrator.stores.outages import OUTAGES

    if isinstance(error, Unfit):
        return (f"KAIROS_DATABASE_URL: {error}.",)
    if isinstance(error, RedisError):
        return f"Redis does not answer: {error}", "Start it, or name another one in KAIROS_REDIS_URL."
    if isinstance(error, OUTAGES):
        return str(error), "Bring it back, or name another one in KAIROS_DATABASE_URL or KAIROS_REDIS_URL."
    return ()
