"""By what the applicant of a dossier is recognised in a chat: a keyed digest of the telephone number, never the number.

Whoever reads the table cannot try all numbers without the key, which stands outside the database.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from storage.tables.dossiers import dossier_contact
from storage.upsert import insert_for
from surveys.tokens import TokenKey

NO_PHONE = ""


def phone_digest(key: TokenKey, phone: str) -> str:
    """Digest a number (`offices.phones.read_phone`) under the authority's key, in hex."""
    return hmac.digest(key.secret, f"phone:{phone}".encode(), "sha256").hex()


def keep(connection: Connection, digests: Mapping[str, str]) -> int:
    """Keep by what applicants are recognised, by code of a stored dossier; NO_PHONE forgets it.

    Return how many changed. At most some thousand at once.
    """
    new_ones = changed(connection, digests)
    forgotten = [code for code, digest in new_ones.items() if digest == NO_PHONE]
    kept = [{"dossier": code, "phone_digest": digest} for code, digest in new_ones.items() if digest != NO_PHONE]
    if forgotten:
        connection.execute(delete(dossier_contact).where(dossier_contact.c.dossier.in_(forgotten)))
    if kept:
        new = insert_for(connection, dossier_contact)
        replaced: dict[str, Any] = {"phone_digest": new.excluded.phone_digest}
        connection.execute(new.on_conflict_do_update(index_elements=["dossier"], set_=replaced), kept)
    return len(new_ones)


def changed(connection: Connection, digests: Mapping[str, str]) -> dict[str, str]:
    """Return those of them that `keep` would change."""
    query = select(dossier_contact.c.dossier, dossier_contact.c.phone_digest)
    rows = connection.execute(query.where(dossier_contact.c.dossier.in_(list(digests))))
    stored = {row.dossier: row.phone_digest for row in rows}
    return {code: digest for code, digest in digests.items() if stored.get(code, NO_PHONE) != digest}
