"""When people last wrote in chats of Zalo, and whether somebody answers there by hand.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "chat_window",
        sa.Column("chat_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("interacted_at", kinds.MOMENT, comment="When the person last did what opens the free window"),
        sa.Column(
            "human_until",
            kinds.MOMENT,
            comment="Until then the bot is silent: somebody answers by hand in the channel's tool",
        ),
        sa.Column("aside", sa.Text(), comment="What the person wrote since the last answer by hand"),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_chat_window_chat_id_chat"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chat_window")),
        comment="One row per chat of a windowed channel (Zalo): its last interaction, and who answers in it now.",
    )
