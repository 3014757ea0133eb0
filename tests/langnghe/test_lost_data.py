import json
import shutil
from pathlib import Path

import pytest

from tests.langnghe.office import PASSWORD, SET_UP, call, done, refused

DATABASE = Path("data/langnghe.db")


def remove_database() -> None:
    for file in Path("data").glob("langnghe.db*"):
        file.unlink()


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("command", ["run", "migrate", "stats", "chat"])
@pytest.mark.parametrize("left", [None, b""])
def test_a_database_that_is_gone_is_never_replaced_by_an_empty_one(command: str, left: bytes | None) -> None:
    remove_database()
    if left is not None:
        DATABASE.write_bytes(left)
    told = call(command, "--lang", "en")
    assert told.exit_code == 1
    said = told.stderr.splitlines()[-1]
    assert said.startswith(f"langnghe: {DATABASE.absolute()} has held data since ")
    assert "langnghe restore FILE" in said
    assert DATABASE.exists() == (left is not None)
    assert not DATABASE.exists() or DATABASE.stat().st_size == 0


@pytest.mark.usefixtures("office")
def test_setup_does_not_begin_anew_over_lost_data() -> None:
    remove_database()
    assert refused(*SET_UP, stdin=PASSWORD)[0] == 1
    Path("data/databases.json").unlink()
    done(*SET_UP, stdin=PASSWORD)


@pytest.mark.usefixtures("office")
def test_a_data_folder_that_was_moved_still_knows_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.move("data", "elsewhere")
    monkeypatch.setenv("DATA_DIR", "elsewhere")
    done("migrate")
    Path("elsewhere/langnghe.db").unlink()
    assert refused("migrate")[0] == 1


@pytest.mark.usefixtures("office")
def test_another_database_may_be_begun_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{Path('other.db').absolute()}")
    done("migrate")
    assert list(json.loads(Path("data/databases.json").read_text("utf-8"))) == [
        "langnghe.db",
        str(Path("other.db").absolute()),
    ]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("content", ["", "[]", "{", '{"langnghe.db": 5}'])
def test_a_list_that_cannot_be_read_keeps_nobody_out(content: str) -> None:
    Path("data/databases.json").write_text(content, encoding="utf-8")
    done("migrate")
