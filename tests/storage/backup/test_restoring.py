import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text, update

from storage import audit, personal_data, recount, schema
from storage.backup import erasures, sealing, source
from storage.backup.archive import Archive, peek
from storage.backup.errors import BackupError
from storage.backup.restoring import Outcome, Wish, restore, verify
from storage.database import Database
from storage.tables.audit import audit as audit_table
from storage.tables.broadcasts import broadcast
from storage.tables.delivery import outbox
from storage.tables.people import identity, person
from storage.tables.staff import web_session
from tests.storage.backup.world import CHANGED, ENDED, KEY, NOW, REFS, Office, contents, job


def restored(office: Office, into: str, backup: Path, **changes: Any) -> Outcome:
    return restore(replace(Wish(backup, KEY, into, office.folder / "new files", NOW), **changes))


def without(found: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: rows for name, rows in found.items() if name not in names}


def test_a_backup_tells_what_it_holds(office: Office) -> None:
    backup, made = office.back_up()
    assert peek(backup, KEY) == made
    rows = contents(office.address)
    assert {part.name: part.rows for part in made.parts if part.shape} == {name: len(rows[name]) for name in rows}
    assert (made.files, made.missing, made.settings) == (len(REFS), 0, {"HTTP_PORT": "8080"})
    assert made.revision == schema.revisions()[-1]
    assert made.audit == job(office.address, audit.head)
    assert made.file_size == backup.stat().st_size
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in office.folder.iterdir() if "unfinished" in each.name] == []


def test_nothing_of_it_can_be_read_without_the_key(office: Office) -> None:
    backup, _ = office.back_up()
    content = backup.read_bytes()
    for plain in ("xa-mau", "HTTP_PORT", "petition", "sha256"):
        assert plain.encode() not in content


def test_a_backup_verifies(office: Office) -> None:
    backup, made = office.back_up()
    seen: list[tuple[int, int]] = []
    assert verify(backup, KEY, lambda done, total: seen.append((done, total))) == made
    assert seen[-1] == (made.rows + made.files, made.rows + made.files)


def test_every_value_comes_back_on_either_database(office: Office, database_url: str) -> None:
    backup, made = office.back_up()
    into = database_url.replace("langnghe.db", "restored.db")
    outcome = restored(office, into, backup)
    before, after = contents(office.address), contents(into)
    assert without(after, CHANGED) == without(before, CHANGED)
    assert after["audit"][: made.audit[0]] == before["audit"]
    assert [row[3] for row in after["audit"][made.audit[0] :]] == ["backup.restore"]
    assert job(into, audit.verify)[1] is None
    assert job(into, recount.compare).is_equal
    assert outcome.aside is None
    for ref in REFS:
        assert (office.folder / "new files" / ref[:2] / ref).read_bytes() == (office.files / ref[:2] / ref).read_bytes()


def test_from_one_database_to_the_other_and_back_nothing_changes(office: Office, database_url: str) -> None:
    middle = database_url.replace("langnghe.db", "middle.db")
    first, _ = office.back_up()
    restored(office, middle, first)
    second, made = office.back_up("second.backup", address=middle)
    assert made.dialect == ("sqlite" if middle.startswith("sqlite") else "postgresql")
    restored(office, f"sqlite:///{office.folder}/back.db", second)
    back = contents(f"sqlite:///{office.folder}/back.db")
    assert without(back, CHANGED) == without(contents(office.address), CHANGED)


async def test_a_restored_database_takes_new_rows(office: Office, database_url: str) -> None:
    backup, _ = await asyncio.to_thread(office.back_up)
    into = database_url.replace("langnghe.db", "restored.db")
    await asyncio.to_thread(restored, office, into, backup)
    database = await Database.open(into)
    await schema.check(database)
    number = await database.write(
        lambda connection: connection.execute(insert(person).values(created_at=NOW)).inserted_primary_key
    )
    assert number is not None
    assert number[0] > 1
    with pytest.raises(Exception, match="identity"):
        await database.write(
            lambda connection: connection.execute(insert(identity).values(person_id=9_999_999, updated_at=NOW))
        )
    await database.close()


def test_a_backup_is_of_one_moment_while_others_write(office: Office) -> None:
    with source.snapshot(office.address) as connection:
        schema.revision(connection)
        before = audit.head(connection)
        job(office.address, lambda writer: personal_data.forget_identity(writer, 1, NOW))
        assert audit.head(connection) == before
    assert job(office.address, audit.head)[0] == before[0] + 1


