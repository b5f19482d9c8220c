"""The tables of the desk: what is kept for those who call, beside the records."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from orchestrator.stores.sql.schema import metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

answers = Table(
    "answers",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", BigInteger),  # none while the request is at work
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Index("answers_by_age", "at"),
)

trail = Table(
    "trail",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("people", Text, nullable=False),  # pseudonyms
    Column("subjects", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

pseudonyms = Table(
    "pseudonyms",
    metadata,
    Column("pseudonym", Text, primary_key=True),
    Column("profile", Text, nullable=False),
    Index("pseudonyms_by_profile", "profile"),
)

confirmations = Table(
    "confirmations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("profile", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("address", Text),
    Column("asked_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
    Index("confirmations_by_profile", "profile"),
)

forgotten = Table(
    "forgotten",
    metadata,
    Column("hash", Text, primary_key=True),  # of channel and address, salted
    Column("at", BigInteger, nullable=False),
)
