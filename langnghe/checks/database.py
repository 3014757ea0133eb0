"""Checks of the database: all of its file, its step, its keys, its audit trail, its clock, its backups."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from langnghe import store
from langnghe.checks.finding import Finding, good, guarded, warning, wrong
from langnghe.checks.machine import own_clock
from langnghe.config import Config
from storage import audit, questionnaires, schema
from storage.backup import source
from storage.tables.audit import audit as trail

BACKUP_EVERY = timedelta(days=7)
CLOCKS_APART = 5.0
"""Seconds between our clock and that of PostgreSQL that mean nothing."""


def database(config: Config, now: datetime) -> Iterator[Finding]:
    """Look at everything in the database, at one moment; the service may run meanwhile."""
    asyncio.run(store.refuse_lost(config))
    with source.snapshot(config.database_url) as connection:
        yield from guarded("database", lambda: _whole(connection, schema.place_of(config.database_url)))
        found = schema.revision(connection)
        newest = schema.revisions()[-1]
        if found is None:
            raise schema.SchemaError("database_empty")
        if found != newest:
            raise schema.SchemaError("database_older", found=found, newest=newest)
        yield good("schema", "schema", revision=found)
        yield from _trail(connection)
        yield from _questionnaires(connection)
        yield from _clock(connection, now)
        yield from _backups(connection, now)


def _whole(connection: Connection, place: str) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        version = str(connection.scalar(select(func.current_setting("server_version"))))
        yield good("database", "server", place=place, version=version)
        return
    what = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one())
    if what != "ok":
        raise schema.SchemaError("database_damaged", place=place, what=what)
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        yield wrong("database", "keys_broken", place=place, table=str(broken[0]), target=str(broken[2]))
    else:
        yield good("database", "whole", place=place)


def _trail(connection: Connection) -> Iterator[Finding]:
    entries, fault = audit.verify(connection)
    if fault is None:
        yield good("audit", "audit", entries=entries)
    else:
        yield wrong("audit", "audit_broken", entries=entries, seq=str(fault.seq), what=fault.what)


def _questionnaires(connection: Connection) -> Iterator[Finding]:
    changed = questionnaires.faults(connection)
    for code, version in changed:
        yield wrong("questionnaires", "questionnaire_altered", code=code, version=version)
    if not changed:
        yield good("questionnaires", "questionnaires", own=len(questionnaires.published(connection)))


def _clock(connection: Connection, now: datetime) -> Iterator[Finding]:
    if connection.dialect.name == "postgresql":
        apart = abs((connection.scalar(select(func.now())) or now) - now).total_seconds()
        if apart > CLOCKS_APART:
            yield wrong("clock", "clocks_apart", seconds=int(apart))
            return
    yield from own_clock(now, connection.scalar(select(func.max(trail.c.at))))


def _backups(connection: Connection, now: datetime) -> Iterator[Finding]:
    last = connection.scalar(select(func.max(trail.c.at)).where(trail.c.action == "backup.make"))
    if last is None:
        yield warning("backup", "backup_never")
    elif now - last > BACKUP_EVERY:
        yield warning("backup", "backup_old", at=last, days=(now - last).days)
    else:
        yield good("backup", "backup_recent", at=last)
