"""Reminding: rules, planned hours, messages made, kinds switched off; two more dates of contracts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_reminding"
down_revision = "0007_drafts"


def upgrade() -> None:
    op.create_table(
        "planned_hours",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("day", "hour", name=op.f("pk_planned_hours")),
    )
    op.create_table(
        "reminder_rules",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_reminder_rules")),
    )
    op.create_table(
        "muted_kinds",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_muted_kinds_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_muted_kinds")),
    )
    op.create_table(
        "nudge_contexts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_nudge_contexts_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge_contexts")),
    )
    with op.batch_alter_table("nudge_contexts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nudge_contexts_subject"), ["subject"], unique=False)

    op.create_table(
        "nudges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_nudges_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudges")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_nudges_person_id")),
    )
    with op.batch_alter_table("nudges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nudges_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_nudges_key"), ["key"], unique=False)

    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("insurance_ends", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("continuity_test", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.drop_column("continuity_test")
        batch_op.drop_column("insurance_ends")

    with op.batch_alter_table("nudges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nudges_key"))
        batch_op.drop_index(batch_op.f("ix_nudges_day"))

    op.drop_table("nudges")
    with op.batch_alter_table("nudge_contexts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nudge_contexts_subject"))

    op.drop_table("nudge_contexts")
    op.drop_table("muted_kinds")
    op.drop_table("reminder_rules")
    op.drop_table("planned_hours")
