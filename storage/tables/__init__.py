"""All tables, registered on one metadata; a module per subject."""

from storage.tables import audit, conversations, delivery, people, staff
from storage.tables.base import metadata

__all__ = ["audit", "conversations", "delivery", "metadata", "people", "staff"]
