"""The time zones of people, and of broadcasts by whose clock they were timed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021_zones"
down_revision = "0020_briefing_requests"


def upgrade() -> None:
    for table in ("manners", "broadcasts"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("zone", sa.String(length=50), nullable=True))


def downgrade() -> None:
    for table in ("broadcasts", "manners"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("zone")
