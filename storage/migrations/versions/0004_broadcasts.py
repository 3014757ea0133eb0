"""Broadcasts, and mere questions that are asked anew when they could not be sent in time.

There is no way back but a backup: a step that drops columns cannot bring their values again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0004"
down_revision = "0003"

_STATES = (
    "state IN ('queued', 'sending', 'held', 'sent', 'unknown', 'refused', 'unreachable', 'expired',"
    " 'collapsed', 'cancelled')"
)


def upgrade() -> None:
    _broadcast()
    _broadcast_refusal()
    _outbox()


def _broadcast() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("text_vi", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=64)),
        sa.Column(
            "night_reason", sa.Text(), comment="Why it may go in the quiet hours; NULL: it waits for the morning"
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("written_by", kinds.KEY, nullable=False),
        sa.Column("written_at", kinds.MOMENT, nullable=False),
        sa.Column("approved_by", kinds.KEY),
        sa.Column("approved_at", kinds.MOMENT),
        sa.Column("started_at", kinds.MOMENT),
        sa.Column(
            "resumed_at", kinds.MOMENT, comment="Since when it runs without a pause: its pace is counted from there"
        ),
        sa.Column("ended_at", kinds.MOMENT),
        sa.Column("planned", sa.Integer(), nullable=False, comment="Chats of the audience when it started"),
        sa.Column("queued", sa.Integer(), nullable=False, comment="Chats whose letter was written"),
        sa.Column(
            "cursor",
            kinds.KEY,
            nullable=False,
            comment="The last chat that was looked at; chats are taken by their number",
        ),
        sa.Column(
            "last_chat", kinds.KEY, nullable=False, comment="The newest chat when it started: later ones are not of it"
        ),
        sa.CheckConstraint("audience IN ('all', 'rated', 'petitioned')", name=op.f("ck_broadcast_audience")),
        sa.CheckConstraint("(audience = 'all') = (unit IS NULL)", name=op.f("ck_broadcast_unit_of_audience")),
        sa.CheckConstraint(
            "state IN ('drafted', 'approved', 'running', 'paused', 'done', 'cancelled')",
            name=op.f("ck_broadcast_state"),
        ),
        sa.CheckConstraint("approved_by <> written_by", name=op.f("ck_broadcast_two_people")),
        sa.CheckConstraint(
            "state IN ('drafted', 'cancelled') OR approved_by IS NOT NULL", name=op.f("ck_broadcast_approved")
        ),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_broadcast_unit_unit")),
        sa.ForeignKeyConstraint(["written_by"], ["staff.id"], name=op.f("fk_broadcast_written_by_staff")),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name=op.f("fk_broadcast_approved_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        comment="One message to many chats: written by one official, approved by another.",
    )
    op.create_index(op.f("ix_broadcast_state"), "broadcast", ["state"])


def _broadcast_refusal() -> None:
    op.create_table(
        "broadcast_refusal",
        sa.Column("chat_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chat.id"], name=op.f("fk_broadcast_refusal_chat_id_chat"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_broadcast_refusal")),
        comment="Chats that asked for no more broadcasts; what concerns their own petitions still comes.",
    )


def _outbox() -> None:
    op.drop_index("ix_outbox_state_not_before", "outbox")
    with op.batch_alter_table("outbox", recreate="auto") as batch:
        batch.add_column(
            sa.Column(
                "stale_at",
                kinds.MOMENT,
                comment="From then on a mere question is not sent but asked anew (bot.catching_up)",
            )
        )
        batch.add_column(sa.Column("broadcast_id", kinds.KEY))
        batch.create_foreign_key(op.f("fk_outbox_broadcast_id_broadcast"), "broadcast", ["broadcast_id"], ["id"])
        batch.drop_constraint(op.f("ck_outbox_state"), type_="check")
        batch.create_check_constraint(op.f("ck_outbox_state"), _STATES)
    _partial("ix_outbox_open", ["urgency", "id"], "state IN ('queued', 'sending')")
    _partial("ix_outbox_stale_at", ["stale_at"], "state = 'queued' AND stale_at IS NOT NULL")
    _partial("ix_outbox_expires_at", ["expires_at"], "state = 'queued' AND expires_at IS NOT NULL")
    _partial("ix_outbox_broadcast_id", ["broadcast_id", "state", "sent_at"], "broadcast_id IS NOT NULL")


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "outbox", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
