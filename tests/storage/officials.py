"""A sample commune with officials in the database, so that a test states only what matters."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from offices.presets import load_preset
from offices.staff import Role, Staff
from storage import audit, chats, staff, units
from storage.tables.audit import audit as audit_table

NOW = datetime(2026, 3, 2, 1, 2, tzinfo=UTC)
UNIT = "xa-mau.kinh-te"


def install(connection: Connection) -> None:
    units.install_preset(connection, load_preset("commune-2025"), now=NOW)


def add_official(
    connection: Connection,
    login: str = "canbo01",
    *roles: Role,
    unit: str = UNIT,
    password_hash: str | None = None,
) -> Staff:
    return staff.add(
        connection, login=login, name="Cán bộ mẫu 01", unit=unit, roles=roles or (Role.OFFICER,),
        password_hash=password_hash or "nothing fits this", now=NOW, actor="system",
    )  # fmt: skip


def add_chat(connection: Connection, external: str = "1") -> int:
    return chats.welcome(connection, chats.Caller("telegram", "bot", external, external, "vi"), NOW).id


def actions(connection: Connection) -> list[str]:
    """List what the audit trail says was done, and that its chain is whole."""
    assert audit.verify(connection)[1] is None
    return list(connection.scalars(audit_table.select().with_only_columns(audit_table.c.action).order_by("seq")))
