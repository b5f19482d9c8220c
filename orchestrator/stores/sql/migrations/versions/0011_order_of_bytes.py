"""Text in the order of its bytes on PostgreSQL, as on SQLite, in whichever language the database was made.

An index in a language's order is slow to go by, and goes wrong when the operating system learns of another order for that
language: then the same id may be in it twice. Rows stay as they are; the indexes are built anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    "profiles", "addresses", "consents", "chains", "suppressions", "moments", "messages", "bodies", "traces", "attempts",
    "receipts", "links", "replies", "eras", "past_eras", "pauses", "cancellations", "leaders", "notes", "api_keys", "answers",
    "trail", "pseudonyms", "confirmations", "forgotten",
)  # fmt: skip
TEXTS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = :table AND data_type = 'text' ORDER BY ordinal_position
"""


def upgrade() -> None:
    _order_by("C")


def downgrade() -> None:
    _order_by("default")


def _order_by(collation: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in TABLES:
        names = op.get_bind().execute(sa.text(TEXTS), {"table": table}).scalars().all()
        changes = ", ".join(f'ALTER COLUMN {name} TYPE text COLLATE "{collation}"' for name in names)
        op.execute(f"ALTER TABLE {table} {changes}")
