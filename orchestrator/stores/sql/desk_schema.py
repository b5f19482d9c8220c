"""The tables of the desk: what is kept for those who call, beside the records."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from orchestrator.stores.sql.schema import TEXT, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("scopes", TEXT, nullable=False),
    Column("digest", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

answers = Table(
    "answers",
    metadata,
    Column("caller", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("fingerprint", TEXT, nullable=False),
    Column("status", BigInteger),  # none while the request is at work
    Column("body", TEXT, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Index("answers_by_age", "at"),
)

trail = Table(
    "trail",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("people", TEXT, nullable=False),  # pseudonyms
    Column("subjects", TEXT, nullable=False),
    Column("details", TEXT, nullable=False),
    Column("prev_hash", TEXT, nullable=False),
    Column("hash", TEXT, nullable=False),
)

pseudonyms = Table(
    "pseudonyms",
    metadata,
    Column("pseudonym", TEXT, primary_key=True),
    Column("profile", TEXT, nullable=False),
    Index("pseudonyms_by_profile", "profile"),
)

confirmations = Table(
    "confirmations",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("profile", TEXT, nullable=False),
    Column("channel", TEXT, nullable=False),
    Column("purpose", TEXT, nullable=False),
    Column("address", TEXT),
    Column("asked_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
    Index("confirmations_by_profile", "profile"),
)

forgotten = Table(
    "forgotten",
    metadata,
    Column("hash", TEXT, primary_key=True),  # of channel and address, salted
    Column("at", BigInteger, nullable=False),
)
