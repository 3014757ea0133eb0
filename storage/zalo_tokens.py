"""The pair of tokens of a Zalo Official Account: encrypted, and replaced only by whoever knows which pair it follows.

Zalo's refresh token can be used once, and with its use the access token dies too. So a pair is written under the
number of the pair it was made from: of two that follow the same one only the first is kept. A pair that is dead raises
its alarm in the same transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select, update

from storage import audit, channel_states
from storage.tables.zalo import zalo_token as table
from storage.upsert import insert_for
from storage.vault import Vault

LATE = timedelta(hours=2)
"""A refresh that has been due for so long is told of: hours are left before the access token ends."""
OLD = timedelta(days=60)
"""Without a new pair for so long: a refresh token lives three months."""
REFRESH_PART = 0.8
"""Part of an access token's life after which it is refreshed: 20 of 25 hours."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tokens as Zalo gave them; `life` is how long the access token is good."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    life: timedelta


@dataclass(frozen=True, slots=True)
class TokenState:
    """How the pair of an account stands, without the tokens.

    version  1 for the first pair, raised with each new one
    reason   why it is dead: `refused` and what Zalo said, `key` (another SECRET_KEY), `restored`; None while it is good
    """

    oa_id: str
    version: int
    is_good: bool
    reason: str | None
    expires_at: datetime
    obtained_at: datetime

    @property
    def refresh_at(self) -> datetime:
        """When the pair is to be replaced."""
        return self.obtained_at + (self.expires_at - self.obtained_at) * REFRESH_PART


def problem_of(state: TokenState | None, now: datetime) -> str | None:
    """Say what an administrator should know: a key under `alarms`; None while all is well."""
    if state is None:
        return "token_missing"
    if not state.is_good:
        return "token_dead"
    if now - state.obtained_at > OLD:
        return "token_old"
    return "token_late" if now - state.refresh_at > LATE else None


def place_of(oa_id: str) -> tuple[str, str]:
    """Name the account's tokens among the things that are watched."""
    return "zalo", f"{oa_id}:token"


def note(connection: Connection, oa_id: str, now: datetime) -> None:
    """Raise or end the alarm about the account's pair as it stands now."""
    state = look(connection, oa_id)
    reason = state.reason if state and not state.is_good else None
    channel_states.put(connection, place_of(oa_id), problem=problem_of(state, now), reason=reason, now=now)


def is_news(connection: Connection, oa_id: str, now: datetime) -> bool:
    """Say whether `note` would change anything that is shown."""
    known = channel_states.find(connection, *place_of(oa_id))
    return known is None or known.problem != problem_of(look(connection, oa_id), now)


_STATE = (
    table.c.oa_id, table.c.version, (table.c.state == "good").label("is_good"), table.c.reason,
    table.c.access_expires_at, table.c.obtained_at,
)  # fmt: skip


def look(connection: Connection, oa_id: str) -> TokenState | None:
    """Return how the account's pair stands; None when it was never authorised."""
    row = connection.execute(select(*_STATE).where(table.c.oa_id == oa_id)).first()
    return None if row is None else TokenState(row[0], row[1], bool(row[2]), *row[3:])


def open_pair(connection: Connection, vault: Vault, oa_id: str) -> tuple[TokenState, Pair] | None:
    """Return the pair with its state; None when there is none to use. Raises VaultError."""
    state = look(connection, oa_id)
    row = connection.execute(select(table.c.access_enc, table.c.refresh_enc).where(table.c.oa_id == oa_id)).first()
    if state is None or row is None or row.access_enc is None or row.refresh_enc is None:
        return None
    access = vault.open(row.access_enc, _place(oa_id, state.version, "access"))
    refresh = vault.open(row.refresh_enc, _place(oa_id, state.version, "refresh"))
    return state, Pair(access, refresh, state.expires_at - state.obtained_at)


def follow(connection: Connection, vault: Vault, oa_id: str, pair: Pair, *, after: int, now: datetime) -> bool:
    """Keep the pair that was made from number `after`; False when that one is not the latest any more.

    It is kept also when number `after` was given up meanwhile: who holds the new pair knows better.
    """
    values = _values(vault, oa_id, pair, after + 1, now)
    kept = connection.execute(update(table).where(*_is(oa_id, after)).values(**values)).rowcount == 1
    if kept:
        note(connection, oa_id, now)
    return kept


def authorise(connection: Connection, vault: Vault, oa_id: str, pair: Pair, *, actor: str, now: datetime) -> int:
    """Keep the pair that an administrator brought, whatever was there before; return its number."""
    locked = select(table.c.version).where(table.c.oa_id == oa_id).with_for_update()
    version = (connection.scalar(locked) or 0) + 1
    values = _values(vault, oa_id, pair, version, now)
    new = insert_for(connection, table).values(oa_id=oa_id, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["oa_id"], set_=values))
    _record(connection, oa_id, "authorise", {"version": version}, actor, now)
    note(connection, oa_id, now)
    return version


def give_up(connection: Connection, oa_id: str, version: int, reason: str, now: datetime) -> bool:
    """Mark pair number `version` as dead; False when it is not the latest any more, or was marked already.

    Its access token is kept: where Zalo did not rotate, it is good until it ends.
    """
    alive = (*_is(oa_id, version), table.c.state == "good")
    changed = connection.execute(update(table).where(*alive).values(state="dead", reason=reason)).rowcount == 1
    if changed:
        _record(connection, oa_id, "give_up", {"version": version, "reason": reason}, "system", now)
        note(connection, oa_id, now)
    return changed


def forget_restored(connection: Connection, now: datetime) -> None:
    """Empty every pair: a backup's was used since, and using it where the original runs would kill the original's."""
    emptied = {"state": "dead", "reason": "restored", "access_enc": None, "refresh_enc": None}
    for oa_id in connection.scalars(select(table.c.oa_id)).all():
        connection.execute(update(table).where(table.c.oa_id == oa_id).values(**emptied))
        note(connection, oa_id, now)


def _is(oa_id: str, version: int) -> tuple[ColumnElement[bool], ...]:
    return table.c.oa_id == oa_id, table.c.version == version


def _values(vault: Vault, oa_id: str, pair: Pair, version: int, now: datetime) -> dict[str, object]:
    return {
        "version": version, "state": "good", "reason": None,
        "access_enc": vault.seal(pair.access, _place(oa_id, version, "access")),
        "refresh_enc": vault.seal(pair.refresh, _place(oa_id, version, "refresh")),
        "access_expires_at": now + pair.life, "obtained_at": now,
    }  # fmt: skip


def _place(oa_id: str, version: int, which: str) -> str:
    return f"zalo_token:{oa_id}:{version}:{which}"


def _record(
    connection: Connection, oa_id: str, act: str, details: dict[str, object], actor: str, now: datetime
) -> None:
    subject = f"channel:zalo:{oa_id}"
    audit.record(connection, at=now, actor=actor, action=f"zalo_token.{act}", subject=subject, details=details)
