"""What people say of things that wait: settled, expected on another day, passed on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_item_lines"
down_revision = "0017_thanks"


def upgrade() -> None:
    op.create_table(
        "item_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("said", sa.String(length=10), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_item_lines_person_id_people")),
        sa.ForeignKeyConstraint(["to_id"], ["people.id"], name=op.f("fk_item_lines_to_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_lines")),
    )
    with op.batch_alter_table("item_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_lines_subject"), ["subject"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("item_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_lines_subject"))

    op.drop_table("item_lines")
