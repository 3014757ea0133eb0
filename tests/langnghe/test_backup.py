import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from langnghe import store
from langnghe.clock import utc_now
from storage import personal_data, schema
from storage.tables.audit import audit
from storage.tables.people import identity, person
from tests.langnghe.office import add_ratings, as_json, call, done, refused
from tests.langnghe.test_run import _address

PROGRAM = str(Path(sys.executable).parent / "langnghe")
KEY = "khoa-sao-luu-mau-0123456789-abcdefghij"
DATABASE = Path("data/langnghe.db")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_KEY", KEY)


@pytest.fixture
def backup(office: Path) -> Path:
    add_ratings([5, 4, 3])
    done("backup", "--to", "one.backup")
    return office / "one.backup"


def test_backup_verify_and_restore(backup: Path) -> None:
    found = as_json("verify", str(backup))
    assert (found["whole"], found["tables"]["rating"], found["tables"]["answer"]) == (True, 3, 3)
    add_ratings([1])
    assert as_json("verify-audit")["entries"] == found["audit"]["entries"] + 1
    said = done("restore", str(backup), "--replace", "--lang", "en")
    [aside] = Path("data").glob("langnghe.db.before-*")
    assert str(aside) in said
    assert "Next: langnghe verify-audit, langnghe recompute-stats, then langnghe run." in said
    assert as_json("verify-audit") == {"entries": found["audit"]["entries"] + 1, "whole": True, "fault": None}
    assert as_json("recompute-stats")["equal"] is True
    assert as_json("stats")["ratings"]["total"] == 3


def test_the_usual_name_has_the_moment_in_it(office: Path) -> None:
    made = as_json("backup")
    assert re.fullmatch(rf"{office}/data/backups/langnghe-20\d{{6}}-\d{{6}}\.backup", made["file"])
    assert Path(made["file"]).stat().st_size == made["bytes"]
    Path("elsewhere").mkdir()
    assert Path(as_json("backup", "--to", "elsewhere")["file"]).parent == Path("elsewhere")


@pytest.mark.usefixtures("office")
def test_a_backup_is_noted_in_the_audit_trail() -> None:
    done("backup", "--to", "one.backup")

    def last(connection: Any) -> tuple[str, str]:
        row = connection.execute(select(audit).order_by(audit.c.seq.desc())).first()
        return row.action, row.details

    action, details = store.read(last)
    assert action == "backup.make"
    assert json.loads(details)["file"] == "one.backup"


@pytest.mark.usefixtures("backup")
def test_the_key_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BACKUP_KEY")
    Path("key").write_text(f"{KEY}\n", encoding="utf-8")
    assert as_json("verify", "one.backup", "--key-file", "key")["whole"] is True


