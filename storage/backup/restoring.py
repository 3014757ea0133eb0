"""Restoring a backup: built aside and put in place whole, or in one transaction; and trying that out for `verify`.

What a restored database must not do is settled before it is in place: nobody is signed in by a session of that time,
Zalo's tokens of that time are not used, reminders that may have been sent since are not sent again, and who was erased
since is erased again.
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, delete, inspect, select, update

from storage import audit, personal_data, schema, zalo_tokens
from storage.backup import attachments, sqlite_target
from storage.backup.archive import Archive, Manifest
from storage.backup.errors import BackupError
from storage.backup.loading import Keep, Load, Progress
from storage.outbox import Urgency
from storage.tables.broadcasts import broadcast
from storage.tables.delivery import outbox
from storage.tables.people import person
from storage.tables.staff import staff_link_code, web_session


@dataclass(frozen=True, slots=True)
class Wish:
    """What to restore, and where.

    into     address of a database that is empty, or of a SQLite file that may be put aside (`replace`)
    files    folder for the files that people sent
    erased   numbers of persons whose identity was erased after the backup was made
    """

    backup: Path
    key: bytes
    into: str
    files: Path
    now: datetime
    replace: bool = False
    erased: Sequence[int] = ()
    progress: Progress = lambda _done, _total: None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was restored.

    aside     where the database lies that was there before; None if there was none
    silenced  reminders and broadcasts' letters that may have been sent since the backup and are not sent again
    paused    broadcasts that ran or were to begin: somebody has to say whether they had gone out
    erased    persons whose identity was erased again
    """

    manifest: Manifest
    aside: Path | None
    silenced: int
    paused: int
    erased: int


def verify(backup: Path, key: bytes, progress: Progress = lambda _done, _total: None) -> Manifest:
    """Restore a backup into a place of its own that is thrown away: what comes through can be restored.

    Raises BackupError for anything that is wrong with it, OSError when there is no room to try.
    """
    with tempfile.TemporaryDirectory(prefix="langnghe-verify-") as folder, backup.open("rb") as file:
        load = Load(Archive(file, key, str(backup)), str(backup), _read_through, progress)
        sqlite_target.build(Path(folder) / "trial.db", load.into)
        return load.manifest


def restore(wish: Wish) -> Outcome:
    """Restore; on an exception or a kill at any moment the database is as it was before.

    Files come first: those of a restore that fails belong to nothing, and the next sweep takes them.
    Raises BackupError, SchemaError, StoreUnavailable, OSError.
    """
    name = str(wish.backup)
    target = schema.sqlite_path(wish.into)
    with wish.backup.open("rb") as file:
        keep: Keep = partial(_keep, wish.files, name)
        load = Load(Archive(file, wish.key, name), name, keep, wish.progress)
        return _on_server(wish, load) if target is None else _in_file(wish, load, target)


def _keep(folder: Path, name: str, ref: str, content: Iterable[bytes]) -> None:
    attachments.put_back(folder, ref, content, name)


def _read_through(_ref: str, content: Iterable[bytes]) -> None:
    for _ in content:
        pass


def _on_server(wish: Wish, load: Load) -> Outcome:
    with schema.exclusive(wish.into) as connection:
        if inspect(connection).get_table_names():
            key = "restore_not_replaced" if wish.replace else "restore_not_empty"
            raise BackupError(key, file=schema.place_of(wish.into))
        return _fill(wish, load, connection)


def _in_file(wish: Wish, load: Load, target: Path) -> Outcome:
    holds = sqlite_target.holds_data(target)
    if holds and not wish.replace:
        raise BackupError("restore_not_empty", file=str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    sqlite_target.forget_unfinished(target, wish.now)
    sqlite_target.refuse_in_use(target)
    built = sqlite_target.beside(target)
    try:
        outcome = sqlite_target.build(built, partial(_fill, wish, load))
        aside = sqlite_target.put_in_place(built, target, wish.now)
    finally:
        sqlite_target.forget(built)
    return replace(outcome, aside=aside if holds else None)


def _fill(wish: Wish, load: Load, connection: Connection) -> Outcome:
    load.into(connection)
    silenced, paused = _settle(connection, wish.now)
    erased = _erase_again(connection, wish)
    made = load.manifest
    details = {
        "made_at": made.made_at,
        "entries": made.audit[0],
        "silenced": silenced,
        "paused": paused,
        "erased": erased,
    }
    audit.record(connection, at=wish.now, actor="system", action="backup.restore", subject="database", details=details)
    return Outcome(made, None, silenced, paused, erased)


def _settle(connection: Connection, now: datetime) -> tuple[int, int]:
    """End sessions and Zalo's tokens of that time; mark what waited and must not come twice as perhaps sent already."""
    for of_that_time in (web_session, staff_link_code):
        connection.execute(delete(of_that_time))
    zalo_tokens.forget_restored(connection, now)
    waiting = outbox.c.state.in_(("queued", "sending", "held")) & (outbox.c.urgency >= Urgency.REMINDER)
    perhaps_sent = {"state": "unknown", "error": "restored from a backup", "settled_at": now}
    silenced = connection.execute(update(outbox).where(waiting).values(perhaps_sent)).rowcount
    going = broadcast.c.state.in_(("approved", "running"))
    return silenced, connection.execute(update(broadcast).where(going).values(state="paused")).rowcount


def _erase_again(connection: Connection, wish: Wish) -> int:
    known = connection.scalars(select(person.c.id).where(person.c.id.in_(wish.erased))).all()
    for number in known:
        personal_data.forget_identity(connection, number, wish.now)
    return len(known)
