"""The pair of tokens of a Zalo Official Account.

There is no way back but a backup: a step that drops a table cannot bring its rows again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "zalo_token",
        sa.Column("oa_id", sa.String(length=64), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Raised with each new pair: what fences an older one"
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), comment="Why it is dead, for the administrator"),
        sa.Column("access_enc", sa.Text(), comment="Encrypted, see storage.vault"),
        sa.Column("refresh_enc", sa.Text(), comment="Encrypted; it can be used once"),
        sa.Column("access_expires_at", kinds.MOMENT, nullable=False),
        sa.Column("obtained_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('good', 'dead')", name=op.f("ck_zalo_token_state")),
        sa.CheckConstraint(
            "state <> 'good' OR (access_enc IS NOT NULL AND refresh_enc IS NOT NULL)",
            name=op.f("ck_zalo_token_good_has_pair"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_zalo_token_version")),
        sa.PrimaryKeyConstraint("oa_id", name=op.f("pk_zalo_token")),
        comment="The one pair of tokens of an Official Account. A dead one needs an administrator's consent.",
    )
