"""The terminal face: the real engine, typed line by line."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.channels.terminal import Terminal, converse, numbered, typed_lines
from bot.channels.web.view import Choice
from bot.conversations import Conversations
from bot.intake import Intake
from bot.scripts import SCRIPTS
from bot.words import Words, load_texts
from offices.presets import load_preset
from storage import chats, units, web_messages
from storage.database import Database
from storage.files import FolderStore
from storage.reference import ReferenceHolder
from tests.codes import TOKEN_KEY, VAULT
from tests.storage import pictures

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


@pytest.fixture
async def intake(database: Database) -> Intake:
    reference = ReferenceHolder()

    def install(connection: Connection) -> None:
        units.install_preset(connection, load_preset("commune-2025"), now=NOW)
        reference.refresh(connection)

    await database.write(install)
    talk = Conversations(SCRIPTS, Words(load_texts(), reference.name_of), TOKEN_KEY, VAULT)
    return Intake(database, talk, reference, lambda: NOW)


@pytest.fixture
def terminal(intake: Intake, database: Database, tmp_path: Path) -> Terminal:
    return Terminal(intake, database, lambda: NOW, files=FolderStore(tmp_path / "files"))


async def test_a_rating_by_numbers_and_words(terminal: Terminal) -> None:
    await terminal.start("u_xa-mau.trung-tam")
    first = (await terminal.shown())[-1]
    assert "[1] " in str(first)
    await terminal.say("1")
    scale = (await terminal.shown())[-1]
    assert [choice.label for choice in scale.choices.values()][4] == "Rất hài lòng"
    assert list(scale.choices)[:5] == ["1", "2", "3", "4", "5"]
    await terminal.say("rất hài lòng")
    assert await terminal.shown()
    await terminal.say("bo qua")
    assert "Cảm ơn" in (await terminal.shown())[-1].text


async def test_a_number_means_the_choice_that_is_shown_now(terminal: Terminal) -> None:
    await terminal.start("u_xa-mau.trung-tam")
    await terminal.shown()
    await terminal.say("1")
    await terminal.shown()
    await terminal.say("5")
    heard = (await terminal.shown())[-1]
    assert "Nhìn chung" not in heard.text


async def test_nothing_is_shown_twice(terminal: Terminal) -> None:
    await terminal.start("danhgia")
    assert await terminal.shown()
    assert await terminal.shown() == []


async def test_a_file_is_sent_by_its_path(terminal: Terminal, tmp_path: Path) -> None:
    photo = tmp_path / "anh.jpg"
    photo.write_bytes(pictures.jpeg())
    await terminal.start("phananh")
    while "kèm theo" not in (said := (await terminal.shown())[-1]).text:
        await terminal.say(
            "Đèn đường trước trường hỏng ba tuần." if "kể sự việc" in said.text else first_way(said.choices)
        )
    await terminal.say(f"@{photo}")
    assert "Đã nhận" in (await terminal.shown())[-1].text


@pytest.mark.parametrize(
    ("typed", "is_position"), [("@21.03, 105.85", True), ("@95,105", False), ("21.03,105.85", False)]
)
async def test_a_position_is_sent_by_its_degrees(
    intake: Intake, database: Database, typed: str, *, is_position: bool
) -> None:
    terminal = Terminal(intake, database, lambda: NOW)
    await terminal.start("phananh")
    while "Sự việc ở đâu" not in (said := (await terminal.shown())[-1]).text:
        done = [number for number, choice in said.choices.items() if choice.label == "Xong"]
        asked = "Đèn đường trước trường hỏng ba tuần." if "kể sự việc" in said.text else first_way(said.choices)
        await terminal.say(done[0] if done else asked)
    await terminal.say(typed)
    while "kiểm tra lại" not in (said := (await terminal.shown())[-1]).text:
        await terminal.say(first_way(said.choices))
    assert ("21.030, 105.850" in said.text) == is_position


async def test_numbers_stay_when_a_notice_without_choices_comes(terminal: Terminal, database: Database) -> None:
    await terminal.start("u_xa-mau.tram-y-te")
    scale = (await terminal.shown())[-1]
    assert scale.choices

    def notice(connection: Connection) -> None:
        chat = chats.find(connection, "terminal", "local", "me")
        assert chat is not None
        web_messages.add(connection, chat.id, own=False, body={"text": "Phản ánh đã được chuyển."}, now=NOW)

    await database.write(notice)
    assert [heard.text for heard in await terminal.shown()] == ["Phản ánh đã được chuyển."]
    await terminal.say("5")
    assert "nói thêm" in (await terminal.shown())[-1].text


async def test_a_file_that_came_is_named_with_its_size(terminal: Terminal, database: Database) -> None:
    await terminal.start("danhgia")
    await terminal.shown()
    file = {"ref": f"{'0' * 32}.pdf", "name": "PA-1.pdf", "mime": "application/pdf", "size": 1_250_000}

    def sent(connection: Connection) -> None:
        chat = chats.find(connection, "terminal", "local", "me")
        assert chat is not None
        web_messages.add(connection, chat.id, own=False, body={"text": "Tệp kèm theo.", "file": file}, now=NOW)
        web_messages.add(connection, chat.id, own=False, body={"file": file}, now=NOW)
        chats.set_language(connection, chat.id, "en")

    await database.write(sent)
    assert [str(heard) for heard in await terminal.shown()] == [
        "[file] PA-1.pdf (1.3 MB)\nTệp kèm theo.", "[file] PA-1.pdf (1.3 MB)",
    ]  # fmt: skip


def first_way(choices: object) -> str:
    """Skip where that is possible, else take the first choice."""
    assert isinstance(choices, dict)
    skips = [number for number, choice in choices.items() if choice.label == "Bỏ qua"]
    return skips[0] if skips else "1"


async def test_a_conversation_from_the_first_line_to_the_last(terminal: Terminal, tmp_path: Path) -> None:
    program = tmp_path / "chương trình.exe"
    program.write_bytes(b"MZ")
    typed = ["1", "5", f"@{program}", "@/khong/co", "bỏ qua", "/thoat", "không tới"]
    out: list[str] = []

    async def lines() -> AsyncIterator[str]:
        for line in typed:
            yield f"{line}\n"

    await converse(terminal, lines(), out.append, start="u_xa-mau.trung-tam")
    told = "\n".join(out)
    assert "/thoat" in out[0]
    assert "chỉ nhận ảnh" in told
    assert "Không đọc được tệp" in told
    assert "Cảm ơn" in told
    assert "không tới" not in told


async def test_lines_are_read_from_a_stream() -> None:
    assert [line async for line in typed_lines(io.StringIO("một\nhai\n"))] == ["một\n", "hai\n"]


def test_numbers_of_labels_stand_and_others_go_on_behind_them() -> None:
    score, skip, back = Choice("Hài lòng", "a", "4"), Choice("Bỏ qua", "b"), Choice("Quay lại", "c")
    assert numbered((score, skip, back)) == {"4": score, "5": skip, "6": back}
    assert numbered((skip, back)) == {"1": skip, "2": back}
