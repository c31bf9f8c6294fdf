"""Briefings that a Business Unit or a team asks for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020_briefing_requests"
down_revision = "0019_urgent"


def upgrade() -> None:
    op.create_table(
        "briefing_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("topic", sa.String(length=150), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("suits", sa.String(length=200), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("briefing_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["people.id"], name=op.f("fk_briefing_requests_asker_id_people")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_briefing_requests_unit_id_units")),
        sa.ForeignKeyConstraint(
            ["briefing_id"], ["briefings.id"], name=op.f("fk_briefing_requests_briefing_id_briefings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing_requests")),
    )
    with op.batch_alter_table("briefing_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_briefing_requests_asker_id"), ["asker_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_briefing_requests_briefing_id"), ["briefing_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("briefing_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_briefing_requests_briefing_id"))
        batch_op.drop_index(batch_op.f("ix_briefing_requests_asker_id"))

    op.drop_table("briefing_requests")
