"""How often moments and held messages were taken up in vain, so that what kills its worker is found out."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SUSPECT = sa.text("wake IS NOT NULL AND taken > 0")
INDEXES = {"moments": ["taken", "at", "id"], "messages": ["taken", "wake"]}


def upgrade() -> None:
    for table, columns in INDEXES.items():
        op.add_column(table, sa.Column("taken", sa.BigInteger(), nullable=False, server_default="0"))
        op.create_index(f"{table}_suspect", table, columns, sqlite_where=SUSPECT, postgresql_where=SUSPECT)


def downgrade() -> None:
    for table in INDEXES:
        op.drop_index(f"{table}_suspect", table)
        op.drop_column(table, "taken")
