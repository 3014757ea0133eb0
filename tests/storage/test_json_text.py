"""JSON as it is stored: what comes back is what was given, and what JSON does not have is refused."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.json_text import compact_json

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@dataclass
class _Object:
    name: str


@given(JSON_VALUES)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert json.loads(compact_json(value)) == value


def test_it_is_short_and_letters_stay_as_they_are() -> None:
    assert compact_json({"chữ": ["Đ", 1, None]}) == '{"chữ":["Đ",1,null]}'


def test_numbers_of_any_size_are_kept() -> None:
    assert compact_json([2**64, -(2**80)]) == f"[{2**64},{-(2**80)}]"


@pytest.mark.parametrize("value", [datetime(2026, 11, 21, tzinfo=UTC), _Object("a"), {1, 2}, b"raw"])
def test_what_json_does_not_have_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        compact_json({"inside": [value]})
