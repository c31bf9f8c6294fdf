"""Deliveries: what goes first, batches, doubtful attempts; and what holds them back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_delivery"
down_revision = "0001_house"


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("scope", sa.String(length=420), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_holds")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("priority", sa.SmallInteger(), server_default="2", nullable=False))
        batch_op.add_column(sa.Column("batch", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("doubtful", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("repeats", sa.SmallInteger(), server_default="0", nullable=False))
        batch_op.drop_index(batch_op.f("ix_deliveries_due"))
        batch_op.create_index("ix_deliveries_due", ["state", "priority", "id"], unique=False)
        batch_op.create_index("ix_deliveries_batch", ["batch", "state"], unique=False)
        batch_op.create_index("ix_deliveries_open", ["conversation", "state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_open")
        batch_op.drop_index("ix_deliveries_batch")
        batch_op.drop_index("ix_deliveries_due")
        batch_op.create_index(batch_op.f("ix_deliveries_due"), ["state", "not_before"], unique=False)
        batch_op.drop_column("repeats")
        batch_op.drop_column("doubtful")
        batch_op.drop_column("batch")
        batch_op.drop_column("priority")

    op.drop_table("holds")
