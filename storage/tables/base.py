"""What all tables share: the metadata with its naming convention, and the column types."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Dialect, Integer, MetaData, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """A moment: aware datetimes in, aware UTC out.

    SQLite drops the zone of a datetime without converting it, so naive values are refused
    (ValueError) instead of being stored seven hours wrong.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to UTC before it is written."""
        return self.in_utc(value)

    @staticmethod
    def in_utc(value: datetime | None) -> datetime | None:
        """Return a moment in UTC. ValueError for one without its time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its time zone: {value!r}")
        return value if value.tzinfo is UTC else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the stored moment back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON value; SQL NULL stands for Python's None."""

Key = BigInteger().with_variant(Integer, "sqlite")
"""64-bit keys; SQLite's own rowid is 64 bits wide under the name INTEGER."""


def key_column() -> Column[Any]:
    """Return the `id` column that every table with own rows begins with."""
    return Column("id", Key, primary_key=True, autoincrement=True)
