"""The reader of data files: what is written is what is read, and everything else is one clear line."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import pytest

from offices.datafiles import Label, Read, Table, read_file
from offices.errors import DataError


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def read(folder: Path, text: str, reader: Callable[[Table], Read]) -> Read:
    file = folder / "sample.toml"
    file.write_text(text, encoding="utf-8")
    return read_file(file, reader, "mine/sample.toml")


@pytest.mark.parametrize(
    ("text", "reader", "means"),
    [
        ('a = "đỏ"', lambda table: table.text("a"), "đỏ"),
        ("", lambda table: table.texts("a"), ()),
        ('a = ["red", "blue"]', lambda table: table.choices("a", Colour), (Colour.RED, Colour.BLUE)),
        ("", lambda table: table.optional("a", table.choice, Colour), None),
        ('a = "red"', lambda table: table.optional("a", table.choice, Colour), Colour.RED),
        ("", lambda table: table.flag("a", default=True), True),
        ("a = false", lambda table: table.flag("a", default=True), False),
        ("a = 97.5", lambda table: table.exact("a"), Fraction(195, 2)),
        ("a = 90", lambda table: table.exact("a"), Fraction(90)),
        ("a = [2026-07-01, 2026-11-21]", lambda table: table.days("a"), (date(2026, 7, 1), date(2026, 11, 21))),
        ('a = { vi = "một", en = "one" }', lambda table: table.label("a"), Label("một", "one")),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", lambda table: table.tables("a", lambda row: row.whole("b", 0)), (1, 2)),
    ],
)
def test_a_value_is_read_as_it_is_written(
    tmp_path: Path, text: str, reader: Callable[[Table], object], means: object
) -> None:
    assert read(tmp_path, text, reader) == means


@pytest.mark.parametrize(
    ("text", "reader", "says"),
    [
        ("", lambda table: table.text("a"), "a: None cannot be used; it is missing: write a text"),
        ('a = " "', lambda table: table.text("a"), "a: ' ' cannot be used; write a text"),
        ('a = ["x", "x"]', lambda table: table.texts("a"), "each of them once"),
        ('a = [""]', lambda table: table.texts("a"), "list of texts"),
        ("a = []", lambda table: table.texts("a", required=True), "list of texts"),
        ('a = "green"', lambda table: table.choice("a", Colour), "use one of: red, blue"),
        ('a = ["green"]', lambda table: table.choices("a", Colour), "use some of: red, blue"),
        ("a = true", lambda table: table.whole("a", 0), "whole number from 0"),
        ("a = 4", lambda table: table.whole("a", 1, 3), "from 1 to 3"),
        ("a = 1", lambda table: table.flag("a"), "true or false"),
        ("a = inf", lambda table: table.exact("a"), "write a number"),
        ("a = nan", lambda table: table.exact("a"), "write a number"),
        ("a = 2026-11-21T08:00:00", lambda table: table.day("a"), "write a date"),
        ("a = [2026-11-21, 2026-07-01]", lambda table: table.days("a"), "earliest first"),
        ("a = 1", lambda table: table.label("a"), "write a table"),
        ('a = { vi = "x", en = "x", fr = "x" }', lambda table: table.label("a"), r"a\.fr: 'x' .* use one of: en, vi"),
        ("a = [{}, 1]", lambda table: table.tables("a", lambda row: row), r"under \[\[a\]\]"),
        (
            "a = [{ b = 1 }, { b = 1 }]",
            lambda table: table.tables("a", lambda row: row.whole("b", 0), unique="b"),
            r"a\[2\]\.b: 1 cannot be used; an earlier entry has it",
        ),
        ("b = 1", lambda table: table.flag("a"), "b: 1 cannot be used; use one of: a"),
        ("a = [{ b = { c = 1 } }]", lambda table: table.tables("a", lambda row: row.table("b", id)), r"a\[1\]\.b\.c"),
        ("a = ", lambda table: table.text("a"), r"\(file\): .* TOML in UTF-8"),
    ],
)
def test_what_cannot_be_used_is_one_line_with_its_place(
    tmp_path: Path, text: str, reader: Callable[[Table], object], says: str
) -> None:
    with pytest.raises(DataError, match=says) as caught:
        read(tmp_path, text, reader)
    assert str(caught.value).startswith("mine/sample.toml: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_or_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for name in ("bytes.toml", "absent.toml"):
        with pytest.raises(DataError, match=rf"{name}: \(file\): .* put a file of TOML in UTF-8 there"):
            read_file(tmp_path / name, id)
