"""How replies were read, and what somebody made of those that could not be read for certain."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = ("reading", "address", "verdict", "settled_by")
REFUSED = sa.text("reading = 'refusal'")


def upgrade() -> None:
    op.add_column("replies", sa.Column("id", sa.Text(), nullable=False, server_default=""))
    op.add_column("replies", sa.Column("settled_at", sa.BigInteger()))
    for name in COLUMNS:
        op.add_column("replies", sa.Column(name, sa.Text()))
    op.create_index("replies_by_id", "replies", ["id"])
    op.create_index("replies_refused", "replies", ["at", "id"], sqlite_where=REFUSED, postgresql_where=REFUSED)


def downgrade() -> None:
    op.drop_index("replies_refused", "replies")
    op.drop_index("replies_by_id", "replies")
    for name in (*COLUMNS, "settled_at", "id"):
        op.drop_column("replies", name)
