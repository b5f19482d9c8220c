"""What somebody waits for is found at once among very much that waits."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AWAKE = sa.text("wake IS NOT NULL")


def upgrade() -> None:
    _index("state", "wake", "purpose")


def downgrade() -> None:
    _index("state", "wake")


def _index(*columns: str) -> None:
    op.drop_index("messages_awake", "messages")
    op.create_index("messages_awake", "messages", columns, sqlite_where=AWAKE, postgresql_where=AWAKE)
