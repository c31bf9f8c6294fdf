"""Experts: teams, steps, and who holds a request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_experts"
down_revision = "0004_assessments"


def upgrade() -> None:
    op.create_table(
        "expert_teams",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("workstreams", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_expert_teams_name")),
    )
    op.create_table(
        "expert_team_members",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_expert_team_members_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["expert_teams.id"], name=op.f("fk_expert_team_members_team_id_expert_teams")
        ),
        sa.PrimaryKeyConstraint("team_id", "person_id", name=op.f("pk_expert_team_members")),
    )
    with op.batch_alter_table("expert_team_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expert_team_members_person_id"), ["person_id"], unique=False)

    op.create_table(
        "expert_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_expert_steps_person_id_people")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["expert_requests.id"], name=op.f("fk_expert_steps_request_id_expert_requests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_steps")),
    )
    with op.batch_alter_table("expert_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expert_steps_request_id"), ["request_id"], unique=False)

    with op.batch_alter_table("expert_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("workstream", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("trail", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("feedback", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("sent_to", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("channel", sa.String(length=600), server_default="", nullable=False))
        batch_op.add_column(sa.Column("holder_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("bumps", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("with_lead", sa.Boolean(), server_default="0", nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_expert_requests_holder_id_people"), "people", ["holder_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("expert_requests", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_expert_requests_holder_id_people"), type_="foreignkey")
        batch_op.drop_column("with_lead")
        batch_op.drop_column("bumps")
        batch_op.drop_column("waiting_since")
        batch_op.drop_column("closed_at")
        batch_op.drop_column("claimed_at")
        batch_op.drop_column("holder_id")
        batch_op.drop_column("channel")
        batch_op.drop_column("sent_to")
        batch_op.drop_column("feedback")
        batch_op.drop_column("trail")
        batch_op.drop_column("workstream")

    with op.batch_alter_table("expert_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expert_steps_request_id"))

    op.drop_table("expert_steps")
    with op.batch_alter_table("expert_team_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expert_team_members_person_id"))

    op.drop_table("expert_team_members")
    op.drop_table("expert_teams")
