"""More than one message a day, of what does not wait."""

from __future__ import annotations

from alembic import op

revision = "0019_urgent"
down_revision = "0018_item_lines"


def upgrade() -> None:
    with op.batch_alter_table("nudges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nudges_key"))
        batch_op.drop_constraint(batch_op.f("uq_nudges_person_id"), type_="unique")
        batch_op.create_index(batch_op.f("ix_nudges_person_id"), ["person_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_nudges_key"), ["key"])


def downgrade() -> None:
    with op.batch_alter_table("nudges", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_nudges_key"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_nudges_person_id"))
        batch_op.create_unique_constraint(batch_op.f("uq_nudges_person_id"), ["person_id", "day"])
        batch_op.create_index(batch_op.f("ix_nudges_key"), ["key"], unique=False)
