"""Files that were fetched before anybody needs them, because their channel gives them only for a while."""

from sqlalchemy import Column, Integer, String, Table

from storage.tables.base import Utc, metadata

kept_file = Table(
    "kept_file",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the channel's own handle, in hex"),
    Column("ref", String(64), nullable=False, unique=True, comment="The name in our store"),
    Column("mime", String(128), nullable=False),
    Column("size", Integer, nullable=False),
    Column("at", Utc, nullable=False, index=True),
    comment="A file sent in a conversation, fetched at once; a petition takes it over when it is sent.",
)
