"""Short links, and of reports what kind they are, which link was followed, and whether a machine did it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KIND = {"sqlite": "json_extract(body, '$.kind')", "postgresql": "CAST(body AS json) ->> 'kind'"}


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("links_by_message", "links", ["message"])
    op.add_column("receipts", sa.Column("kind", sa.Text(), nullable=False, server_default=""))
    op.add_column("receipts", sa.Column("link", sa.Text()))
    op.add_column("receipts", sa.Column("machine", sa.Text(), nullable=False, server_default=""))
    op.execute(f"UPDATE receipts SET kind = {KIND[op.get_bind().dialect.name]}")


def downgrade() -> None:
    for column in ("machine", "link", "kind"):
        op.drop_column("receipts", column)
    op.drop_table("links")
