"""Traces that several messages share, each written once."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

IN_FULL = """
    UPDATE bodies SET trace = (SELECT said FROM traces WHERE traces.id = bodies.trace)
    WHERE trace IN (SELECT id FROM traces)
"""


def upgrade() -> None:
    op.create_table(
        "traces",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.execute(IN_FULL)
    op.drop_table("traces")
