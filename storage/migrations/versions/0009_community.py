"""The members of the Community of Practice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_community"
down_revision = "0008_reminding"


def upgrade() -> None:
    op.create_table(
        "community_members",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nudged", sa.String(length=7), nullable=True),
        sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("manages", sa.Text(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("offers", sa.Text(), nullable=False),
        sa.Column("wants", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_community_members_person_id_people")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_community_members")),
    )


def downgrade() -> None:
    op.drop_table("community_members")
