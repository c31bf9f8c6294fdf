"""Exemplar practices, and thanks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_exemplars"
down_revision = "0011_handover"


def upgrade() -> None:
    op.create_table(
        "exemplars",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("workstream", sa.String(length=40), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=True),
        sa.Column("stage", sa.String(length=10), nullable=True),
        sa.Column("contract", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_exemplars_author_id_people")),
        sa.ForeignKeyConstraint(["checked_by"], ["people.id"], name=op.f("fk_exemplars_checked_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemplars")),
    )
    with op.batch_alter_table("exemplars", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exemplars_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exemplars_state"), ["state"], unique=False)

    op.create_table(
        "thanks",
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("giver_id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["giver_id"], ["people.id"], name=op.f("fk_thanks_giver_id_people")),
        sa.ForeignKeyConstraint(["receiver_id"], ["people.id"], name=op.f("fk_thanks_receiver_id_people")),
        sa.PrimaryKeyConstraint("subject", "giver_id", name=op.f("pk_thanks")),
    )
    with op.batch_alter_table("thanks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_thanks_receiver_id"), ["receiver_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("thanks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_thanks_receiver_id"))

    op.drop_table("thanks")
    with op.batch_alter_table("exemplars", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exemplars_state"))
        batch_op.drop_index(batch_op.f("ix_exemplars_author_id"))

    op.drop_table("exemplars")
