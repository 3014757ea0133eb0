"""The kinds of columns that migrations name. Never changed: old migrations must go on making what they made."""

from sqlalchemy import JSON, BigInteger, DateTime, Integer
from sqlalchemy.dialects.postgresql import JSONB

MOMENT = DateTime(timezone=True)
KEY = BigInteger().with_variant(Integer, "sqlite")
JSON_VALUE = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