@pytest.mark.usefixtures("backup")
@pytest.mark.parametrize("command", [("backup",), ("verify", "one.backup"), ("restore", "one.backup")])
def test_without_a_key_the_way_to_one_is_told(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BACKUP_KEY")
    code, said = refused(*command)
    assert code == 2
    assert said.startswith("Chưa có khóa sao lưu: hãy đặt BACKUP_KEY")
    Path("key").write_text("short", encoding="utf-8")
    code, said = refused(*command, "--key-file", "key")
    assert code == 2
    assert said.startswith("key không chứa khóa sao lưu: cần ít nhất 32 ký tự")


def test_a_short_key_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_KEY", "short")
    code, said = refused("backup")
    assert code == 2
    assert said.startswith("BACKUP_KEY: khóa quá ngắn hoặc dễ đoán")


def test_what_is_wrong_with_a_file_is_one_line(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = backup.read_bytes()
    for content, start in (
        (whole[:-1], "one.backup bị cắt cụt: còn "),
        (whole[:140_000] + bytes([whole[140_000] ^ 1]) + whole[140_001:], "one.backup bị hỏng trong khoảng từ byte "),
        (b"PK" * 1000, "one.backup không phải bản sao lưu"),
    ):
        backup.write_bytes(content)
        code, said = refused("verify", "one.backup")
        assert code == 1
        assert said.startswith(start)
        told = json.loads(call("verify", "one.backup", "--json").stdout)
        assert (told["whole"], told["line"]) == (False, said)
    backup.write_bytes(whole)
    monkeypatch.setenv("BACKUP_KEY", KEY[::-1])
    assert refused("verify", "one.backup")[1].startswith("one.backup: bản sao lưu này dùng khóa khác;")
    assert refused("verify", "none.backup")[0] == 1


@pytest.mark.usefixtures("backup")
def test_data_are_not_written_over() -> None:
    before = DATABASE.read_bytes()
    code, said = refused("restore", "one.backup", "--lang", "en")
    assert code == 1
    assert said.endswith(
        "langnghe.db holds data already; --replace puts a SQLite file aside, --into names another database."
    )
    assert DATABASE.read_bytes() == before
    assert refused("restore", "one.backup", "--into", "mysql://x")[0] == 2


@pytest.mark.usefixtures("backup")
def test_a_lost_or_destroyed_database_comes_back() -> None:
    for file in Path("data").glob("langnghe.db*"):
        file.unlink()
    assert "tra được ai đã yêu cầu xóa" in done("restore", "one.backup")
    assert as_json("stats")["ratings"]["total"] == 3
    DATABASE.write_bytes(b"destroyed" * 999)
    done("restore", "one.backup", "--replace")
    assert as_json("stats")["ratings"]["total"] == 3


@pytest.mark.usefixtures("office")
def test_who_was_erased_after_the_backup_is_erased_again() -> None:
    def add(connection: Any) -> None:
        connection.execute(insert(person).values(id=7, created_at=utc_now()))
        connection.execute(insert(identity).values(person_id=7, name="Người mẫu", updated_at=utc_now()))

    store.write(add)
    done("backup", "--to", "one.backup")
    store.write(lambda connection: personal_data.forget_identity(connection, 7, utc_now()))
    assert as_json("restore", "one.backup", "--replace")["erased_again"] == 1
    assert store.read(lambda connection: connection.execute(select(identity)).all()) == []


@pytest.mark.usefixtures("backup")
def test_into_another_database(database_url: str) -> None:
    into = database_url.replace("langnghe.db", "other.db")
    assert as_json("restore", "one.backup", "--into", into)["into"] == schema.place_of(into)
    said = done("restore", "one.backup", "--into", f"sqlite:///{Path('third.db').absolute()}", "--lang", "en")
    assert "To use it, set DATABASE_URL to " in said


@pytest.fixture
def server(office: Path) -> Iterator[str]:  # noqa: ARG001 - its data are served
    running = subprocess.Popen(
        [PROGRAM, "run"], env={**os.environ, "HTTP_PORT": "0"}, stderr=subprocess.PIPE, text=True
    )
    try:
        yield _address(running).removeprefix("http://")
    finally:
        running.kill()
        running.communicate()


def test_a_backup_is_made_while_the_service_works(server: str) -> None:
    writer = HTTPConnection(server, timeout=60)
    for _ in range(3):
        writer.request("GET", "/readyz")
        assert writer.getresponse().read()
        made = as_json("backup", "--to", f"{time.monotonic_ns()}.backup")
        assert as_json("verify", made["file"])["whole"] is True
    code, said = refused("restore", made["file"], "--replace", "--lang", "en")
    assert code == 1
    assert said.startswith("Process ")
    assert "is serving the file" in said
    writer.close()


@pytest.mark.parametrize("wait", [0.0, 0.05, 0.1, 0.2, 0.4])
def test_a_killed_backup_leaves_nothing_under_its_name(wait: float, office: Path) -> None:  # noqa: ARG001
    running = subprocess.Popen([PROGRAM, "backup", "--to", "one.backup"], stdout=subprocess.PIPE, text=True)
    time.sleep(0.8 + wait)
    running.send_signal(signal.SIGKILL)
    said, _ = running.communicate()
    if Path("one.backup").exists():
        assert as_json("verify", "one.backup")["whole"] is True
    else:
        assert not said


@pytest.mark.parametrize("wait", [0.0, 0.1, 0.2, 0.3, 0.5])
def test_a_killed_restore_leaves_the_old_or_the_new(wait: float, backup: Path) -> None:
    add_ratings([1])
    running = subprocess.Popen([PROGRAM, "restore", str(backup), "--replace"], stdout=subprocess.PIPE, text=True)
    time.sleep(0.9 + wait)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert as_json("stats")["ratings"]["total"] in (3, 4)
    assert as_json("verify-audit")["whole"] is True
    done("restore", str(backup), "--replace")
    assert as_json("stats")["ratings"]["total"] == 3
