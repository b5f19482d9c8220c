"""Messages that wait for a person are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STUCK = sa.text("state IN ('unknown', 'dead')")


def upgrade() -> None:
    op.create_index("messages_stuck", "messages", ["at"], sqlite_where=STUCK, postgresql_where=STUCK)


def downgrade() -> None:
    op.drop_index("messages_stuck", "messages")
