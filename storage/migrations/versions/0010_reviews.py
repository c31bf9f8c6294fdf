"""Keep reviews, agreed activities, decisions, and who managed a contract before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_reviews"
down_revision = "0009_community"


def upgrade() -> None:
    op.create_table(
        "manager_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_manager_changes_contract_id_contracts")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["people.id"], name=op.f("fk_manager_changes_from_id_people")),
        sa.ForeignKeyConstraint(["to_id"], ["people.id"], name=op.f("fk_manager_changes_to_id_people")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_manager_changes_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manager_changes")),
    )
    with op.batch_alter_table("manager_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manager_changes_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_manager_changes_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_manager_changes_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=10), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        sa.Column("action_id", sa.String(length=10), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("booked_for", sa.Date(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_reviews_action_id_actions")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_reviews_contract_id_contracts")
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.id"], name=op.f("fk_reviews_follow_up_id_follow_ups")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_reviews_recorded_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("contract_id", "action_id", name=op.f("uq_reviews_contract_id")),
        sa.UniqueConstraint("follow_up_id", name=op.f("uq_reviews_follow_up_id")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_action_id"), ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reviews_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reviews_state"), ["state"], unique=False)

    op.create_table(
        "agreed_activities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_agreed_activities_contract_id_contracts")
        ),
        sa.ForeignKeyConstraint(["done_by"], ["people.id"], name=op.f("fk_agreed_activities_done_by_people")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["people.id"], name=op.f("fk_agreed_activities_owner_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_agreed_activities_review_id_reviews")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreed_activities")),
    )
    with op.batch_alter_table("agreed_activities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreed_activities_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agreed_activities_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agreed_activities_review_id"), ["review_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=10), nullable=False),
        sa.Column("choice", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("maker_id", sa.Integer(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("next_step", sa.String(length=7), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_decisions_contract_id_contracts")
        ),
        sa.ForeignKeyConstraint(["maker_id"], ["people.id"], name=op.f("fk_decisions_maker_id_people")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_decisions_recorded_by_people")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_decisions_review_id_reviews")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("review_id", name=op.f("uq_decisions_review_id")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_contract_id"), ["contract_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_contract_id"))

    op.drop_table("decisions")
    with op.batch_alter_table("agreed_activities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agreed_activities_review_id"))
        batch_op.drop_index(batch_op.f("ix_agreed_activities_owner_id"))
        batch_op.drop_index(batch_op.f("ix_agreed_activities_contract_id"))

    op.drop_table("agreed_activities")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_state"))
        batch_op.drop_index(batch_op.f("ix_reviews_contract_id"))
        batch_op.drop_index(batch_op.f("ix_reviews_action_id"))

    op.drop_table("reviews")
    with op.batch_alter_table("manager_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_manager_changes_unit_id"))
        batch_op.drop_index(batch_op.f("ix_manager_changes_contract_id"))
        batch_op.drop_index(batch_op.f("ix_manager_changes_at"))

    op.drop_table("manager_changes")
