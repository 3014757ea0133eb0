"""Leases: what only one process at a time may do, such as asking Telegram for updates.

Each acquisition raises the lease's `epoch`. A transaction that begins with `check` cannot commit for a holder
whose lease another has taken, however long its process was paused: the row stays locked against a new holder until
the transaction ends.

`until` is by the clock of the machine that wrote it. It decides only for those who look once; who waits for a lease
watches whether it is renewed (`renewals` moves) by a clock that nobody sets, and hands `acquire` what stood still
(`bot.leasing`). So a clock that jumps neither ends a lease that is renewed nor keeps one that is not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, select, update

from storage.tables.leases import lease as table
from storage.upsert import insert_for


class LeaseLost(Exception):  # noqa: N818 - a state of the lease, said as one
    """The lease is not ours any more: what was begun under it must not go on."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it is stored.

    holder    the process that has it, None when it was released
    epoch     number of the acquisition, from 1 on: the fencing number
    renewals  grows while the holder is alive
    until     by the holder's clock
    """

    name: str
    holder: str | None
    epoch: int
    renewals: int
    until: datetime


_COLUMNS = (table.c.name, table.c.holder, table.c.epoch, table.c.renewals, table.c.until)


def read(connection: Connection, name: str) -> Lease | None:
    """Return the lease of this name, None when nobody ever had it."""
    return _first(connection, _of(name))


def every(connection: Connection) -> list[Lease]:
    """Return all leases there ever were: a handful, by name."""
    return [Lease(*row) for row in connection.execute(select(*_COLUMNS).order_by(table.c.name))]


def acquire(
    connection: Connection, name: str, holder: str, *, now: datetime, term: timedelta, dead: Lease | None = None
) -> Lease | None:
    """Take a lease that is free, our own, or over; None when another has it.

    dead  the lease as the caller read it, whose holder he knows to be gone: then this alone says whether it is over,
          and one that was renewed since is not taken. Without it, `until` says so.
    """
    values = {"name": name, "holder": None, "epoch": 0, "renewals": 0, "until": now}
    connection.execute(insert_for(connection, table).values(values).on_conflict_do_nothing())
    found = _first(connection, _of(name).with_for_update())
    if found is None:
        return None
    is_over = found.until <= now if dead is None else found == dead
    if found.holder not in (None, holder) and not is_over:
        return None
    taken = Lease(name, holder, found.epoch + 1, 0, now + term)
    _store(connection, taken)
    return taken


def renew(connection: Connection, held: Lease, *, now: datetime, term: timedelta) -> Lease:
    """Keep a lease for another term, also one that is over and that nobody has taken. Raises LeaseLost."""
    found = _first(connection, _of(held.name).with_for_update())
    if found is None or not _is_same(found, held):
        raise LeaseLost(held.name)
    renewed = Lease(held.name, held.holder, held.epoch, found.renewals + 1, now + term)
    _store(connection, renewed)
    return renewed


def release(connection: Connection, held: Lease) -> bool:
    """Give a lease back, so that another process can take it at once; False when it was lost before."""
    ours = (table.c.name == held.name, table.c.holder == held.holder, table.c.epoch == held.epoch)
    return connection.execute(update(table).where(*ours).values(holder=None)).rowcount == 1


def check(connection: Connection, name: str, epoch: int) -> None:
    """Let the transaction go on only if the acquisition `epoch` is still the one in force. Raises LeaseLost.

    Nobody can take the lease before this transaction ends, so what it writes is written under the lease.
    """
    found = _first(connection, _of(name).with_for_update(read=True))
    if found is None or found.holder is None or found.epoch != epoch:
        raise LeaseLost(name)


def _of(name: str) -> Select[str, str, int, int, datetime]:
    return select(*_COLUMNS).where(table.c.name == name)


def _first(connection: Connection, query: Select[str, str, int, int, datetime]) -> Lease | None:
    row = connection.execute(query).first()
    return Lease(*row) if row else None


def _is_same(found: Lease, held: Lease) -> bool:
    return (found.holder, found.epoch) == (held.holder, held.epoch)


def _store(connection: Connection, new: Lease) -> None:
    values = {"holder": new.holder, "epoch": new.epoch, "renewals": new.renewals, "until": new.until}
    connection.execute(update(table).where(table.c.name == new.name).values(**values))
