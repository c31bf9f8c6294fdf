"""Settling items: what units report, the history, new months, assignments, snoozes, reminders and wishes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_settling"
down_revision = "0002_delivery"


def upgrade() -> None:
    op.create_table(
        "action_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("checkpoint", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("before", sa.String(length=120), nullable=False),
        sa.Column("after", sa.String(length=120), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.id"], name=op.f("fk_action_changes_action_id_actions")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_action_changes_person_id_people")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_action_changes_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_changes")),
    )
    with op.batch_alter_table("action_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_action_changes_action_id"), ["action_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_assignments_action_id_actions")),
        sa.ForeignKeyConstraint(["named_by"], ["people.id"], name=op.f("fk_assignments_named_by_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_assignments_person_id_people")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_assignments_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignments_action_id"), ["action_id"], unique=False)

    op.create_table(
        "manners",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("cadence", sa.String(length=10), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_manners_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_manners")),
    )
    op.create_table(
        "month_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("checkpoint", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.id"], name=op.f("fk_month_proposals_action_id_actions")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["people.id"], name=op.f("fk_month_proposals_decided_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["people.id"], name=op.f("fk_month_proposals_proposed_by_people")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_month_proposals_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_proposals")),
    )
    with op.batch_alter_table("month_proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_month_proposals_action_id"), ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_month_proposals_state"), ["state"], unique=False)

    op.create_table(
        "personal_reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repeat", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_personal_reminders_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_reminders")),
    )
    with op.batch_alter_table("personal_reminders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_personal_reminders_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_personal_reminders_person_id"), ["person_id"], unique=False)

    op.create_table(
        "snoozes",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_snoozes_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "subject", name=op.f("pk_snoozes")),
    )
    op.create_table(
        "unit_statuses",
        sa.Column("action_id", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("checkpoint", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expected", sa.String(length=7), nullable=True),
        sa.Column("reported_by", sa.Integer(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.id"], name=op.f("fk_unit_statuses_action_id_actions")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["people.id"], name=op.f("fk_unit_statuses_reported_by_people")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_statuses_unit_id_units")),
        sa.PrimaryKeyConstraint("action_id", "unit_id", "checkpoint", name=op.f("pk_unit_statuses")),
    )
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("percent", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("progress_note", sa.Text(), nullable=False, server_default=""))

    with op.batch_alter_table("checkpoints", schema=None) as batch_op:
        batch_op.add_column(sa.Column("planned", sa.String(length=7), nullable=True))
    # A plan that is already dated keeps the months that its start gave it.
    op.execute("update checkpoints set planned = expected")


def downgrade() -> None:
    with op.batch_alter_table("checkpoints", schema=None) as batch_op:
        batch_op.drop_column("planned")

    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.drop_column("progress_note")
        batch_op.drop_column("percent")

    op.drop_table("unit_statuses")
    op.drop_table("snoozes")
    with op.batch_alter_table("personal_reminders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_personal_reminders_person_id"))
        batch_op.drop_index(batch_op.f("ix_personal_reminders_at"))

    op.drop_table("personal_reminders")
    with op.batch_alter_table("month_proposals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_month_proposals_state"))
        batch_op.drop_index(batch_op.f("ix_month_proposals_action_id"))

    op.drop_table("month_proposals")
    op.drop_table("manners")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignments_action_id"))

    op.drop_table("assignments")
    with op.batch_alter_table("action_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_changes_action_id"))

    op.drop_table("action_changes")
