"""One pace for all processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013_pace"
down_revision = "0012_exemplars"


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("name", sa.String(length=420), nullable=False),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_paces")),
    )
    with op.batch_alter_table("paces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paces_used_at"), ["used_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("paces", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paces_used_at"))

    op.drop_table("paces")
