"""Market-intelligence requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_intelligence"
down_revision = "0015_briefings"


def upgrade() -> None:
    op.create_table(
        "intelligence_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contract", sa.String(length=300), nullable=False),
        sa.Column("market", sa.String(length=150), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["people.id"], name=op.f("fk_intelligence_requests_asker_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["people.id"], name=op.f("fk_intelligence_requests_handler_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intelligence_requests")),
    )
    with op.batch_alter_table("intelligence_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intelligence_requests_asker_id"), ["asker_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("intelligence_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intelligence_requests_asker_id"))

    op.drop_table("intelligence_requests")
