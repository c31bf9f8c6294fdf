"""Broadcasts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_broadcasts"
down_revision = "0013_pace"


def upgrade() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("image", sa.String(length=1000), nullable=False),
        sa.Column("alt", sa.String(length=500), nullable=False),
        sa.Column("button_rows", sa.JSON(), nullable=False),
        sa.Column("audience_row", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeat", sa.String(length=10), nullable=False),
        sa.Column("repeat_day", sa.Integer(), nullable=True),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("template", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrected_on", sa.Date(), nullable=True),
        sa.Column("told", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_broadcasts_author_id_people")),
        sa.ForeignKeyConstraint(["sender_id"], ["people.id"], name=op.f("fk_broadcasts_sender_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.create_index("ix_broadcasts_due", ["state", "starts_at"], unique=False)

    op.create_table(
        "channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("workspace", sa.String(length=120), nullable=False),
        sa.Column("conversation", sa.String(length=254), nullable=False),
        sa.Column("named_by", sa.Integer(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["named_by"], ["people.id"], name=op.f("fk_channels_named_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("name", name=op.f("uq_channels_name")),
        sa.UniqueConstraint("platform", "workspace", "conversation", name=op.f("uq_channels_platform")),
    )
    op.create_table(
        "broadcast_clicks",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_broadcast_clicks_broadcast_id_broadcasts")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_broadcast_clicks_person_id_people")
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "place", "person_id", name=op.f("pk_broadcast_clicks")),
    )
    op.create_table(
        "broadcast_recipients",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("unreachable", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_broadcast_recipients_broadcast_id_broadcasts")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_broadcast_recipients_person_id_people")
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "key", name=op.f("pk_broadcast_recipients")),
    )
    op.create_table(
        "broadcast_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answers"], ["broadcast_replies.id"], name=op.f("fk_broadcast_replies_answers_broadcast_replies")
        ),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_broadcast_replies_broadcast_id_broadcasts")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_broadcast_replies_person_id_people")
        ),
        sa.ForeignKeyConstraint(["to_id"], ["people.id"], name=op.f("fk_broadcast_replies_to_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_replies")),
    )
    with op.batch_alter_table("broadcast_replies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_broadcast_replies_broadcast_id"), ["broadcast_id"], unique=False)

    op.create_table(
        "broadcast_rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_broadcast_rounds_broadcast_id_broadcasts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_rounds")),
        sa.UniqueConstraint("broadcast_id", "kind", "number", name=op.f("uq_broadcast_rounds_broadcast_id")),
    )


def downgrade() -> None:
    op.drop_table("broadcast_rounds")
    with op.batch_alter_table("broadcast_replies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broadcast_replies_broadcast_id"))

    op.drop_table("broadcast_replies")
    op.drop_table("broadcast_recipients")
    op.drop_table("broadcast_clicks")
    op.drop_table("channels")
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.drop_index("ix_broadcasts_due")

    op.drop_table("broadcasts")
