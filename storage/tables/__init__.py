"""All tables, registered on one metadata; a module per subject."""

from storage.tables import (
    audit,
    broadcasts,
    channels,
    conversations,
    delivery,
    dossiers,
    integrity,
    invitations,
    leases,
    offices,
    people,
    periods,
    petitions,
    questionnaires,
    ratings,
    results,
    staff,
)
from storage.tables.base import metadata

__all__ = [
    "audit",
    "broadcasts",
    "channels",
    "conversations",
    "delivery",
    "dossiers",
    "integrity",
    "invitations",
    "leases",
    "metadata",
    "offices",
    "people",
    "periods",
    "petitions",
    "questionnaires",
    "ratings",
    "results",
    "staff",
]
