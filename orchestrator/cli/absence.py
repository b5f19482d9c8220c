"""What whoever runs a command can mend about a database or a Redis, in words."""

from __future__ import annotations


def told(error: Exception) -> tuple[str, ...]:
    """What is wrong with a store, and what to try; nothing where the error is about something else."""
    from redis.exceptions import RedisError  # all slow to import, and imported already where they raised something

    from orchestrator.stores.outages import OUTAGES
    from orchestrator.stores.sql.engine import UnknownDatabase
    from orchestrator.stores.sql.migrations import NewerDatabase

    if isinstance(error, UnknownDatabase):
        return (f"KAIROS_DATABASE_URL: {error}.",)
    if isinstance(error, NewerDatabase):
        return (f"{error}.",)
    if isinstance(error, RedisError):
        return f"Redis does not answer: {error}", "Start it, or name another one in KAIROS_REDIS_URL."
    if isinstance(error, OUTAGES):
        return str(error), "Bring it back, or name another one in KAIROS_DATABASE_URL or KAIROS_REDIS_URL."
    return ()