def test_what_must_not_happen_again_does_not(office: Office) -> None:
    def prepare(connection: Connection) -> None:
        chat = connection.scalar(text("SELECT min(id) FROM chat"))
        staff = connection.scalar(text("SELECT min(id) FROM staff"))
        moment = {"created_at": NOW, "last_seen_at": NOW, "expires_at": NOW}
        connection.execute(insert(web_session).values(token_hash="t", staff_id=staff, device="d", **moment))
        letter = {
            "chat_id": chat,
            "channel": "web",
            "account": "chat",
            "body": {},
            "created_at": NOW,
            "not_before": NOW,
            "attempts": 0,
            "state": "queued",
        }
        notice = {
            "text_vi": "x",
            "text_en": "x",
            "audience": "all",
            "planned": 1,
            "queued": 0,
            "cursor": 0,
            "last_chat": 9,
        }
        people = {"written_by": staff, "written_at": NOW, "approved_at": NOW}
        other = connection.scalar(text("SELECT max(id) FROM staff"))
        for state in ("approved", "running", "done"):
            connection.execute(insert(broadcast).values(**notice, **people, approved_by=other, state=state))
        connection.execute(insert(outbox), [{**letter, "urgency": each, "unique_key": f"u{each}"} for each in range(4)])

    job(office.address, prepare)
    backup, _ = office.back_up()
    into = f"sqlite:///{office.folder}/restored.db"
    before = job(office.address, lambda connection: connection.scalar(_waiting(">= 2")))
    outcome = restored(office, into, backup)
    assert outcome.silenced == before >= 2
    assert outcome.paused == 2
    states = job(into, lambda connection: connection.scalars(select(broadcast.c.state)).all())
    assert sorted(states) == ["done", "paused", "paused"]
    after = contents(into)
    assert all(after[name] == [] for name in ENDED)
    assert job(into, lambda connection: connection.scalar(_waiting(">= 2"))) == 0
    asked = {"u0": "queued", "u1": "queued", "u2": "unknown", "u3": "unknown"}
    query = select(outbox.c.unique_key, outbox.c.state).where(outbox.c.unique_key.in_(asked))
    assert {*job(into, lambda connection: connection.execute(query).all())} == {*asked.items()}


def _waiting(urgency: str) -> Any:
    return text(f"SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending') AND urgency {urgency}")  # noqa: S608


def test_who_was_erased_since_is_erased_again(office: Office) -> None:
    somebody = contents(office.address)["identity"][0][0]
    backup, made = office.back_up()
    job(office.address, lambda connection: personal_data.forget_identity(connection, somebody, NOW))
    erased = job(office.address, lambda connection: erasures.since(connection, made.audit))
    assert erased == [somebody]
    outcome = restored(office, office.address, backup, replace=True, erased=erased)
    assert outcome.erased == 1
    assert somebody not in [row[0] for row in contents(office.address)["identity"]]
    assert job(office.address, audit.verify)[1] is None


def test_the_trail_of_another_office_names_nobody(office: Office) -> None:
    assert job(office.address, lambda connection: erasures.since(connection, (1, "0" * 64))) is None


def test_a_database_that_holds_data_is_not_written_over(office: Office) -> None:
    backup, _ = office.back_up()
    before = (office.folder / "langnghe.db").read_bytes()
    with pytest.raises(BackupError, match="restore_not_empty"):
        restored(office, office.address, backup)
    assert (office.folder / "langnghe.db").read_bytes() == before


def test_the_one_before_is_kept_aside(office: Office) -> None:
    backup, _ = office.back_up()
    job(office.address, lambda connection: personal_data.forget_identity(connection, 1, NOW))
    before = contents(office.address)
    outcome = restored(office, office.address, backup, replace=True)
    assert outcome.aside == office.folder / "langnghe.db.before-20261121-030000"
    assert contents(f"sqlite:///{outcome.aside}") == before
    assert len(contents(office.address)["audit"]) == len(before["audit"])
    again = restored(office, office.address, backup, replace=True)
    assert again.aside not in (None, outcome.aside)


def test_a_destroyed_database_and_its_log_go_aside_together(office: Office) -> None:
    backup, _ = office.back_up()
    file = office.folder / "langnghe.db"
    file.write_bytes(b"destroyed" * 1000)
    Path(f"{file}-wal").write_bytes(b"a log of another time" * 500)
    with pytest.raises(BackupError, match="restore_not_empty"):
        restored(office, office.address, backup)
    outcome = restored(office, office.address, backup, replace=True)
    assert outcome.aside is not None
    assert outcome.aside.read_bytes().startswith(b"destroyed")
    assert Path(f"{outcome.aside}-wal").exists()
    assert job(office.address, audit.verify)[1] is None


def test_the_database_of_another_program_is_never_put_aside(office: Office) -> None:
    backup, _ = office.back_up()
    other = office.folder / "books.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE invoice (id INTEGER)")
    with pytest.raises(schema.SchemaError, match="database_foreign"):
        restored(office, f"sqlite:///{other}", backup, replace=True)


