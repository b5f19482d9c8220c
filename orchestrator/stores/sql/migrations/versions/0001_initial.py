"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "profiles",
    "addresses",
    "consents",
    "chains",
    "suppressions",
    "moments",
    "messages",
    "bodies",
    "attempts",
    "receipts",
    "replies",
    "eras",
    "past_eras",
    "pauses",
    "leaders",
    "notes",
)


def upgrade() -> None:
    _people()
    _consent()
    _moments()
    _messages()
    _bodies()
    _attempts()
    _afterwards()
    _running()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, autoincrement=False)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _people() -> None:
    op.create_table(
        "profiles",
        _text("id"),
        _text("market"),
        _text("locale"),
        _text("timezone"),
        _text("addresses"),
        _text("attributes"),
        _text("preferences"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("profiles_by_zone", "profiles", ["market", "timezone", "id"])
    op.create_table(
        "addresses",
        _text("channel"),
        _text("address"),
        _text("profile"),
        sa.PrimaryKeyConstraint("channel", "address", "profile"),
    )
    op.create_index("addresses_by_profile", "addresses", ["profile"])


def _consent() -> None:
    op.create_table(
        "consents",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _text("profile"),
        _text("channel"),
        _text("purpose"),
        _text("state"),
        _number("at"),
        _number("recorded_at"),
        _text("source"),
        _text("address", nullable=True),
        _text("place", nullable=True),
        _text("evidence"),
        _text("prev_hash"),
        _text("hash"),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("consents_by_profile", "consents", ["profile", "seq"])
    _partial("consents_withdrawn_at", "consents", ["place", "channel"], "state = 'withdrawn'")
    op.create_table("chains", _text("profile"), _text("hash"), sa.PrimaryKeyConstraint("profile"))
    op.create_table(
        "suppressions",
        _text("channel"),
        _text("address"),
        _text("reason"),
        _number("at"),
        sa.PrimaryKeyConstraint("channel", "address"),
    )


def _moments() -> None:
    op.create_table(
        "moments",
        _text("id"),
        _text("name"),
        _text("profile"),
        _number("at"),
        _text("data"),
        _number("accepted_at"),
        _number("wake", nullable=True),
        _number("repeats"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("moments_in_history", "moments", ["profile", "name", "at"])
    _partial("moments_open", "moments", ["at", "id"], "wake IS NOT NULL")


def _messages() -> None:
    op.create_table(
        "messages",
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
        _number("touched", nullable=True),
        _number("released"),
        sa.PrimaryKeyConstraint("id"),
    )
    _partial("messages_awake", "messages", ["state", "wake"], "wake IS NOT NULL")
    _partial("messages_touched", "messages", ["profile", "touched"], "touched IS NOT NULL")
    _partial("messages_by_provider_id", "messages", ["provider_id"], "provider_id IS NOT NULL")
    op.create_index("messages_by_profile", "messages", ["profile", "at"])
    op.create_index("messages_by_age", "messages", ["at", "id"])


def _bodies() -> None:
    op.create_table(
        "bodies",
        _text("message"),
        _text("addresses"),
        _text("moment"),
        _text("trace"),
        _text("content", nullable=True),
        sa.PrimaryKeyConstraint("message"),
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        _text("message"),
        _number("attempt"),
        _number("fence"),
        _number("begun_at"),
        _text("provider", nullable=True),
        _text("outcome", nullable=True),
        _text("detail"),
        _number("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("message", "attempt"),
    )


def _afterwards() -> None:
    op.create_table(
        "receipts",
        _text("key"),
        _text("message", nullable=True),
        _text("message_id", nullable=True),
        _text("provider_id", nullable=True),
        _number("at"),
        _number("received_at"),
        _number("wake", nullable=True),
        _text("body"),
        sa.PrimaryKeyConstraint("key"),
    )
    _partial("receipts_by_message", "receipts", ["message"], "message IS NOT NULL")
    _partial("receipts_awake", "receipts", ["wake"], "wake IS NOT NULL")
    op.create_table(
        "replies",
        _text("profile"),
        _text("channel"),
        _number("at"),
        _text("text"),
        sa.PrimaryKeyConstraint("profile", "channel", "at"),
    )


def _running() -> None:
    op.create_table("eras", _text("slot"), _text("era"), sa.PrimaryKeyConstraint("slot"))
    op.create_table("past_eras", _text("era"), sa.PrimaryKeyConstraint("era"))
    op.create_table("pauses", _text("campaign"), sa.PrimaryKeyConstraint("campaign"))
    op.create_table("leaders", _text("role"), _text("holder"), _number("until"), sa.PrimaryKeyConstraint("role"))
    op.create_table("notes", _text("key"), _text("value"), sa.PrimaryKeyConstraint("key"))
