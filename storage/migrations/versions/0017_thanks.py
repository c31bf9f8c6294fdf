"""Whether somebody likes to be thanked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_thanks"
down_revision = "0016_intelligence"


def upgrade() -> None:
    with op.batch_alter_table("manners", schema=None) as batch_op:
        batch_op.add_column(sa.Column("thanks", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("manners", schema=None) as batch_op:
        batch_op.drop_column("thanks")