async def test_a_database_in_use_is_left_alone(office: Office) -> None:
    backup, _ = await asyncio.to_thread(office.back_up)
    server = await Database.open(office.address)
    await server.write(lambda connection: connection.execute(text("UPDATE person SET id = id")))
    with pytest.raises(BackupError, match="restore_in_use"):
        await asyncio.to_thread(restored, office, office.address, backup, replace=True)
    await server.write(lambda connection: connection.execute(text("UPDATE person SET id = id")))
    await server.close()
    await asyncio.to_thread(restored, office, office.address, backup, replace=True)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_on_a_server_is_filled_but_never_replaced(office: Office, database_url: str) -> None:
    backup, _ = office.back_up()
    restored(office, database_url, backup)
    before = contents(database_url)
    for again, key in ((False, "restore_not_empty"), (True, "restore_not_replaced")):
        with pytest.raises(BackupError, match=key):
            restored(office, database_url, backup, replace=again)
    assert contents(database_url) == before


def test_a_backup_that_fails_midway_changes_nothing(office: Office, database_url: str) -> None:
    backup, _ = office.back_up()
    whole = bytearray(backup.read_bytes())
    whole[-50_000] ^= 1  # in the files, after all rows are in
    backup.write_bytes(whole)
    into = database_url.replace("langnghe.db", "restored.db")
    with pytest.raises(BackupError, match="backup_damaged"):
        restored(office, into, backup)
    assert asyncio.run(schema.current(into)) is None
    assert [each.name for each in office.folder.parent.iterdir() if "restor" in each.name] == []


@pytest.mark.parametrize("place", [0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.999])
def test_one_flipped_byte_is_found_with_its_place(office: Office, place: float) -> None:
    backup, _ = office.back_up()
    whole = bytearray(backup.read_bytes())
    at = sealing.HEADER + int(place * (len(whole) - sealing.HEADER))
    whole[at] ^= 0x10
    backup.write_bytes(whole)
    with pytest.raises(BackupError, match="backup_damaged") as found:
        verify(backup, KEY)
    start, end = found.value.params["start"], found.value.params["end"]
    assert isinstance(start, int)
    assert isinstance(end, int)
    assert start <= at <= end


@pytest.mark.parametrize("left", [0, 10, sealing.HEADER, 70_000, 140_000, -1])
def test_a_cut_file_is_told(office: Office, left: int) -> None:
    backup, _ = office.back_up()
    whole = backup.read_bytes()
    backup.write_bytes(whole[:left])
    with pytest.raises(BackupError, match="backup_truncated" if left else "backup_none"):
        verify(backup, KEY)
    backup.write_bytes(whole + b"\0")
    with pytest.raises(BackupError, match="backup_too_long"):
        verify(backup, KEY)


def test_another_key_is_told(office: Office) -> None:
    backup, _ = office.back_up()
    with pytest.raises(BackupError, match="backup_key_wrong"):
        verify(backup, KEY[::-1])


def test_a_trail_that_was_changed_is_told(office: Office) -> None:
    job(office.address, lambda connection: connection.execute(update(audit_table).values(actor="system")))
    backup, _ = office.back_up()
    with pytest.raises(BackupError, match="backup_audit_broken"):
        verify(backup, KEY)


def test_a_row_that_points_nowhere_is_told(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "langnghe.db")) as connection:
        connection.execute("DELETE FROM person WHERE id IN (SELECT person_id FROM petition_reporter)")
        connection.commit()
    backup, _ = office.back_up()
    with pytest.raises(BackupError, match="backup_keys_broken"):
        verify(backup, KEY)


def test_a_backup_of_a_newer_version_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    backup, made = office.back_up()
    monkeypatch.setattr(schema, "revisions", lambda: ("0000",))
    with pytest.raises(BackupError, match=rf"backup_newer .*found={made.revision}"):
        verify(backup, KEY)


def test_a_name_that_is_taken_is_not_written_over(office: Office) -> None:
    backup, _ = office.back_up()
    before = backup.read_bytes()
    with pytest.raises(BackupError, match="backup_exists"):
        office.back_up()
    assert backup.read_bytes() == before


def test_a_failed_backup_leaves_no_file(office: Office) -> None:
    def stop(_done: int, _total: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        office.back_up(progress=stop)
    assert not list(office.folder.glob("*.backup"))
    assert not list(office.folder.glob(".*"))


def test_what_a_killed_run_left_is_cleared_away(office: Office) -> None:
    old, new = office.folder / ".a.backup.1.unfinished", office.folder / ".b.backup.2.unfinished"
    for left in (old, new):
        left.write_bytes(b"half")
    os.utime(old, (0, 0))
    office.back_up()
    assert not old.exists()
    assert new.exists()


def test_a_file_that_was_erased_is_told(office: Office) -> None:
    shutil.rmtree(office.files / REFS[1][:2])
    _, made = office.back_up()
    assert (made.files, made.missing) == (len(REFS) - 1, 1)


def test_parts_are_read_in_their_order_with_their_digests(office: Office) -> None:
    backup, made = office.back_up()
    with backup.open("rb") as file:
        for part, reader in Archive(file, KEY, "x").parts():
            if part.shape:
                assert sum(len(some) for some in reader.lines()) == part.rows
            else:
                assert [ref for ref, content in reader.files() if list(content) is not None] == list(REFS)
    assert len({part.sha256 for part in made.parts}) > 10
