"""Letters know the account through which they go, so that a sender passes by those of accounts that are away.

There is no way back but a backup: a step that drops a column cannot bring it again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_OPEN = "state IN ('queued', 'sending')"
_SENDING = "state = 'sending'"


def upgrade() -> None:
    op.drop_index("ix_outbox_open", "outbox")
    with op.batch_alter_table("outbox", recreate="never") as batch:
        batch.add_column(
            sa.Column("channel", sa.String(length=16), comment="Of the chat, as account: neither ever changes")
        )
        batch.add_column(sa.Column("account", sa.String(length=64)))
    _fill()
    with op.batch_alter_table("outbox", recreate="auto") as batch:
        batch.alter_column("channel", existing_type=sa.String(length=16), nullable=False)
        batch.alter_column("account", existing_type=sa.String(length=64), nullable=False)
    _partial("ix_outbox_open", ["channel", "account", "urgency", "id"], _OPEN)
    _partial("ix_outbox_sending", ["not_before"], _SENDING)


def _fill() -> None:
    outbox = sa.table("outbox", *map(sa.column, ("chat_id", "channel", "account")))
    chat = sa.table("chat", *map(sa.column, ("id", "channel", "account")))
    its_own = {
        name: sa.select(chat.c[name]).where(chat.c.id == outbox.c.chat_id).scalar_subquery()
        for name in ("channel", "account")
    }
    op.execute(outbox.update().values(its_own))


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "outbox", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
