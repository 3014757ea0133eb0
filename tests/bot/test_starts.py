import pytest
from sqlalchemy import Connection

from bot.effects import Next
from bot.starts import link_given, spoken, start_of
from bot.words import load_texts
from offices.staff import Role
from storage import staff, staff_chats
from tests.bot.office import Office


@pytest.mark.parametrize(
    ("name", "parameter", "begun"),
    [
        ("start", "", Next("menu")),
        ("danhgia", "", Next("rating")),
        ("start", "u_xa-mau_trung-tam", Next("rating", {"unit": "xa-mau.trung-tam"})),
        (
            "start",
            "q_waiting-time_xa-mau_trung-tam",
            Next("rating", {"questionnaire": "waiting-time", "unit": "xa-mau.trung-tam"}),
        ),
        ("start", "q_health", Next("rating", {"questionnaire": "health"})),
        ("start", "d_0123456789ABCDEF", Next("rating", {"token": "0123456789ABCDEF"})),
        ("start", "p_PA-1", Next("lookup", {"code": "PA-1"})),
        ("start", "l_ABC", Next("link", {"code": "ABC"})),
        ("start", "danhgia", Next("rating")),
        ("tracuu", "PA-1", Next("lookup", {"code": "PA-1"})),
        ("case:PA-1:accept", "", Next("case", {"code": "PA-1", "event": "accept"})),
        ("case:PA-1:supply", "", Next("lookup", {"code": "PA-1", "event": "supply"})),
        ("case:PA-1", "", Next("case", {"code": "PA-1"})),
        ("find:PA-1", "", Next("lookup", {"code": "PA-1"})),
    ],
)
def test_known_starts(name: str, parameter: str, begun: Next) -> None:
    assert start_of(name, parameter) == begun


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("start", "x_1"),
        ("start", "u_"),
        ("nothing", ""),
        ("case:", ""),
        (f"case:{'A' * 41}", ""),
        ("menu:x", ""),
        ("", ""),
    ],
)
def test_whatever_else_begins_nothing_or_the_menu(name: str, parameter: str) -> None:
    assert start_of(name, parameter) in (None, Next("menu"))


@pytest.mark.parametrize("typed", ["Phản ánh", "phan anh", "PHẢN ÁNH", "kiến nghị", "report"])
def test_spoken_words_begin_a_petition(typed: str) -> None:
    assert spoken(typed) == Next("petition")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("name", ["rating", "petition", "lookup", "my_data", "language", "cases"])
def test_what_a_button_of_the_menu_says_begins_the_same_when_it_is_typed(name: str, language: str) -> None:
    """Where the menu is not open any more, or an official answers by hand."""
    assert spoken(load_texts().text(f"menu.{name}", language)) == Next(name)


def test_other_words_begin_nothing() -> None:
    assert spoken("trời đẹp quá") is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("written", ["{code}", "{lower}", "{plain}"])
async def test_the_code_that_an_officials_page_shows_links_a_chat_as_it_is_typed(office: Office, written: str) -> None:
    def make(connection: Connection) -> str:
        official = staff.add(
            connection, login="mau", name="Cán bộ mẫu", unit="xa-mau.kinh-te", roles=(Role.OFFICER,),
            password_hash="none", now=office.at, actor="system",
        )  # fmt: skip
        return staff_chats.make_link_code(connection, official.id, office.at)

    code = await office.database.write(make)
    typed = written.format(code=code, lower=code.lower(), plain=code.replace("-", ""))
    assert "Đã liên kết" in await office.says(typed)
    assert "không đúng hoặc đã dùng" in await office.says(typed, who="2")


@pytest.mark.parametrize("typed", ["7QH2M-8K3PD-1V9XS-C4B5N-6TJ0R", "abcdefghijklmnopqrstuvwxyz1", "x" * 25])
def test_other_words_are_no_link_code(typed: str) -> None:
    assert link_given(typed) is None
