"""The tables. Instants are whole microseconds since 1970 (exact, and no zone to mistake); JSON is text.

A moment or message that somebody still has to look at has a `wake`: the instant of that look. A lease is nothing but a
`wake` put off, and what is finished has none, so that small partial indexes serve all sweepers.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint, text

metadata = MetaData()

# in the order of its bytes everywhere: a language's order is slow to go by, and changes with the operating system
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
_SEQ = BigInteger().with_variant(Integer, "sqlite")  # a number that the database gives; to SQLite, where a row stands


def _text(name: str, *, nullable: bool = False, key: bool = False) -> Column[str]:
    return Column(name, TEXT, nullable=nullable, primary_key=key)


def _number(name: str, *, nullable: bool = False, key: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable, primary_key=key, autoincrement=False)


def _partial(name: str, *columns: object, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))  # type: ignore[arg-type]


profiles = Table(
    "profiles",
    metadata,
    _text("id", key=True),
    _text("market"),  # empty where not known, as all of these: an index finds '' but not NULL
    _text("locale"),
    _text("timezone"),
    _text("addresses"),
    _text("attributes"),
    _text("preferences"),
    _number("revision"),
    Index("profiles_by_zone", "market", "timezone", "id"),
)

addresses = Table(
    "addresses",
    metadata,
    _text("channel", key=True),
    _text("address", key=True),  # in its one spelling
    _text("profile", key=True),
    Index("addresses_by_profile", "profile"),
)

consents = Table(
    "consents",
    metadata,
    Column("seq", _SEQ, primary_key=True),
    _text("profile"),
    _text("channel"),
    _text("purpose"),
    _text("state"),
    _number("at"),
    _number("recorded_at"),
    _text("source"),
    _text("address", nullable=True),
    _text("place", nullable=True),  # the address in its one spelling
    _text("evidence"),
    _text("prev_hash"),
    _text("hash"),
    Index("consents_by_profile", "profile", "seq"),
    _partial("consents_withdrawn_at", "place", "channel", where="state = 'withdrawn'"),
)

chains = Table("chains", metadata, _text("profile", key=True), _text("hash"))  # the last entry of each person's ledger

suppressions = Table(
    "suppressions",
    metadata,
    _text("channel", key=True),
    _text("address", key=True),  # in its one spelling
    _text("reason"),
    _number("at"),
)

moments = Table(
    "moments",
    metadata,
    _text("id", key=True),
    _text("name"),
    _text("profile"),
    _number("at"),
    _text("data"),
    _number("accepted_at"),
    _number("wake", nullable=True),
    _number("repeats"),
    _number("taken"),  # how often it was taken to be decided, and not settled
    Index("moments_in_history", "profile", "name", "at"),
    _partial("moments_open", "at", "id", where="wake IS NOT NULL"),
    _partial("moments_suspect", "taken", "at", "id", where="wake IS NOT NULL AND taken > 0"),
)

messages = Table(
    "messages",
    metadata,
    Column("seq", _SEQ, primary_key=True),
    _text("id"),
    _text("campaign"),
    _text("profile"),
    _text("purpose"),
    _text("state"),
    _text("reason", nullable=True),
    _number("at"),
    _number("due", nullable=True),
    _number("wake", nullable=True),
    _text("channel", nullable=True),
    _text("market", nullable=True),
    _text("locale", nullable=True),
    _text("variant", nullable=True),
    _number("attempt"),
    _number("fence"),
    _text("provider", nullable=True),
    _text("provider_id", nullable=True),
    _text("detail"),
    _number("handed_over", nullable=True),
    _number("begun_at", nullable=True),  # of the present attempt, as what follows; those before it are in `attempts`
    _text("outcome", nullable=True),
    _text("answer"),
    _number("ended_at", nullable=True),
    _number("touched", nullable=True),  # `at` while it counts as a touch; the rest of a touch is the message's own
    _number("released"),  # 1 if it gave its touch back
    _number("taken"),  # how often it was taken to be decided anew, and was not
    UniqueConstraint("id"),
    _partial("messages_awake", "state", "wake", "purpose", where="wake IS NOT NULL"),
    _partial("messages_suspect", "taken", "wake", where="wake IS NOT NULL AND taken > 0"),
    _partial("messages_stuck", "at", where="state IN ('unknown', 'dead')"),
    _partial("messages_by_provider_id", "provider_id", where="provider_id IS NOT NULL"),
    Index("messages_by_profile", "profile", "at"),
    Index("messages_by_age", "at", "id"),
)

# what is written once, apart from what changes: a message's state moves on without its content being written again.
# The key is the message's number, which grows: ids are random, and would spread what is written at once over all pages
bodies = Table(
    "bodies",
    metadata,
    Column("message", _SEQ, primary_key=True, autoincrement=False),
    _text("addresses"),
    _text("moment"),
    _text("trace"),  # or the name of one that several have
    _text("content", nullable=True),
)

traces = Table("traces", metadata, _text("id", key=True), _text("said"))

# those before a message's present one, which stands in its own row: nearly all messages need but one
attempts = Table(
    "attempts",
    metadata,
    _text("message", key=True),
    _number("attempt", key=True),
    _number("fence"),
    _number("begun_at"),
    _text("provider", nullable=True),
    _text("outcome", nullable=True),
    _text("detail"),
    _number("ended_at", nullable=True),
)

receipts = Table(
    "receipts",
    metadata,
    _text("key", key=True),
    _text("message", nullable=True),  # the message it is about, once that is found
    _text("message_id", nullable=True),  # what the report itself says of it
    _text("provider_id", nullable=True),
    _number("at"),
    _number("received_at"),
    _number("wake", nullable=True),
    _text("body"),
    _text("kind"),
    _text("link", nullable=True),  # the short link that was followed
    _text("machine"),  # why it was no person; empty where it may have been one
    _partial("receipts_by_message", "message", where="message IS NOT NULL"),
    _partial("receipts_awake", "wake", where="wake IS NOT NULL"),
)

links = Table(
    "links",
    metadata,
    _text("id", key=True),
    _text("message"),
    _text("url"),
    Index("links_by_message", "message"),
)

replies = Table(
    "replies",
    metadata,
    _text("profile", key=True),
    _text("channel", key=True),
    _number("at", key=True),
    _text("text"),
    _text("id"),
    _text("reading", nullable=True),
    _text("address", nullable=True),
    _text("verdict", nullable=True),  # of what sounded like a refusal, once somebody has settled it
    _number("settled_at", nullable=True),
    _text("settled_by", nullable=True),
    Index("replies_by_id", "id"),
    _partial("replies_refused", "at", "id", where="reading = 'refusal'"),
)

eras = Table("eras", metadata, _text("slot", key=True), _text("era"))

past_eras = Table("past_eras", metadata, _text("era", key=True))

pauses = Table("pauses", metadata, _text("campaign", key=True))

cancellations = Table(
    "cancellations",
    metadata,
    _text("campaign", key=True),
    _text("run", key=True),  # empty for all of the campaign
    _number("at"),
)

leaders = Table("leaders", metadata, _text("role", key=True), _text("holder"), _number("until"))

notes = Table("notes", metadata, _text("key", key=True), _text("value"))
