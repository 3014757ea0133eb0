"""What we write as Parquet is read back by another implementation, value by value."""

import json
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from admin.reports.parquet import GROUP, write_parquet
from admin.reports.sheets import Block, Cell, Sheet, safe_text

HEADS = ["Chữ", "=Số", "Ngày", "Lúc", "Có"]
KINDS = (str, int, date, datetime, bool)
CELLS = st.tuples(
    st.none() | st.text(max_size=20) | st.sampled_from(["=1", "Đạt", ""]),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.dates(),
    st.none() | st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis sets the zone
    st.none() | st.booleans(),
)


def read(path: Path) -> Any:
    return import_module("pyarrow.parquet").read_table(path)


@settings(max_examples=50)
@given(st.lists(st.tuples(CELLS, st.integers(1, 20)), max_size=20), st.integers(0, 4))
def test_every_value_comes_back_as_what_it_was(rows: list[tuple[tuple[Cell, ...], int]], shared: int) -> None:
    blocks = [Block(row[:shared], [row[shared:]] * times) for row, times in rows]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.parquet"
        number = write_parquet(path, [Sheet("x", HEADS, blocks, KINDS)])
        table = read(path)
    wanted = [
        tuple(safe_text(cell) if isinstance(cell, str) else cell for cell in row)
        for row, times in rows
        for _ in range(times)
    ]
    assert table.column_names == ["Chữ", "'=Số", "Ngày", "Lúc", "Có"]
    assert list(zip(*(column.to_pylist() for column in table.columns), strict=True)) == wanted
    assert number == len(wanted)


def test_many_groups_hold_all_rows_and_the_method_is_told(tmp_path: Path) -> None:
    rows = [(f"chữ {number}", number % 300) for number in range(GROUP + 1_000)]
    method = Sheet.of_rows("Phương pháp", ["Mục", "Giá trị"], [["=n", 12], ["Từ ngày", date(2026, 1, 1)]])
    path = tmp_path / "t.parquet"
    assert write_parquet(path, [Sheet.of_rows("x", ["a", "b"], rows, (str, int)), method]) == len(rows)
    table = read(path)
    assert list(zip(table["a"].to_pylist(), table["b"].to_pylist(), strict=True)) == rows
    told = json.loads(table.schema.metadata["Phương pháp".encode()])
    assert told == [["'=n", 12], ["Từ ngày", "2026-01-01"]]
